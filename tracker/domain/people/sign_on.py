"""Signing in with a city's own sign-on: which there are, and whom they may bring in.

A provider speaks for its city's people only. It brings in nobody without a membership or an open
invitation there, and nobody who holds a role elsewhere as well: for that role it does not speak.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import available_timezones

from tracker.domain import clock
from tracker.domain.actor import Actor
from tracker.domain.audit import change, create, load
from tracker.domain.cities import rules as cities
from tracker.domain.cities.tables import City
from tracker.domain.database import fetch, transaction
from tracker.domain.errors import Forbidden, Invalid, Refusal
from tracker.domain.installation import chosen
from tracker.domain.people.invitations import make_person, take_up
from tracker.domain.people.profiles import Profile, checked_email
from tracker.domain.people.proofs import Method
from tracker.domain.people.refusals import Refused, refused
from tracker.domain.people.rules import may_set_up_sign_on, sign_on_visible
from tracker.domain.people.sealing import sealed
from tracker.domain.people.sessions import end_signed_on, require_fresh
from tracker.domain.people.sign_on_tables import SignOn, SignOnIdentity
from tracker.domain.people.tables import Person
from tracker.domain.problems import TITLE_MOST, Problems
from tracker.domain.roles import Permission

ISSUER_MOST, CLIENT_MOST, SECRET_MOST, SUBJECT_MOST = 500, 200, 500, 255
ABOUT_SECRET = "sign-on client secret"  # noqa: S105 - says what a sealed text is


_UNINVITED = "{email} is not invited. Ask an administrator of your city for an invitation."


class NotLetIn(Refusal):
    """The provider said who it is, and they may not come in by it: why, and what to do. With a
    `person`, that is for them alone to read, by mail: whoever runs the provider asked."""

    def __init__(self, why: str, person: Person | None = None) -> None:
        self.person = person
        super().__init__(why)


class Unproved(Exception):
    """The provider's user was not here before, and says an address that a mail has to prove."""

    def __init__(self, email: str) -> None:
        self.email = email
        super().__init__("a mail has to prove the address")


@dataclass(frozen=True, kw_only=True)
class SignOnDraft:
    """A provider as its own administrators know it. Without a client secret, the one that is kept
    stays; a public client has none."""

    issuer: str
    client_id: str
    client_secret: str = ""
    active: bool = True


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


async def set_up(actor: Actor, city_id: int, draft: SignOnDraft) -> SignOn:
    """Say with which provider the people of a city sign in, in place of the one before. One that
    is new waits until the secretariat's administrator confirms it, unless it is they who set it
    up; sessions that the one before has opened end.

    Raises Invalid, NotFound for an unknown city, Stale, or Forbidden for programs and for all but
    the secretariat's administrator and the city's own.
    """
    _require_person(actor)
    problems = Problems()
    columns = _checked(draft, problems)
    async with transaction():
        await load(actor, City, city_id, cities.visible)
        if not may_set_up_sign_on(actor, city_id):
            raise Forbidden(
                "The secretariat's administrator and the city's own set up its sign-on."
            )
        problems.raise_any()
        row = await _kept(actor, city_id, columns)
        if draft.client_secret.strip():
            await _keep_secret(row, draft.client_secret.strip())
        return row


async def confirm(actor: Actor, sign_on_id: int) -> SignOn:
    """Vouch for the provider, and let the city's people sign in there from now on.

    Raises Invalid when it is confirmed already, NotFound, Stale, or Forbidden for all but the
    secretariat's administrator: a city's could make a second one of themselves.
    """
    _require_person(actor)
    async with change(actor, SignOn, sign_on_id, sign_on_visible, "confirm") as row:
        if not actor.may(Permission.MANAGE_PEOPLE):
            raise Forbidden("Only the secretariat's administrator confirms a city's sign-on.")
        if row.confirmed_at:
            raise Invalid({"sign_on_id": ["This sign-on is confirmed already."]})
        row.confirmed_at, row.active = clock.now(), True
    return row


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
        raise NotLetIn(str(refusal), person) from refusal


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


async def why_not(sign_on: SignOn, known: Known) -> str:
    """Why the provider's user, who was not here before, may not come in; "" if they may. For the
    address alone to read: it tells what the person is elsewhere."""
    try:
        email = _confirmed(known)
        invited = await _invited(email, sign_on.city)
        person = await _by_address(known, email)
        if person is None and not invited:
            return _UNINVITED.format(email=email)
        if person is not None:
            await _require_of_the_city_alone(person, sign_on.city, may_be_new=bool(invited))
    except NotLetIn as refusal:
        return str(refusal)
    return ""


async def tell_refused(person: Person, request_id: str | None) -> None:
    """Have the person's trail tell that the sign-on may not bring them in."""
    await refused(person.id, Method.OPENID, Refused.SIGN_ON, request_id, "refuse_sign_in")


def _require_person(actor: Actor) -> None:
    """A token that leaked opens no door for anybody; nor does a session by a provider. Raises
    Forbidden, or Stale."""
    if actor.limit is not None:
        raise Forbidden("People set sign-ons up themselves, in a browser.")
    require_fresh(actor)


