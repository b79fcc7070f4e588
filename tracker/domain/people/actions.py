"""People and what they may do: roles, profiles, keys for programs, and signing in."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from tracker.domain import clock
from tracker.domain.actor import PUBLIC, SECRETARIAT, Actor, Role
from tracker.domain.audit import change, create, load
from tracker.domain.cities import rules as cities
from tracker.domain.cities.tables import City
from tracker.domain.database import transaction
from tracker.domain.errors import Forbidden, Invalid
from tracker.domain.people import queries
from tracker.domain.people.profiles import (
    PersonDraft,
    Profile,
    checked_email,
    checked_profile,
)
from tracker.domain.people.rules import (
    fingerprint,
    may_manage,
    membership_visible,
    token_visible,
    visible,
)
from tracker.domain.people.tables import ApiToken, Membership, Person, Session, SignInLink
from tracker.domain.problems import UNSTORABLE, Problems

LINK_MINUTES = 10
LINKS_OPEN_MOST = 3
"""Links of a person at a time; more would only fill their mailbox for somebody else's fun."""

SESSION_DAYS = 14
TOKEN_DAYS_MOST = 366
PURPOSE_MOST = 100
TOKEN_PREFIX = "est_"  # noqa: S105 - lets secret scanners recognise a leaked token
TOKEN_SHOWN = 12
"""Characters of a token that stay readable; what follows them keeps 200 bits."""

SECRET_BYTES = 32

LINK_SECONDS = 0.1
"""Sending a link takes this long whether the account exists or not."""


async def add_person(actor: Actor, draft: PersonDraft) -> Person:
    """Add somebody, who may do nothing yet.

    Raises Invalid, also when the address is taken, or Forbidden for all but the administrator.
    """
    _require_administrator(actor, "adds people")
    problems = Problems()
    profile = checked_profile(draft, problems)
    email = checked_email(draft.email, problems)
    async with transaction():
        taken = await Person.exists().where(Person.email == email)
        problems.unless(not taken, "email", f"{email} is already here.")
        problems.raise_any()
        person = Person(email=email, created_at=clock.now(), **profile)
        return await create(actor, person, "add_person")


async def edit_profile(actor: Actor, person_id: int, draft: Profile) -> Person:
    """Say by which name, in which language and in which time zone to reach a person.

    Raises Invalid, NotFound, or Forbidden for another's profile.
    """
    problems = Problems()
    profile = checked_profile(draft, problems)
    async with change(actor, Person, person_id, visible, "edit_profile") as person:
        if not may_manage(actor, person_id):
            raise Forbidden("Everybody edits their own profile; the administrator edits any.")
        problems.raise_any()
        for name, value in profile.items():
            setattr(person, name, value)
    return person


async def grant(actor: Actor, person_id: int, city_id: int | None, role: Role) -> Membership:
    """Give a person a role in a city, or in the secretariat when there is no city.

    Raises Invalid, NotFound, or Forbidden for all but the administrator.
    """
    _require_administrator(actor, "grants roles")
    problems = Problems()
    problems.unless(
        (role in SECRETARIAT) == (city_id is None),
        "city_id",
        f"{role.value} is a role in {'the secretariat' if role in SECRETARIAT else 'a city'}; "
        f"{'name no' if role in SECRETARIAT else 'name the'} city.",
    )
    async with transaction():
        await load(actor, Person, person_id, visible)
        if city_id is not None:
            await load(actor, City, city_id, cities.visible)
        held = await queries.holds(person_id, city_id, role)
        problems.unless(not held, "role", f"The person is already {role.value} there.")
        problems.raise_any()
        membership = Membership(person=person_id, city=city_id, role=role, started_at=clock.now())
        return await create(actor, membership, "grant")


async def end_membership(actor: Actor, membership_id: int) -> Membership:
    """Take a role away; what the person did in it stays in the trail.

    Raises Invalid when it has ended before, NotFound, or Forbidden for all but the administrator.
    """
    _require_administrator(actor, "ends memberships")
    async with change(actor, Membership, membership_id, membership_visible, "end") as membership:
        if membership.ended_at:
            raise Invalid({"membership_id": ["This membership has already ended."]})
        membership.ended_at = clock.now()
    return membership


