"""What a person or a program sees when something cannot be done."""

import logging
import math
import secrets
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote

from litestar.enums import MediaType
from litestar.exceptions import HTTPException
from litestar.response import Response
from litestar.response.base import ASGIResponse
from litestar.types import ExceptionHandlersMap, Receive, Scope, Send

from tracker.domain.errors import Conflict, Forbidden, Invalid, NotFound, Refusal
from tracker.domain.messages import Message, listed, say
from tracker.domain.people.sessions import Stale
from tracker.throttle import TooOften
from tracker.web.codes import code_of
from tracker.web.identity import SignInNeeded, bearer_token
from tracker.web.pages import AnyRequest, draw, read, reader_of, redirect
from tracker.web.readable import readable

NOTHING = Message("")
NOWHERE = say("There is nothing at this address.")

log = logging.getLogger(__name__)

STATUSES: dict[type[Refusal], int] = {NotFound: 404, Forbidden: 403, Conflict: 409, Invalid: 400}
PAGES = {404: "errors/404", 403: "errors/403", 409: "errors/409", 429: "errors/429"}
"""Status -> template; every other fault of the sender is shown as errors/400."""


class Fault(Response[bytes]):
    """A fault, drawn when it is sent: Litestar's exception handlers are no coroutines, and the
    page around the message reads who is signed in."""

    def __init__(
        self,
        request: AnyRequest,
        status: int,
        message: Message = NOTHING,
        headers: Any = None,
        **more: Any,
    ) -> None:
        super().__init__(b"", status_code=status)
        self._draw = lambda: _answer(request, status, message, headers, more)

    def to_asgi_response(self, app: Any, request: AnyRequest, **_: Any) -> ASGIResponse:
        """The fault as an ASGI application."""
        return _Later(request, self._draw)


class _Later(ASGIResponse):
    def __init__(self, request: AnyRequest, make: Callable[[], Awaitable[Response[Any]]]) -> None:
        super().__init__()
        self._request, self._make = request, make

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = (await self._make()).to_asgi_response(app=None, request=self._request)
        await response(scope, receive, send)


def refused(request: AnyRequest, refusal: Refusal) -> Fault:
    """An action or a page said no."""
    message = NOTHING if isinstance(refusal, NotFound) else refusal.message
    if isinstance(refusal, Invalid):
        texts = [text for texts in refusal.fields.values() for text in texts]
        message = Message("{texts}", {"texts": listed(texts)})
    return Fault(request, STATUSES[type(refusal)], message)


def unreadable(request: AnyRequest, error: HTTPException) -> Fault:
    """Litestar could not route or read the request."""
    message = {
        401: say("This API token is unknown, expired or revoked; issue another one."),
        405: say("This address does not take requests of this kind."),
        408: say("The form came too slowly; send it again."),
        415: say("Only forms as browsers send them are read here."),
        413: say("That is more than is accepted here at once; send less."),
    }.get(error.status_code, NOTHING)
    if error.status_code >= 500:
        return broken(request, error)
    return Fault(request, error.status_code, message, error.headers)


def too_often(request: AnyRequest, refusal: TooOften) -> Fault:
    """Somebody does too much of something."""
    seconds = math.ceil(refusal.seconds)
    message = say("That is too much at once; try again in {seconds} seconds.", seconds=seconds)
    minutes = math.ceil(seconds / 60)
    return Fault(request, 429, message, {"Retry-After": str(seconds)}, minutes=minutes)


def broken(request: AnyRequest, error: Exception) -> Fault:
    """Our fault. The number finds the entry in the log; no detail of it leaves the house."""
    number = secrets.token_hex(4)
    where = request.scope.get("path_template", "an address without a page")
    log.error("error %s at %s %s", number, request.method, where, exc_info=error)
    message = say("Something went wrong here, not with you (error {number}).", number=number)
    return Fault(request, 500, message, error_id=number)


def ask_to_sign_in(request: AnyRequest, _: SignInNeeded) -> Response[Any]:
    """Where the page belongs to somebody; afterwards they come back."""
    return redirect(f"/sign-in?next={quote(readable(request))}")


def ask_once_more(request: AnyRequest, _: Stale) -> Response[Any]:
    """What they want needs a fresh proof of who they are; afterwards they come back to the page."""
    return redirect(f"/sign-in?next={quote(readable(request))}", "stale")


HANDLERS: ExceptionHandlersMap = {
    **dict.fromkeys(STATUSES, refused),
    SignInNeeded: ask_to_sign_in,
    Stale: ask_once_more,
    TooOften: too_often,
    HTTPException: unreadable,
    Exception: broken,
}


async def _answer(
    request: AnyRequest, status: int, message: Message, headers: Any, more: dict[str, Any]
) -> Response[Any]:
    response = await _drawn(request, status, message, more)
    response.headers.update(headers or {})
    return response


async def _drawn(
    request: AnyRequest, status: int, message: Message, more: dict[str, Any]
) -> Response[Any]:
    if not _wants_page(request):
        said = reader_of(request).say(message or NOWHERE)
        return Response(
            {"errors": [{"message": said, "extensions": {"code": code_of(status)}}]},
            status_code=status,
            media_type=MediaType.JSON,
        )
    # Whatever broke may break again while the frame is read.
    name = "errors/500" if status >= 500 else PAGES.get(status, "errors/400")
    data = {} if status >= 500 else await read(request, name)
    if message:
        more = more | {"message": reader_of(request).say(message)}
    return draw(request, name, data, status=status, fault=status, **more)


def _wants_page(request: AnyRequest) -> bool:
    """A program that shows a token gets one line as JSON, unless it asks for pages by name."""
    accepted = request.headers.get("Accept", "")
    if request.url.path == "/graphql":
        return False
    return "html" in accepted or ("json" not in accepted and bearer_token(request) is None)
