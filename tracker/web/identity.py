"""Who sent a request: the session's cookie for browsers, a bearer token for programs."""

from dataclasses import replace
from typing import Any

from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie

from tracker.domain.actor import Actor
from tracker.domain.people.actions import SESSION_DAYS
from tracker.domain.people.queries import actor_by_session, actor_by_token
from tracker.domain.people.rules import fingerprint
from tracker.domain.people.uses import note_use
from tracker.settings import Settings
from tracker.web.visits import header, visit_of

Connection = ASGIConnection[Any, Any, Any, Any]


class SignInNeeded(Exception):
    """The page belongs to somebody; whoever asks must say first who they are."""


async def actor_of(connection: Connection) -> Actor:
    """Who is signed in with this browser, or the public. Looked up once a request."""
    visit = visit_of(connection.scope)
    if visit.actor is None:
        secret = session_secret(connection)
        found = await actor_by_session(secret) if secret else None
        visit.actor = (
            replace(found, request_id=visit.request_id)
            if found
            else Actor(request_id=visit.request_id)
        )
    return visit.actor


async def person_of(connection: Connection) -> Actor:
    """Who is signed in. Raises SignInNeeded for the public."""
    actor = await actor_of(connection)
    if actor.person_id is None:
        raise SignInNeeded
    return actor


def bearer_token(connection: Connection) -> str | None:
    """The API token of the Authorization header, None without one."""
    scheme, _, token = header(connection.scope, b"authorization").decode("latin-1").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


async def actor_of_token(connection: Connection, token: str) -> tuple[Actor, bool] | None:
    """On whose behalf a program acts, and whether it may only read; None for a bad token."""
    found = await actor_by_token(token)
    if found is not None:
        await note_use(fingerprint(token))
    request_id = visit_of(connection.scope).request_id
    return found and (replace(found[0], request_id=request_id), found[1])


def session_secret(connection: Connection) -> str:
    """The secret in the session's cookie, "" without one."""
    return connection.cookies.get(_cookie_name(connection.app.state.settings), "")


def session_cookie(settings: Settings, secret: str) -> Cookie:
    """The cookie of a new session. Lax, so that links in mails arrive signed in."""
    return _cookie(settings, secret, SESSION_DAYS * 24 * 60 * 60)


def no_session_cookie(settings: Settings) -> Cookie:
    """The cookie that ends the browser's part of a session."""
    return _cookie(settings, "", 0)


def _cookie(settings: Settings, value: str, max_age: int) -> Cookie:
    return Cookie(
        key=_cookie_name(settings),
        value=value,
        max_age=max_age,
        path="/",
        httponly=True,
        samesite="lax",
        secure=_secure(settings),
    )


def _cookie_name(settings: Settings) -> str:
    """With the prefix, browsers refuse the cookie from other hosts and unencrypted pages."""
    return "__Host-session" if _secure(settings) else "session"


def _secure(settings: Settings) -> bool:
    return settings.base_url.startswith("https:")
