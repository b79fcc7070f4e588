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
from tracker.domain.people.sign_on_tables import SignOn, SignOnIdentity
from tracker.domain.people.tables import Person
from tracker.domain.problems import TITLE_MOST, Problems

ISSUER_MOST, CLIENT_MOST, SECRET_MOST, SUBJECT_MOST = 500, 200, 500, 255
ABOUT_SECRET = "sign-on client secret"  # noqa: S105 - says what a sealed text is


class NotLetIn(Refusal):
    """The provider said who it is, and they may not come in by it: why, and what to do."""


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
    """Say with which provider the people of a city sign in, in place of the one before.

    Raises Invalid, NotFound for an unknown city, or Forbidden for all but the secretariat's
    administrator and the city's own.
    """
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


async def sign_in_by(sign_on: SignOn, known: Known, *, request_id: str | None = None) -> Person:
    """Who the provider's user is here, who may come in; the first time, by confirmed address, and
    taking up what they were invited to in the city. The caller opens the session.

    Raises NotLetIn, and has the trail of whom it was for tell so.
    """
    try:
        return await _let_in(sign_on, known)
    except NotLetIn:
        person = await _linked(known) or await _addressed(known)
        if person is not None:
            why = Refused.SIGN_ON
            await refused(person.id, Method.OPENID, why, request_id, "refuse_sign_in")
        raise


async def _let_in(sign_on: SignOn, known: Known) -> Person:
    async with transaction():
        person = await _linked(known)
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
        return await create(actor, row, "set_up")
    async with change(actor, SignOn, before.id, sign_on_visible, "set_up") as row:
        if row.issuer != columns["issuer"]:
            # A secret is for the provider that gave it, and no other hears it.
            await fetch("UPDATE sign_on SET sealed = NULL WHERE id = $1", row.id)
            row.secret_set_at = None
        for name, value in columns.items():
            setattr(row, name, value)
    return row


async def _keep_secret(row: SignOn, secret: str) -> None:
    now = clock.now()
    await fetch(
        "UPDATE sign_on SET sealed = $2, secret_set_at = $3 WHERE id = $1",
        row.id,
        sealed(secret, ABOUT_SECRET),
        now,
    )
    row.secret_set_at = now


async def _linked(known: Known) -> Person | None:
    rows = await fetch(
        "SELECT person FROM sign_on_identity WHERE issuer = $1 AND subject = $2",
        known.issuer,
        known.subject,
    )
    return await Person.objects().get(Person.id == rows[0]["person"]) if rows else None


async def _addressed(known: Known) -> Person | None:
    """Whose address the provider says that it has confirmed; an unconfirmed one says nothing."""
    if not known.email_verified:
        return None
    return await Person.objects().get(Person.email == known.email.lower())


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
        raise NotLetIn(
            f"{email} is not invited. Ask an administrator of your city for an invitation."
        )
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