async def issue_token(
    actor: Actor, person_id: int, days: int = 90, read_only: bool = False, purpose: str = ""
) -> tuple[ApiToken, str]:
    """A key with which a program acts for the person, and its secret, which is never shown again.
    The purpose, up to 100 characters, is to know it by later.

    Raises Invalid, NotFound, or Forbidden for another's token.
    """
    problems = Problems()
    problems.unless(
        1 <= days <= TOKEN_DAYS_MOST, "days", f"Must lie between 1 and {TOKEN_DAYS_MOST}."
    )
    purpose = problems.line("purpose", purpose, PURPOSE_MOST)
    secret = TOKEN_PREFIX + secrets.token_urlsafe(SECRET_BYTES)
    async with transaction():
        await load(actor, Person, person_id, visible)
        if not may_manage(actor, person_id):
            raise Forbidden("Everybody issues their own tokens; the administrator issues any.")
        problems.raise_any()
        token = ApiToken(
            person=person_id,
            purpose=purpose,
            prefix=secret[:TOKEN_SHOWN],
            token_hash=fingerprint(secret),
            read_only=read_only,
            created_at=clock.now(),
            expires_at=clock.now() + timedelta(days=days),
        )
        return await create(actor, token, "issue"), secret


async def revoke_token(actor: Actor, token_id: int) -> ApiToken:
    """Refuse the token from now on.

    Raises Invalid when it was revoked before, NotFound, or Forbidden for another's token.
    """
    async with change(actor, ApiToken, token_id, token_visible, "revoke") as token:
        if not may_manage(actor, token.person):
            raise Forbidden("Everybody revokes their own tokens; the administrator revokes any.")
        if token.revoked_at:
            raise Invalid({"token_id": ["This token is already revoked."]})
        token.revoked_at = clock.now()
    return token


async def send_link(email: str) -> tuple[Person, str] | None:
    """The secret of a link with which the person signs in within ten minutes, for the caller to
    mail; None for an unknown address, and while three links are open, after just as long, so that
    nobody can probe for accounts.
    """
    async with _lasting(LINK_SECONDS), transaction():
        person = await _to_be_linked(email.strip().lower())
        if person is None or await queries.open_links(person.id) >= LINKS_OPEN_MOST:
            return None
        secret = secrets.token_urlsafe(SECRET_BYTES)
        link = SignInLink(
            person=person.id,
            token_hash=fingerprint(secret),
            created_at=clock.now(),
            expires_at=clock.now() + timedelta(minutes=LINK_MINUTES),
        )
        await create(PUBLIC, link, "send_link")
        return person, secret


async def redeem_link(secret: str) -> str:
    """Trade a link's secret, once, for a session's. Raises Invalid when it is used up or old."""
    async with transaction():
        rows = await SignInLink.raw(
            "UPDATE sign_in_link SET used_at = {} WHERE token_hash = {} AND used_at IS NULL"
            " AND expires_at > {} RETURNING person",
            clock.now(),
            fingerprint(secret),
            clock.now(),
        )
        if not rows:
            raise Invalid({"link": ["This link was used before, or is too old; ask for another."]})
        return await open_session(rows[0]["person"])


async def open_session(person_id: int) -> str:
    """Sign the person in, who has proved who they are; the secret belongs in a cookie."""
    secret = secrets.token_urlsafe(SECRET_BYTES)
    session = Session(
        person=person_id,
        token_hash=fingerprint(secret),
        created_at=clock.now(),
        expires_at=clock.now() + timedelta(days=SESSION_DAYS),
    )
    async with transaction():
        await create(Actor(person_id=person_id), session, "sign_in")
    return secret


async def end_session(secret: str) -> None:
    """Sign out. A session that has ended, or never was, stays so."""
    async with transaction():
        session = (
            await Session.objects()
            .where(Session.token_hash == fingerprint(secret), Session.ended_at.is_null())
            .first()
        )
        if session is not None:
            actor = Actor(person_id=session.person)
            async with change(actor, Session, session.id, token_visible, "sign_out") as row:
                row.ended_at = clock.now()


def _require_administrator(actor: Actor, does: str) -> None:
    if not actor.administrator:
        raise Forbidden(f"Only the secretariat's administrator {does}.")


async def _to_be_linked(email: str) -> Person | None:
    """The person with this address, locked so that their links are counted one by one."""
    if UNSTORABLE.search(email):
        return None
    return await Person.objects().where(Person.email == email).lock_rows("NO KEY UPDATE").first()


@asynccontextmanager
async def _lasting(seconds: float) -> AsyncIterator[None]:
    """What happens inside takes at least this long, as seen from outside."""
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    try:
        yield
    finally:
        await asyncio.sleep(end - loop.time())
