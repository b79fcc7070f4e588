"""Letting somebody in who has proved who they are, by whatever way: the browser's part of it."""

import secrets
from typing import Any
from urllib.parse import quote

from litestar.response import Response

from tracker.domain.people.sessions import HALF_MINUTES, SECRET_BYTES, Entry, end_session
from tracker.web.devices import meet
from tracker.web.identity import ASKED, HALF, cookie, cookie_value, session_cookie, session_secret
from tracker.web.pages import AnyRequest, redirect

START = "/projects"
"""Where to go after signing in, unless somebody came from elsewhere: there stands what waits."""

ASKED_SECONDS = 60 * 60
"""Longer than any link that is bound to the cookie."""


async def let_in(
    request: AnyRequest, entry: Entry, next_path: str, flash: str = "signed-in"
) -> Response[Any]:
    """Hand over the secret of what `sessions.admit` opened, and go on: to `next_path`, or first to
    the second factor. A session is always a new one, so that nobody can be made to use a known
    one; the one before ends."""
    settings = request.app.state.settings
    if entry.half:
        response = redirect(f"/sign-in/code?next={quote(next_path)}")
        response.set_cookie(cookie(settings, HALF, entry.secret, HALF_MINUTES * 60))
        return response
    await end_session(session_secret(request))
    response = redirect(next_path, flash)
    response.set_cookie(session_cookie(settings, entry.secret))
    response.set_cookie(cookie(settings, HALF, "", 0))
    await meet(request, response, entry.secret)
    return response


def asking(request: AnyRequest) -> str:
    """What only this browser knows, by which a link that it asks for is bound to it; hand it back
    with `asked`. One for all links, so that any of them opens."""
    return cookie_value(request, ASKED) or secrets.token_urlsafe(SECRET_BYTES)


def asked(request: AnyRequest, response: Response[Any], browser: str) -> None:
    """Let the browser know again by what it asked."""
    response.set_cookie(cookie(request.app.state.settings, ASKED, browser, ASKED_SECONDS))


def local(path: str) -> str:
    """Where to go on: a page of ours, whatever the address says."""
    good = path.startswith("/") and path[1:2] not in ("/", "\\") and path.isprintable()
    return path if good else START