def _checked(draft: SignOnDraft, problems: Problems) -> dict[str, Any]:
    issuer = _issuer(draft.issuer.strip(), problems)
    client_id = problems.line("client_id", draft.client_id, CLIENT_MOST)
    problems.unless(bool(client_id), "client_id", "Write what the provider calls the tracker.")
    problems.line("client_secret", draft.client_secret, SECRET_MOST)
    return {"issuer": issuer, "client_id": client_id, "active": draft.active}


def _issuer(text: str, problems: Problems) -> str:
    if not text:
        problems.add("issuer", "Write the provider's own address here.")
        return text
    if text.lower().startswith("http://") and not chosen().sign_on_private:
        problems.add("issuer", "Only https is safe for signing in: write https://… here.")
        return text
    wrong = len(problems.fields)
    issuer = problems.web_address("issuer", text)
    if len(problems.fields) == wrong:
        problems.unless(
            len(issuer) <= ISSUER_MOST and not set(issuer) & set("?#"),
            "issuer",
            "Write the provider's own address as it names itself: https://…, without ? or #.",
        )
    return issuer


async def _kept(actor: Actor, city_id: int, columns: dict[str, Any]) -> SignOn:
    before = await SignOn.objects().get(SignOn.city == city_id)
    if before is None:
        row = SignOn(city=city_id, created_at=clock.now(), **columns)
        _vouch(actor, row, columns["active"])
        return await create(actor, row, "set_up")
    async with change(actor, SignOn, before.id, sign_on_visible, "set_up") as row:
        if row.issuer != columns["issuer"]:
            # A secret is for the provider that gave it, and no other hears it.
            await fetch("UPDATE sign_on SET sealed = NULL WHERE id = $1", row.id)
            row.secret_set_at = None
        if (row.issuer, row.client_id) != (columns["issuer"], columns["client_id"]):
            row.confirmed_at = None
        was, wanted = _served(row), columns["active"]
        for name, value in columns.items():
            setattr(row, name, value)
        _vouch(actor, row, wanted)
        if was != _served(row):
            await end_signed_on(actor, city_id=city_id)
    return row


def _vouch(actor: Actor, row: SignOn, wanted: bool) -> None:
    """Who may confirm what they set up has done so with that; else it waits."""
    if wanted and actor.may(Permission.MANAGE_PEOPLE) and not row.confirmed_at:
        row.confirmed_at = clock.now()
    row.active = wanted and row.confirmed_at is not None


def _served(row: SignOn) -> tuple[object, ...]:
    return row.issuer, row.client_id, row.active, row.confirmed_at


async def _keep_secret(row: SignOn, secret: str) -> None:
    now = clock.now()
    await fetch(
        "UPDATE sign_on SET sealed = $2, secret_set_at = $3 WHERE id = $1",
        row.id,
        sealed(secret, ABOUT_SECRET),
        now,
    )
    row.secret_set_at = now


async def linked(known: Known) -> Person | None:
    """Who the provider's user is here, if they came before."""
    rows = await fetch(
        "SELECT person FROM sign_on_identity WHERE issuer = $1 AND subject = $2",
        known.issuer,
        known.subject,
    )
    return await Person.objects().get(Person.id == rows[0]["person"]) if rows else None


def _confirmed(known: Known) -> str:
    """Raises NotLetIn for an address that the provider did not say it has confirmed."""
    problems = Problems()
    email = checked_email(known.email, problems)
    if problems.fields or not known.email_verified:
        raise NotLetIn(
            "The sign-on did not give a confirmed e-mail address, by which you are known here."
            " Ask its administrators, or sign in by mail."
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
        SignOnIdentity.person == person.id, SignOnIdentity.issuer == known.issuer
    ):
        raise NotLetIn(
            "The sign-on knows somebody else by your address from before. Sign in by mail, and tell"
            " an administrator."
        )
    return person


async def _made(email: str, known: Known, sign_on: SignOn, invited: list[int]) -> Person:
    """Raises NotLetIn for somebody whom nobody has invited."""
    if not invited:
        raise NotLetIn(_UNINVITED.format(email=email))
    city = await City.objects().get(City.id == sign_on.city)
    assert city
    profile = Profile(
        name=" ".join(known.name.split())[:TITLE_MOST] or email.partition("@")[0],
        language=known.locale or "en",
        time_zone=known.zone if known.zone in available_timezones() else city.time_zone,
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
            "You hold roles for which this city's sign-on does not speak. Sign in by mail."
        )
    if not held and not may_be_new:
        raise NotLetIn(
            "You hold no role in this city at present. Ask its administrator for an invitation."
        )


async def _link(person: Person, known: Known) -> None:
    identity = SignOnIdentity(
        person=person.id, issuer=known.issuer, subject=known.subject, created_at=clock.now()
    )
    await create(Actor(person_id=person.id), identity, "link")


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) and "\x00" not in value else ""
