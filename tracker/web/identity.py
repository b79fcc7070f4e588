"""Who sent a request: the session's cookie for browsers, a bearer token for programs."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie

from tracker.domain.actor import Actor
from tracker.domain.people.identities import Credential, session, token
from tracker.domain.people.queries import session_standing
from tracker.domain.people.sessions import renewed
from tracker.domain.people.uses import note_use
from tracker.settings import Settings
from tracker.web.visits import header, visit_of

SESSION, HALF, ASKED = "session", "half_sign_in", "asked"
"""Names of cookies: who is signed in; who still owes a second factor; which browser asked for a
link."""

DAY = 24 * 60 * 60
"""Seconds."""

Connection = ASGIConnection[Any, Any, Any, Any]


class SignInNeeded(Exception):
    """The page belongs to somebody; whoever asks must say first who they are."""


async def actor_of(connection: Connection) -> Actor:
    """Who is signed in with this browser, or the public. Looked up once a request; where roles
    have changed since, the browser gets another secret with the answer."""
    visit = visit_of(connection.scope)
    if visit.actor is None:
        secret = visit.secret or session_secret(connection)
        standing = await session_standing(secret) if secret else None
        found = standing.actor if standing else Actor()
        visit.actor = replace(found, request_id=visit.request_id)
        if standing:
            await note_use(session(secret))
            if standing.renews:
                visit.secret = await renewed(secret)
    return visit.actor


def carry_on(connection: Connection, secret: str) -> None:
    """What is drawn from here on is drawn for the session with this secret, which the answer
    hands to the browser: its forms are that session's, and who is signed in is read anew."""
    visit = visit_of(connection.scope)
    visit.secret, visit.actor = secret, None


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
    return cookie_value(connection, SESSION)


def cookie_value(connection: Connection, name: str) -> str:
    """What one of our cookies holds, "" without it."""
    return connection.cookies.get(_cookie_name(connection.app.state.settings, name), "")


def session_cookie(settings: Settings, secret: str) -> Cookie:
    """The cookie of a new session. Lax, so that links in mails arrive signed in."""
    return cookie(settings, SESSION, secret, settings.session_days * DAY)


def no_session_cookie(settings: Settings) -> Cookie:
    """The cookie that ends the browser's part of a session."""
    return cookie(settings, SESSION, "", 0)


def cookie(settings: Settings, name: str, value: str, max_age: int) -> Cookie:
    """A cookie that no script reads and no other site's form sends; `max_age` in seconds."""
    return Cookie(
        key=_cookie_name(settings, name),
        value=value,
        max_age=max_age,
        path="/",
        httponly=True,
        samesite="lax",
        secure=_secure(settings),
    )


def renewing(
    settings: Settings, secret: str, given: Iterable[tuple[bytes, bytes]]
) -> list[tuple[bytes, bytes]]:
    """The header that hands a session's new secret over, unless the answer, whose headers are
    `given`, opens or ends a session itself."""
    cookie = _cookie_name(settings).encode() + b"="
    if any(name == b"set-cookie" and value.startswith(cookie) for name, value in given):
        return []
    return [session_cookie(settings, secret).to_encoded_header()]


def _cookies(header: bytes) -> dict[str, str]:
    """The cookies of a request, read as Litestar reads them for pages."""
    pairs = (pair.partition("=") for pair in header.decode("latin-1").split(";"))
    return {name.strip(): unquote(value.strip().strip('"')) for name, _, value in pairs}


def _cookie_name(settings: Settings, name: str = SESSION) -> str:
    """With the prefix, browsers refuse the cookie from other hosts and unencrypted pages."""
    return f"__Host-{name}" if _secure(settings) else name


def _secure(settings: Settings) -> bool:
    return settings.base_url.startswith("https:")
