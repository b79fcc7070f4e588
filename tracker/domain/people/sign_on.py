"""Signing in with a city's own sign-on: whom it may bring in. How it is set up is in
`sign_on_providers.py`.

A provider speaks for its city's people only. It brings in nobody without a membership or an open
invitation there, and nobody who holds a role elsewhere as well: for that role it does not speak.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tracker.domain import clock
from tracker.domain.actor import Actor
from tracker.domain.audit import create
from tracker.domain.cities.names import told_of
from tracker.domain.cities.tables import City
from tracker.domain.database import fetch, transaction
from tracker.domain.errors import Invalid, NotFound, Refusal
from tracker.domain.messages import Message, say
from tracker.domain.people.invitations import make_person, take_up
from tracker.domain.people.profiles import Profile, checked_email
from tracker.domain.people.proofs import Method
from tracker.domain.people.refusals import Refused, refused
from tracker.domain.people.sign_on_tables import SignOn, SignOnIdentity
from tracker.domain.people.tables import Person
from tracker.domain.problems import TITLE_MOST, Problems

SUBJECT_MOST = 255


class NotLetIn(Refusal):
    """The provider said who it is, and they may not come in by it: why, and what to do. With a
    `person`, that is for them alone to read, by mail: whoever runs the provider asked."""

    def __init__(self, why: Message, person: Person | None = None) -> None:
        self.person = person
        super().__init__(why)


class Unproved(Exception):
    """The provider's user was not here before, and says an address that a mail has to prove."""

    def __init__(self, email: str) -> None:
        self.email = email
        super().__init__("a mail has to prove the address")


@dataclass(frozen=True)
class InUse:
    """A sign-on with which people can sign in, its city's name, and all of its names, for mails."""

    sign_on: SignOn
    city: str
    place: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Known:
    """Somebody whom a provider has signed in, as its checked ID token tells."""

    issuer: str
    subject: str
    email: str = ""
    email_verified: bool = False
    name: str = ""
    locale: str = ""
    zone: str = ""

    @classmethod
    def of(cls, claims: Mapping[str, Any]) -> "Known":
        """From the claims of a checked ID token; what is no text counts as not said."""
        texts = {name: _text(claims.get(name)) for name in ("email", "name", "locale", "zoneinfo")}
        return cls(
            issuer=_text(claims.get("iss")),
            subject=_text(claims.get("sub")),
            email=texts["email"],
            email_verified=claims.get("email_verified") is True,
            name=texts["name"],
            locale=texts["locale"],
            zone=texts["zoneinfo"],
        )


async def in_use(number: int) -> InUse:
    """The sign-on with this number, if people can sign in with it. Raises NotFound."""
    row = await SignOn.objects().get((SignOn.id == number) & (SignOn.active == True))  # noqa: E712
    if row is None:
        raise NotFound(say("There is no such sign-on."))
    city = await City.objects().get(City.id == row.city)
    assert city
    return InUse(row, city.name, told_of(city))


async def sign_in_by(sign_on: SignOn, known: Known, *, request_id: str | None = None) -> Person:
    """Who the provider's user is here, who may come in, taking up what they were invited to in the
    city. The caller opens the session.

    Raises NotLetIn, and has the trail of whom it was for tell so; or Unproved the first time, when
    the provider says an address that no mail has proved (`sign_on_claims.py`).
    """
    person = await linked(known)
    if person is None:
        raise Unproved(_confirmed(known))
    try:
        return await let_in(sign_on, known, person)
    except NotLetIn as refusal:
        await tell_refused(person, request_id)
        raise NotLetIn(refusal.message, person) from refusal


async def let_in(sign_on: SignOn, known: Known, person: Person | None) -> Person:
    """The person, or who has the address, which a mail has proved, or somebody new. Raises
    NotLetIn."""
    async with transaction():
        email = person.email if person else _confirmed(known)
        invited = await _invited(email, sign_on.city)
        found = (
            person or await _by_address(known, email) or await _made(email, known, sign_on, invited)
        )
        await _require_of_the_city_alone(found, sign_on.city, may_be_new=bool(invited))
        if person is None:
            await _link(found, known)
        for invitation_id in invited:
            await take_up(found, invitation_id)
        return found


