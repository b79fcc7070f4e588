"""What every address may hold, looked at before anything is read for it."""

from typing import Any

from litestar.handlers import BaseRouteHandler

from tracker.domain.errors import NotFound
from tracker.domain.messages import say
from tracker.settings import Settings
from tracker.web.headers import always
from tracker.web.identity import Connection

ROW_NUMBERS = range(1, 2**31)
"""PostgreSQL's serial; it refuses larger integers as parameters."""


def require_row_numbers(connection: Connection, _: BaseRouteHandler) -> None:
    """A Litestar guard of pages. Raises NotFound for a number that no row can have."""
    numbers = (value for value in connection.path_params.values() if isinstance(value, int))
    if any(number not in ROW_NUMBERS for number in numbers):
        raise NotFound(say("Rows are numbered from 1."))


def too_long(scope: Any, settings: Settings) -> bool:
    """Whether an ASGI request is for an address beyond the limit."""
    if scope["type"] == "lifespan":
        return False
    length = len(scope.get("raw_path") or scope["path"]) + len(scope["query_string"])
    return bool(length > settings.address_bytes)


async def refuse_address(scope: Any, send: Any, settings: Settings) -> None:
    """Say so; nothing else of the request is looked at."""
    kind = "websocket.http.response" if scope["type"] == "websocket" else "http.response"
    text = f"The address has more than {settings.address_bytes:,} bytes; send less, or a body.\n"
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", b"%d" % len(text)),
        *always(settings),
    ]
    await send({"type": f"{kind}.start", "status": 414, "headers": headers})
    await send({"type": f"{kind}.body", "body": text.encode()})
