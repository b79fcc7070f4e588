"""Setting a city's own sign-on up: who says with which provider its people sign in, who vouches
for it, and how it is switched off or removed."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from tracker.domain import clock
from tracker.domain.actor import Actor
from tracker.domain.audit import change, create, load
from tracker.domain.cities import rules as cities
from tracker.domain.cities.tables import City
from tracker.domain.database import fetch, transaction
from tracker.domain.errors import Forbidden, Invalid
from tracker.domain.installation import chosen
from tracker.domain.messages import say
from tracker.domain.networks import is_server, no_server
from tracker.domain.people.rules import may_set_up_sign_on, sign_on_visible
from tracker.domain.people.sessions import end_signed_on, require_fresh
from tracker.domain.people.sign_on_tables import SignOn, SignOnIdentity
from tracker.domain.people.telling import tell_of_sign_on
from tracker.domain.problems import Problems
from tracker.domain.roles import Permission
from tracker.domain.sealing import sealed
from tracker.domain.visibility import everyone

ISSUER_MOST, CLIENT_MOST, SECRET_MOST = 500, 200, 500
CHANGED = say("The provider was changed in the meantime; look at it, and confirm it then.")
ABOUT_SECRET = "sign-on client secret"  # noqa: S105 - says what a sealed text is


@dataclass(frozen=True, kw_only=True)
class SignOnDraft:
    """A provider as its own administrators know it. Without a client secret, the one that is kept
    stays; a public client has none."""

    issuer: str
    client_id: str
    client_secret: str = ""
    active: bool = True


async def set_up(actor: Actor, city_id: int, draft: SignOnDraft) -> SignOn:
    """Say with which provider the people of a city sign in, in place of the one before. One that
    is new waits until the secretariat's administrator confirms it, unless it is they who set it
    up; sessions that the one before has opened end.

    Raises Invalid, NotFound for an unknown city, Stale, or Forbidden for programs and for all but
    the secretariat's administrator and the city's own.
    """
    _require_person(actor)
    problems = Problems()
    columns = checked(draft, problems)
    async with transaction():
        await load(actor, City, city_id, cities.visible)
        _require_may_set_up(actor, city_id)
        problems.raise_any()
        secret = draft.client_secret.strip()
        before = await _of(city_id)
        row = (
            await _changed(actor, before, columns, new_secret=bool(secret))
            if before
            else await _made(actor, city_id, columns)
        )
        if secret:
            await _keep_secret(row, secret)
        return row


async def confirm(actor: Actor, sign_on_id: int, issuer: str | None = None) -> SignOn:
    """Vouch for the provider, and let the city's people sign in there from now on. With `issuer`,
    for that one alone: the city may have named another since it was looked at.

    Raises Invalid when it is confirmed already or is another, NotFound, Stale, or Forbidden for all
    but the secretariat's administrator: a city's could make a second one of themselves.
    """
    _require_person(actor)
    async with change(actor, SignOn, sign_on_id, sign_on_visible, "confirm") as row:
        if not actor.may(Permission.MANAGE_PEOPLE):
            raise Forbidden(say("Only the secretariat's administrator confirms a city's sign-on."))
        _require_there(row)
        if row.confirmed_at:
            raise Invalid({"sign_on_id": [say("This sign-on is confirmed already.")]})
        if issuer not in (None, row.issuer):
            raise Invalid({"sign_on_id": [CHANGED]})
        row.confirmed_at, row.active = clock.now(), True
        await tell_of_sign_on(actor, row, "confirm")
    return row


async def remove(actor: Actor, sign_on_id: int) -> SignOn:
    """Have the city no sign-on any more. Its client secret goes, who came by it is signed out, and
    it knows nobody here: should the provider come back, a mail proves each address anew. What was
    set up, and who came by it, stays in the trail.

    Raises Invalid when it was removed before, NotFound, Stale, or Forbidden for programs and for
    all but the secretariat's administrator and the city's own.
    """
    _require_person(actor)
    async with change(actor, SignOn, sign_on_id, sign_on_visible, "remove") as row:
        _require_may_set_up(actor, row.city)
        _require_there(row)
        await fetch("UPDATE sign_on SET sealed = NULL WHERE id = $1", row.id)
        row.active, row.secret_set_at, row.ended_at = False, None, clock.now()
        await end_signed_on(actor, city_id=row.city)
        await _unlink(actor, row)
        await tell_of_sign_on(actor, row, "remove")
    return row


def _require_person(actor: Actor) -> None:
    """A token that leaked opens no door for anybody; nor does a session by a provider. Raises
    Forbidden, or Stale."""
    if actor.limit is not None:
        raise Forbidden(say("People set sign-ons up themselves, in a browser."))
    require_fresh(actor)


def checked(draft: SignOnDraft, problems: Problems) -> dict[str, Any]:
    """The draft as columns; what is wrong with it goes to `problems`."""
    issuer = _issuer(draft.issuer.strip(), problems)
    client_id = problems.line("client_id", draft.client_id, CLIENT_MOST)
    problems.unless(bool(client_id), "client_id", say("Write what the provider calls the tracker."))
    problems.line("client_secret", draft.client_secret, SECRET_MOST)
    return {"issuer": issuer, "client_id": client_id, "active": draft.active}


def _issuer(text: str, problems: Problems) -> str:
    if not text:
        problems.add("issuer", say("Write the provider's own address here."))
        return text
    if text.lower().startswith("http://") and not chosen().sign_on_private:
        problems.add("issuer", say("Only https is safe for signing in: write https://… here."))
        return text
    wrong = len(problems.fields)
    issuer = problems.web_address("issuer", text)
    if len(problems.fields) == wrong:
        host = urlsplit(issuer).hostname or ""
        named = is_server(host) or chosen().sign_on_private  # inside, names may be any
        problems.unless(named, "issuer", no_server(host))
        problems.unless(
            len(issuer) <= ISSUER_MOST and not set(issuer) & set("?#"),
            "issuer",
            say("Write the provider's own address as it names itself: https://…, without ? or #."),
        )
    return issuer


async def _made(actor: Actor, city_id: int, columns: dict[str, Any]) -> SignOn:
    row = SignOn(city=city_id, created_at=clock.now(), **columns)
    _vouch(actor, row, columns["active"])
    await create(actor, row, "set_up")
    await tell_of_sign_on(actor, row, "set_up")
    return row


async def _changed(
    actor: Actor, before: SignOn, columns: dict[str, Any], *, new_secret: bool
) -> SignOn:
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
            await end_signed_on(actor, city_id=row.city)
        if was != _served(row) or new_secret:
            await tell_of_sign_on(actor, row, "change")
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


def _require_may_set_up(actor: Actor, city_id: int) -> None:
    if not may_set_up_sign_on(actor, city_id):
        raise Forbidden(
            say("The secretariat's administrator and the city's own set up its sign-on.")
        )


def _require_there(row: SignOn) -> None:
    if row.ended_at:
        raise Invalid({"sign_on_id": [say("This sign-on was removed.")]})


async def _of(city_id: int) -> SignOn | None:
    return await SignOn.objects().get((SignOn.city == city_id) & SignOn.ended_at.is_null())


async def _unlink(actor: Actor, row: SignOn) -> None:
    """Nobody is known by what the provider calls them, unless another city has the same one."""
    for each in await fetch(_LINKED_BY, row.issuer, row.id):
        async with change(actor, SignOnIdentity, each["id"], everyone, "unlink") as identity:
            identity.ended_at = clock.now()


_LINKED_BY = """SELECT id FROM sign_on_identity WHERE issuer = $1 AND ended_at IS NULL
AND NOT EXISTS (SELECT 1 FROM sign_on o WHERE o.issuer = $1 AND o.id <> $2 AND o.ended_at IS NULL)
ORDER BY id FOR UPDATE"""
