"""People and what they may do: profiles and roles. Keys for programs are in `tokens.py`; signing in
is in `links.py`, `passwords.py` and `factors.py`, and what it opens in `sessions.py`."""

from tracker.domain import clock
from tracker.domain.actor import SECRETARIAT, Actor, Role
from tracker.domain.audit import change, create, load
from tracker.domain.cities import rules as cities
from tracker.domain.cities.tables import City
from tracker.domain.database import transaction
from tracker.domain.edits import completed, edits
from tracker.domain.errors import Forbidden
from tracker.domain.messages import Message, say, word
from tracker.domain.people import queries
from tracker.domain.people.profiles import (
    PersonDraft,
    Profile,
    checked_email,
    checked_profile,
)
from tracker.domain.people.rules import may_manage, place_wanted, visible
from tracker.domain.people.sessions import end_signed_on
from tracker.domain.people.tables import Membership, Person
from tracker.domain.people.telling import tell_of_role
from tracker.domain.problems import Problems
from tracker.domain.roles import Permission


async def add_person(actor: Actor, draft: PersonDraft) -> Person:
    """Add somebody, who may do nothing yet.

    Raises Invalid, also when the address is taken, or Forbidden for all but the administrator.
    """
    _require_administrator(actor, say("Only the secretariat's administrator adds people."))
    problems = Problems()
    profile = checked_profile(draft, problems)
    email = checked_email(draft.email, problems)
    async with transaction():
        taken = await Person.exists().where(Person.email == email)
        problems.unless(not taken, "email", say("{email} is already here.", email=email))
        problems.raise_any()
        person = Person(email=email, created_at=clock.now(), **profile)
        return await create(actor, person, "add_person")


@edits
async def edit_profile(actor: Actor, person_id: int, draft: Profile) -> Person:
    """Say by which name, in which language and in which time zone to reach a person.

    Raises Invalid, NotFound, or Forbidden for another's profile.
    """
    problems = Problems()
    async with change(actor, Person, person_id, visible, "edit_profile") as person:
        if not may_manage(actor, person_id):
            raise Forbidden(say("Everybody edits their own profile; the administrator edits any."))
        profile = checked_profile(completed(draft, person), problems)
        problems.raise_any()
        for name, value in profile.items():
            setattr(person, name, value)
    return person


async def grant(actor: Actor, person_id: int, city_id: int | None, role: Role) -> Membership:
    """Give a person a role in a city, or in the secretariat when there is no city.

    Raises Invalid, NotFound, or Forbidden for all but the administrator.
    """
    _require_administrator(actor, say("Only the secretariat's administrator grants roles."))
    problems = Problems()
    problems.unless(
        (role in SECRETARIAT) == (city_id is None),
        "city_id",
        place_wanted(role),
    )
    async with transaction():
        await load(actor, Person, person_id, visible)
        if city_id is not None:
            await load(actor, City, city_id, cities.visible)
        held = await queries.holds(person_id, city_id, role)
        problems.unless(
            not held, "role", say("The person is already {role} there.", role=word(role))
        )
        problems.raise_any()
        membership = Membership(person=person_id, city=city_id, role=role, started_at=clock.now())
        await end_signed_on(actor, city_id=city_id, person_id=person_id)
        await create(actor, membership, "grant")
        await tell_of_role(actor, membership, "grant")
        return membership


def _require_administrator(actor: Actor, otherwise: Message) -> None:
    if not actor.may(Permission.MANAGE_PEOPLE):
        raise Forbidden(otherwise)
