"""Taking up a role, by an invitation or because it is given. With roles whose people read the
digest it begins to come, until they choose otherwise."""

from collections.abc import Collection, Mapping
from datetime import timedelta

from tracker.domain import clock
from tracker.domain.actor import SYSTEM, Actor, Role
from tracker.domain.audit import create
from tracker.domain.database import fetch, transaction
from tracker.domain.digests.queries import subscription
from tracker.domain.digests.rules import Schedule
from tracker.domain.digests.tables import Cadence, DigestSubscription
from tracker.domain.people import actions as people
from tracker.domain.people import invitations
from tracker.domain.people.profiles import Profile
from tracker.domain.people.tables import Membership, Person

USUAL: Mapping[Role, Schedule] = {
    Role.MAYOR: Schedule(),
    Role.OFFICER: Schedule(),
    Role.ADMINISTRATOR: Schedule(),
    Role.CIO: Schedule(cadence=Cadence.MONTHLY),
}
"""When the digest comes that a role brings along: a city's projects, or the secretariat's whole
portfolio, each Monday; the first of these counts. Other roles work in the tracker itself."""

LATELY = timedelta(days=1)
"""Who has held a role for longer, and takes no digest, is left in peace."""


async def grant(actor: Actor, person_id: int, city_id: int | None, role: Role) -> Membership:
    """Give a person a role in a city, or in the secretariat when there is no city. The digest that
    the role brings along begins to come, unless they ever took or stopped one.

    Raises Invalid, NotFound, or Forbidden for all but the administrator.
    """
    async with transaction():
        membership = await people.grant(actor, person_id, city_id, role)
        await begin_digest(person_id)
        return membership


async def accept(secret: str, profile: Profile, signed_in: int | None = None) -> Person:
    """Take up the role that an invitation's link offers, as `invitations.accept` does, and the
    digest that it brings along.

    Raises Invalid for a link that counts no longer, or a profile that cannot be meant, or where
    its person has yet to sign in.
    """
    async with transaction():
        person = await invitations.accept(secret, profile, signed_in)
        await begin_digest(person.id)
        return person


async def begin_digest(person_id: int) -> None:
    """Have the digest come to whoever took up such a role lately and never chose about it."""
    async with transaction():
        # One at a time: who takes up two roles at once gets one digest.
        await fetch("SELECT FROM person WHERE id = $1 FOR NO KEY UPDATE", person_id)
        rows = await fetch(_TAKEN_UP, person_id, clock.now() - LATELY)
        schedule = usual({Role(row["role"]) for row in rows})
        if schedule is not None:
            begun = DigestSubscription(person=person_id, created_at=clock.now(), **vars(schedule))
            await create(SYSTEM, begun, "begin")


async def offered(role: Role, person_id: int | None) -> Schedule | None:
    """When the digest will come to whoever takes up the role, known by the number if they are here
    already; None where none begins."""
    chosen = person_id is not None and await subscription(person_id) is not None
    return None if chosen else usual({role})


def usual(roles: Collection[Role]) -> Schedule | None:
    """The schedule that comes with these roles; None with others."""
    return next((schedule for role, schedule in USUAL.items() if role in roles), None)


_TAKEN_UP = """SELECT m.role FROM membership m
WHERE m.person = $1 AND m.ended_at IS NULL AND m.started_at > $2
  AND NOT EXISTS (SELECT FROM digest_subscription s WHERE s.person = m.person)"""
