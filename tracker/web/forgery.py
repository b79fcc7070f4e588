"""Against requests that another site makes a browser send in its user's name (CSRF).

Two bars, each enough alone: browsers say where an unsafe request comes from, and each form holds
a token that only pages of this session know.
"""

import hmac
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from litestar.handlers import BaseRouteHandler

from tracker.domain.errors import Forbidden
from tracker.domain.messages import say
from tracker.settings import Settings
from tracker.web.identity import Connection, session_secret
from tracker.web.visits import header, visit_of

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
FIELD = "csrf_token"
ELSEWHERE = say("This request did not come from a page of the tracker.")


def require_same_site(connection: Connection, _: BaseRouteHandler | None = None) -> None:
    """A Litestar guard of pages; the API's door asks only where a cookie says who is there.

    Raises Forbidden for an unsafe request that no page of ours sent.
    """
    scope: Any = connection.scope
    if scope["method"] not in SAFE and not from_here(scope, connection.app.state.settings):
        raise Forbidden(ELSEWHERE)


def from_a_page(connection: Connection) -> bool:
    """Whether a page of ours opened this socket; False for a program, which says of no page.
    Browsers let every page open sockets to everybody, cookies included, and ask nobody.

    Raises Forbidden for another site's page.
    """
    names = (b"origin", b"sec-fetch-site")
    if not any(header(connection.scope, name) for name in names):
        return False
    if not from_here(connection.scope, connection.app.state.settings):
        raise Forbidden(say("This socket was not opened by a page of the tracker."))
    return True


def form_token(connection: Connection) -> str:
    """The token of this session's forms. Without a session the first bar stands alone: there is
    nothing yet to act in the name of."""
    return _token(connection, visit_of(connection.scope).secret or session_secret(connection))


def require_token(connection: Connection, given: str) -> None:
    """Raises Forbidden when the form was not drawn for this session."""
    # Drawn for the secret that the request came with, even if it has just been changed.
    expected = _token(connection, session_secret(connection))
    if not hmac.compare_digest(expected.encode(), given.encode()):
        raise Forbidden(
            say(
                "This form is no longer valid, because you signed in or out since it was "
                "opened. Reload the page and send it again."
            )
        )


def from_here(scope: Any, settings: Settings) -> bool:
    """Whether a page of ours sent it.

    By Sec-Fetch-Site, which no script can set; by Origin where a browser lacks it (older, or
    reached by plain http). A request with neither is not a browser's form.

    What the request calls our host proves nothing: another site can have its own name point here
    (DNS rebinding). Only a demonstration, which holds nothing real, is reached by any name."""
    site = header(scope, b"sec-fetch-site")
    if site:
        return site in (b"same-origin", b"none")
    origin = header(scope, b"origin").decode("latin-1")
    ours = urlsplit(settings.base_url)
    hosts = [ours.netloc]
    if settings.demonstration:
        hosts.append(header(scope, b"host").decode("latin-1"))
    return origin in [f"{ours.scheme}://{host}" for host in hosts if host]


def _token(connection: Connection, secret: str) -> str:
    key: bytes = connection.app.state.settings.secret_key
    return hmac.new(key, b"form:" + secret.encode(), sha256).hexdigest()
