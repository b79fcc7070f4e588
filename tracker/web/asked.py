"""What a request to the GraphQL API asks: its parameters, from a body or from an address."""

from typing import Any
from urllib.parse import parse_qs

import msgspec

from tracker.web.codes import code_of
from tracker.web.media_types import JSON_TYPE
from tracker.web.patience import SLOW, TEXT_SECONDS, Receive, patient

NAMES = ("query", "documentId", "operationName")
DOCUMENT_WANTED = (
    "Send a GraphQL document as “query”, or the “documentId” of one that is known here."
)


class Asked(msgspec.Struct):
    """A request's parameters, named as the specification names them."""

    query: str | None = None
    variables: dict[str, Any] | None = None
    operationName: str | None = None
    extensions: dict[str, Any] | None = None
    documentId: str | None = None


class Refused(Exception):
    """The request cannot be answered as GraphQL; status, one line, and headers. `error` says it as
    GraphQL does."""

    def __init__(self, status: int, message: str, *headers: tuple[bytes, bytes]) -> None:
        self.status, self.message, self.headers = status, str(message), headers
        self.error = {"message": self.message, "extensions": {"code": code_of(status)}}
        super().__init__(message)


_decoder = msgspec.json.Decoder(Asked)
_PLAIN = (JSON_TYPE, JSON_TYPE + b"; charset=utf-8", JSON_TYPE + b";charset=utf-8")


def require_json(content_type: bytes) -> None:
    """Raises Refused for a body that is no JSON in UTF-8: forms of other sites could send it."""
    if content_type in _PLAIN:
        return
    kind, *parameters = (part.strip() for part in content_type.lower().split(b";"))
    charset = next(
        (p.partition(b"=")[2].strip(b' "') for p in parameters if p.startswith(b"charset")),
        b"utf-8",
    )
    if kind != JSON_TYPE or charset not in (b"utf-8", b"utf8"):
        raise Refused(415, "Send the request as application/json in UTF-8.")


CLOSE = (b"connection", b"close")


async def body_of(receive: Receive, most: int) -> bytes:
    """The request's body. Counted as it comes in, since a header may lie; and not waited for
    without end."""
    try:
        return await _body_of(patient(receive, TEXT_SECONDS), most)
    except TimeoutError as error:
        raise Refused(408, SLOW, CLOSE) from error


async def _body_of(receive: Receive, most: int) -> bytes:
    message = await receive()
    body: bytes = message.get("body", b"")
    if message.get("more_body"):
        body = await _longer(receive, body, most)
    elif message["type"] == "http.disconnect":
        raise Refused(400, "The request broke off.")
    return require_size(body, most)


def require_size(body: bytes, most: int) -> bytes:
    """The body. Raises Refused when it is too long."""
    if len(body) > most:
        raise Refused(413, f"The request has more than {most:,} bytes; send less.")
    return body


async def _longer(receive: Receive, body: bytes, most: int) -> bytes:
    found = bytearray(body)
    while len(found) <= most:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Refused(400, "The request broke off.")
        found += message.get("body", b"")
        if not message.get("more_body"):
            break
    return bytes(found)


def from_body(body: bytes) -> Asked:
    """The parameters in a JSON object. Raises Refused with one clear line."""
    try:
        return _decoder.decode(body)
    except msgspec.ValidationError as error:
        if body.lstrip()[:1] == b"[":
            raise Refused(
                400, "Batches are not served here; send one operation in each request."
            ) from error
        raise Refused(400, f"Send a JSON object with at least “query”: {error}.") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refused(400, f"The request is not JSON: {error}.") from error


def require_flat(asked: Asked, depth: int) -> None:
    """Raises Refused for values that nest deeper; level by level, so that no stack grows."""
    level: list[Any] = [asked.variables, asked.extensions]
    for _ in range(depth + 1):
        inner: list[Any] = []
        for each in level:
            if isinstance(each, dict):
                inner += each.values()
            elif isinstance(each, list):
                inner += each
        if not inner:
            return
        level = inner
    raise Refused(400, f"The variables nest more than {depth} levels; send flatter ones.")


def from_address(query_string: bytes) -> Asked:
    """The parameters of a GET. An empty operationName is none."""
    given = parse_qs(query_string.decode("latin-1"), keep_blank_values=True)
    found: dict[str, Any] = {name: given[name][0] for name in NAMES if name in given}
    try:
        for name in ("variables", "extensions"):
            text = given.get(name, [""])[0]
            found[name] = msgspec.json.decode(text.encode()) if text else None
        asked = msgspec.convert(found, Asked)
    except (ValueError, RecursionError) as error:  # msgspec's own included
        raise Refused(400, f"Send “query”, and JSON objects for the rest: {error}.") from error
    asked.operationName = asked.operationName or None
    return asked
