"""What signing in opens: a session, of which the browser holds the only copy of the secret.

Every way to sign in ends at one door, `admit`. The secret changes whenever what it opens does: a
new one at each sign-in and proof, at sign-out none, and another one when its person's password,
second factor or roles change.
"""

import secrets
from dataclasses import dataclass
from datetime import timedelta

from tracker.domain import clock
from tracker.domain.actor import Actor
from tracker.domain.audit import change, create
from tracker.domain.database import fetch, transaction
from tracker.domain.errors import Forbidden, NotFound
from tracker.domain.installation import chosen
from tracker.domain.messages import say
from tracker.domain.people import queries
from tracker.domain.people.account_mails import tell_account
from tracker.domain.people.proofs import Method
from tracker.domain.people.rules import fingerprint, token_visible
from tracker.domain.people.sign_on_tables import SignOn
from tracker.domain.people.tables import HalfSignIn, Session
from tracker.domain.roles import Permission
from tracker.domain.visibility import everyone

SECRET_BYTES = 32
HALF_MINUTES = 10
"""How long a first proof waits for the second factor."""

FRESH_MINUTES = 10
"""For how long a proof is good for what could lock a person out or let somebody else in."""

GRACE_SECONDS = 60
"""Requests under way when a session's secret changes still carry the former one."""


@dataclass(frozen=True)
class Entry:
    """What a proof of who somebody is has opened: a session, or with `half` only the door to the
    second factor. The secret belongs in the browser's cookie of that kind."""

    secret: str
    half: bool = False


class Stale(Forbidden):
    """The person has to prove who they are once more, and may then do it."""


async def admit(
    person_id: int,
    method: Method,
    *,
    sign_on: SignOn | None = None,
    request_id: str | None = None,
) -> Entry:
    """Let the person in, who has proved by `method` who they are; the only door there is.

    Whoever has a second factor owes it after every first proof. `sign_on` is whose word it was, if
    a city's: for that city alone the session is then good. Raises NotFound when it was switched
    off or changed while its provider answered.
    """
    async with transaction():
        if sign_on is not None and not await fetch(_STILL, sign_on.id, sign_on.issuer):
            raise NotFound(say("There is no such sign-on."))
        city = sign_on.city if sign_on is not None else None
        if not await queries.owes_factor(person_id):
            return Entry(await open_session(person_id, method, city=city, request_id=request_id))
        secret = secrets.token_urlsafe(SECRET_BYTES)
        half = HalfSignIn(
            person=person_id,
            token_hash=fingerprint(secret),
            method=method,
            password_set_at=await queries.password_set_at(person_id),
            city=city,
            created_at=clock.now(),
            expires_at=clock.now() + timedelta(minutes=HALF_MINUTES),
        )
        await create(Actor(person_id=person_id, request_id=request_id), half, "begin_sign_in")
        return Entry(secret, half=True)


_STILL = "SELECT 1 FROM sign_on WHERE id = $1 AND issuer = $2 AND active FOR SHARE"
"""Whoever changes it waits, and then finds the session to be ended."""


async def open_session(
    person_id: int,
    method: Method = Method.LINK,
    *,
    city: int | None = None,
    second_factor: bool = False,
    recovery_code: bool = False,
    request_id: str | None = None,
) -> str:
    """A new session's secret. For `admit` and whoever checks the second factor, not for doors."""
    assert (method is Method.OPENID) == (city is not None), "a sign-on speaks for its city alone"
    secret = secrets.token_urlsafe(SECRET_BYTES)
    session = Session(
        person=person_id,
        token_hash=fingerprint(secret),
        method=method,
        city=city,
        second_factor=second_factor,
        recovery_code=recovery_code,
        created_at=clock.now(),
        proved_at=clock.now(),
        expires_at=clock.now() + timedelta(days=chosen().session_days),
    )
    async with transaction():
        await create(Actor(person_id=person_id, request_id=request_id), session, "sign_in")
    return secret


async def end_session(secret: str) -> None:
    """Sign out. A session that has ended, or never was, stays so."""
    async with transaction():
        session_id = await queries.session_with(fingerprint(secret))
        if session_id is not None:
            await _end(*session_id)


async def void_halves(person_id: int | None) -> None:
    """Have the first proofs that the person, or somebody in their name, has given lead nowhere.

    Before sessions are ended, in the same transaction: one that becomes a session at this moment
    is waited for, and ends with the others.
    """
    await fetch(
        "UPDATE half_sign_in SET expires_at = $2 WHERE person = $1 AND expires_at > $2"
        " AND used_at IS NULL",
        person_id,
        clock.now(),
    )


