"""Who sent a request: the session's cookie for browsers, a bearer token for programs."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie

from tracker.domain.actor import Actor
from tracker.domain.people.actions import SESSION_DAYS
from tracker.domain.people.identities import Credential, session, token
from tracker.domain.people.queries import actor_by_session
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


def credential_of(headers: Mapping[bytes, bytes], settings: Settings) -> Credential | None:
    """What a program or a browser shows to say who it is: the API token of its Authorization
    header, else the session of its cookie. None for the public.

    A session counts only from our own pages; the caller asks `forgery.from_here`.
    """
    scheme, _, secret = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
    if scheme.lower() == "bearer":
        return token(secret.strip())
    cookies = headers.get(b"cookie")
    secret = (cookies and _cookies(cookies).get(_cookie_name(settings), "")) or ""
    return session(secret) if secret else None


def session_secret(connection: Connection) -> str:
    """The secret in the session's cookie, "" without one."""
    return connection.cookies.get(_cookie_name(connection.app.state.settings), "")


def session_cookie(settings: Settings, secret: str) -> Cookie:
    """The cookie of a new session. Lax, so that links in mails arrive signed in."""
    return _cookie(settings, secret, SESSION_DAYS * 24 * 60 * 60)


def no_session_cookie(settings: Settings) -> Cookie:
    """The cookie that ends the browser's part of a session."""
    return _cookie(settings, "", 0)


def _cookies(header: bytes) -> dict[str, str]:
    """The cookies of a request, read as Litestar reads them for pages."""
    pairs = (pair.partition("=") for pair in header.decode("latin-1").split(";"))
    return {name.strip(): unquote(value.strip().strip('"')) for name, _, value in pairs}


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