async def why_not(sign_on: SignOn, known: Known) -> Message | None:
    """Why the provider's user, who was not here before, may not come in; None if they may. For the
    address alone to read: it tells what the person is elsewhere."""
    try:
        email = _confirmed(known)
        invited = await _invited(email, sign_on.city)
        person = await _by_address(known, email)
        if person is None and not invited:
            return _uninvited(email)
        if person is not None:
            await _require_of_the_city_alone(person, sign_on.city, may_be_new=bool(invited))
    except NotLetIn as refusal:
        return refusal.message
    return None


async def tell_refused(person: Person, request_id: str | None) -> None:
    """Have the person's trail tell that the sign-on may not bring them in."""
    await refused(person.id, Method.OPENID, Refused.SIGN_ON, request_id, "refuse_sign_in")


async def linked(known: Known) -> Person | None:
    """Who the provider's user is here, if they came before."""
    rows = await fetch(
        "SELECT person FROM sign_on_identity WHERE issuer = $1 AND subject = $2"
        " AND ended_at IS NULL",
        known.issuer,
        known.subject,
    )
    return await Person.objects().get(Person.id == rows[0]["person"]) if rows else None


def _uninvited(email: str) -> Message:
    return say(
        "{email} is not invited. Ask an administrator of your city for an invitation.", email=email
    )


def _confirmed(known: Known) -> str:
    """Raises NotLetIn for an address that the provider did not say it has confirmed."""
    problems = Problems()
    email = checked_email(known.email, problems)
    if problems.fields or not known.email_verified:
        raise NotLetIn(
            say(
                "The sign-on did not give a confirmed e-mail address, by which you are known here."
                " Ask its administrators, or sign in by mail."
            )
        )
    return email


async def _invited(email: str, city_id: int) -> list[int]:
    """Open invitations of the address in this city; never those of the secretariat."""
    rows = await fetch(
        "SELECT id FROM invitation WHERE email = $1 AND city = $2 AND accepted_at IS NULL"
        " AND withdrawn_at IS NULL AND expires_at > $3 ORDER BY id",
        email,
        city_id,
        clock.now(),
    )
    return [row["id"] for row in rows]


async def _by_address(known: Known, email: str) -> Person | None:
    """Raises NotLetIn for a person whom the provider knows by another subject: addresses are
    given to others when somebody leaves, subjects never are."""
    person = await Person.objects().get(Person.email == email)
    if person and await SignOnIdentity.exists().where(
        SignOnIdentity.person == person.id,
        SignOnIdentity.issuer == known.issuer,
        SignOnIdentity.ended_at.is_null(),
    ):
        raise NotLetIn(
            say(
                "The sign-on knows somebody else by your address from before. Sign in by mail,"
                " and tell an administrator."
            )
        )
    return person


async def _made(email: str, known: Known, sign_on: SignOn, invited: list[int]) -> Person:
    """Raises NotLetIn for somebody whom nobody has invited."""
    if not invited:
        raise NotLetIn(_uninvited(email))
    city = await City.objects().get(City.id == sign_on.city)
    assert city
    profile = Profile(
        name=" ".join(known.name.split())[:TITLE_MOST] or email.partition("@")[0],
        language=known.locale or "en",
        time_zone=known.zone if known.zone in clock.zones() else city.time_zone,
    )
    try:
        return await make_person(email, profile)
    except Invalid:
        plain = Profile(name=email.partition("@")[0], time_zone=city.time_zone)
        return await make_person(email, plain)


async def _require_of_the_city_alone(person: Person, city_id: int, *, may_be_new: bool) -> None:
    """Raises NotLetIn."""
    rows = await fetch(
        "SELECT DISTINCT city FROM membership WHERE person = $1 AND ended_at IS NULL", person.id
    )
    held = {row["city"] for row in rows}
    if held - {city_id}:
        raise NotLetIn(
            say("You hold roles for which this city's sign-on does not speak. Sign in by mail.")
        )
    if not held and not may_be_new:
        raise NotLetIn(
            say(
                "You hold no role in this city at present. Ask its administrator for an invitation."
            )
        )


async def _link(person: Person, known: Known) -> None:
    identity = SignOnIdentity(
        person=person.id, issuer=known.issuer, subject=known.subject, created_at=clock.now()
    )
    await create(Actor(person_id=person.id), identity, "link")


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) and "\x00" not in value else ""