async def end_others(actor: Actor, secret: str = "", person_id: int | None = None) -> None:
    """End the sessions of the actor, save the one with this secret, and what is half begun; or,
    for an administrator who looks after them, those of another person."""
    async with transaction():
        await void_halves(person_id or actor.person_id)
        kept = await queries.session_with(fingerprint(secret)) if secret else None
        rows = await fetch(
            "SELECT id FROM session WHERE person = $1 AND ended_at IS NULL AND id <> $2"
            " ORDER BY id FOR UPDATE",
            person_id or actor.person_id,
            kept[0] if kept else 0,
        )
        for row in rows:
            async with change(actor, Session, row["id"], token_visible, "end") as session:
                session.ended_at = clock.now()


async def end_signed_on(
    actor: Actor, *, city_id: int | None = None, person_id: int | None = None
) -> None:
    """End the sessions that the sign-on of `city_id` has opened or half opened; or, of a person who
    has gained a role, those that the sign-ons of other cities have. In the caller's transaction."""
    if person_id is None:
        await fetch(_VOID_SIGNED_ON, city_id, clock.now())
    rows = await fetch(_SIGNED_ON_BY if person_id is None else _SIGNED_ON_ELSEWHERE,
                       city_id, *([] if person_id is None else [person_id]))  # fmt: skip
    for row in rows:
        async with change(actor, Session, row["id"], everyone, "end") as session:
            session.ended_at = clock.now()


_VOID_SIGNED_ON = """UPDATE half_sign_in SET expires_at = $2
WHERE city = $1 AND expires_at > $2 AND used_at IS NULL"""
_SIGNED_ON_BY = """SELECT id FROM session WHERE city = $1 AND ended_at IS NULL
ORDER BY id FOR UPDATE"""
_SIGNED_ON_ELSEWHERE = """SELECT id FROM session WHERE person = $2 AND city IS NOT NULL
AND city IS DISTINCT FROM $1::integer AND ended_at IS NULL ORDER BY id FOR UPDATE"""


async def end_all_of(actor: Actor, person_id: int) -> None:
    """Sign somebody out in all browsers, and out of what they have half begun.

    Raises Stale, or Forbidden for all but the administrator.
    """
    if not actor.may(Permission.MANAGE_PEOPLE):
        raise Forbidden(say("Only the secretariat's administrator signs others out."))
    require_fresh(actor)
    async with transaction():
        await end_others(actor, person_id=person_id)
        await tell_account(person_id, "sessions_ended")


async def renewed(secret: str) -> str:
    """Another secret for a session whose person's roles or mandates have changed, once; "" if it
    had been changed before. The former one counts for another minute, for requests under way."""
    fresh = secrets.token_urlsafe(SECRET_BYTES)
    rows = await fetch(
        _RENEW,
        fingerprint(secret),
        clock.now(),
        fingerprint(fresh),
        clock.now() + timedelta(seconds=GRACE_SECONDS),
    )
    return fresh if rows else ""


_RENEW = f"""UPDATE session s SET token_hash = $3, former_hash = token_hash, former_until = $4,
secret_at = $2, renews = false
WHERE token_hash = $1 AND {queries.RENEWS} AND ended_at IS NULL RETURNING id"""  # noqa: S608 - ours


async def exchanged(secret: str) -> str:
    """Another secret for a session whose person's proofs have changed; the former is worthless."""
    fresh = secrets.token_urlsafe(SECRET_BYTES)
    await fetch(
        "UPDATE session SET token_hash = $1, former_hash = NULL, former_until = NULL,"
        " secret_at = $3, renews = false WHERE token_hash = $2 AND ended_at IS NULL",
        fingerprint(fresh),
        fingerprint(secret),
        clock.now(),
    )
    return fresh


def is_fresh(actor: Actor) -> bool:
    """Whether the person has proved who they are within ten minutes. Programs, jobs and commands
    carry a key of their own, which is all the proof there is."""
    if actor.proved_at is None:
        return True
    return clock.now() < actor.proved_at + timedelta(minutes=FRESH_MINUTES)


def require_own_proof(actor: Actor) -> None:
    """Raises Forbidden for who came by their city's sign-on: what opens the account later, when
    its person holds other roles too, is not for one city's provider to give."""
    if actor.sign_on_city is not None:
        raise Forbidden(
            say(
                "You came by your city's sign-on. Sign in by mail to do this: it opens more "
                "than the sign-on does."
            )
        )


def require_fresh(actor: Actor) -> None:
    """Raises Stale unless the person has proved within ten minutes who they are, and Forbidden
    where a city's sign-on says so."""
    require_own_proof(actor)
    if not is_fresh(actor):
        raise Stale(say("Confirm first that it is you: sign in once more."))


async def _end(session_id: int, person_id: int) -> None:
    actor = Actor(person_id=person_id)
    async with change(actor, Session, session_id, token_visible, "sign_out") as session:
        session.ended_at = clock.now()
