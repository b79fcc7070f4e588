"""The door of the GraphQL API, after the GraphQL-over-HTTP specification.

An ASGI application of its own: what happens here happens on every request of every program, and
on a small query each tenth of a millisecond shows.
"""

import json
from typing import Any
from urllib.parse import parse_qs

import msgspec
from graphql import GraphQLError, OperationType, get_operation_ast, parse
from litestar import Request, asgi
from litestar.types import Receive, Scope, Send

from tracker.domain.actor import Actor
from tracker.domain.errors import Forbidden
from tracker.graphql import Answer, respond
from tracker.storage import settle
from tracker.web.explorer import explorer
from tracker.web.forgery import require_same_site
from tracker.web.identity import actor_of, actor_of_token, bearer_token
from tracker.web.media_types import JSON_TYPE, RESPONSE_TYPE, answer_type
from tracker.web.operations import PREFLIGHT, operation
from tracker.web.pages import AnyRequest
from tracker.web.uploads import MULTIPART, BadUpload
from tracker.web.visits import header

BODY_MOST = 100_000
"""Bytes."""


class Asked(msgspec.Struct):
    """A request's parameters."""

    query: str
    variables: dict[str, Any] | None = None
    operationName: str | None = None
    extensions: dict[str, Any] | None = None


class Refused(Exception):
    """The request cannot be answered as GraphQL; status, one line, and headers."""

    def __init__(self, status: int, message: str, *headers: tuple[bytes, bytes]) -> None:
        self.status, self.message, self.headers = status, message, headers
        super().__init__(message)


_decoder = msgspec.json.Decoder(Asked)


@asgi("/graphql", copy_scope=False)
async def graphql(scope: Scope, receive: Receive, send: Send) -> None:
    """POST runs anything, GET runs queries, and a browser that only looks gets the explorer."""
    request: AnyRequest = Request(scope, receive, send)
    if request.method in ("GET", "HEAD") and _only_looks(request):
        response = (await explorer(request)).to_asgi_response(app=None, request=request)
        await response(scope, receive, send)
        return
    kind = answer_type(header(scope, b"accept"))
    headers: tuple[tuple[bytes, bytes], ...] = ()
    try:
        status, body = await _answered(request, kind)
    except Refused as refused:
        status, headers = refused.status, refused.headers
        body = msgspec.json.encode({"errors": [{"message": refused.message}]})
    content_type = (b"content-type", (kind or JSON_TYPE) + b"; charset=utf-8")
    await _send(send, status, [content_type, *headers], body)


async def _send(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    """A server leaves the body out of an answer to HEAD."""
    headers += [
        (b"content-length", str(len(body)).encode()),
        (b"vary", b"Accept, Authorization, Cookie"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})


async def _answered(request: AnyRequest, kind: bytes | None) -> tuple[int, bytes]:
    method = request.method
    if method not in ("GET", "HEAD", "POST"):
        raise Refused(
            405, "Send GraphQL by POST, or a query by GET.", (b"allow", b"GET, HEAD, POST")
        )
    if kind is None:
        raise Refused(406, f"Answers come as {RESPONSE_TYPE.decode()} or {JSON_TYPE.decode()}.")
    if request.content_type[0] == MULTIPART and method == "POST":
        return await _with_files(request, kind)
    asked = await _posted(request) if method == "POST" else _from_address(request)
    return await _executed(request, asked, kind)


async def _with_files(request: AnyRequest, kind: bytes) -> tuple[int, bytes]:
    """What does not become evidence is gone again when the request is through."""
    if not any(header(request.scope, name) for name in PREFLIGHT):
        raise Refused(403, "Send the header GraphQL-Require-Preflight: 1 with files.")
    settings = request.app.state.settings
    try:
        parameters, received = await operation(request, settings)
    except BadUpload as problem:
        raise Refused(400, str(problem)) from problem
    try:
        return await _executed(request, _checked(parameters), kind)
    finally:
        await settle(settings, received.files.values())


def _checked(parameters: dict[str, Any]) -> Asked:
    try:
        return msgspec.convert(parameters, Asked)
    except msgspec.ValidationError as error:
        raise Refused(400, f"Send “operations” with at least “query”: {error}.") from error


async def _executed(request: AnyRequest, asked: Asked, kind: bytes) -> tuple[int, bytes]:
    method = request.method
    actor, read_only = await _asking(request)
    answer = await respond(
        asked.query,
        asked.variables,
        asked.operationName,
        actor=actor,
        read_only=read_only,
        queries_only=method != "POST",
    )
    return _status(answer, asked, method, kind), answer.body


def _status(answer: Answer, asked: Asked, method: str, kind: bytes) -> int:
    """With its own media type, GraphQL's faults have HTTP's codes; plain JSON always had 200."""
    if answer.bad_request and method != "POST" and _changes(asked):
        return 405
    return 400 if answer.bad_request and kind == RESPONSE_TYPE else 200


async def _asking(request: AnyRequest) -> tuple[Actor, bool]:
    """Who asks, and whether they may only read. A cookie counts only from our own pages."""
    token = bearer_token(request)
    if token is None:
        try:
            require_same_site(request) if request.cookies else None
        except Forbidden as error:
            raise Refused(403, str(error)) from error
        return await actor_of(request), False
    found = await actor_of_token(request, token)
    if found is None:
        raise Refused(
            401,
            "This API token is unknown, expired or revoked; issue another one.",
            (b"www-authenticate", b'Bearer error="invalid_token"'),
        )
    return found


async def _posted(request: AnyRequest) -> Asked:
    content_type, parameters = request.content_type
    charset = parameters.get("charset", "utf-8").lower().strip('"')
    if content_type != "application/json" or charset not in ("utf-8", "utf8"):
        raise Refused(415, "Send the request as application/json in UTF-8.")
    return _decoded(await _body(request))


async def _body(request: AnyRequest) -> bytes:
    """Counted as it comes in, since a header may lie."""
    found = bytearray()
    while True:
        message: Any = await request.receive()
        if message["type"] == "http.disconnect":
            raise Refused(400, "The request broke off.")
        found += message.get("body", b"")
        if len(found) > BODY_MOST:
            raise Refused(413, f"The request has more than {BODY_MOST:,} bytes; send less.")
        if not message.get("more_body"):
            return bytes(found)


def _decoded(body: bytes) -> Asked:
    try:
        return _decoder.decode(body)
    except msgspec.ValidationError as error:
        raise Refused(400, f"Send a JSON object with at least “query”: {error}.") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refused(400, f"The request is not JSON: {error}.") from error


def _from_address(request: AnyRequest) -> Asked:
    given = parse_qs(request.scope["query_string"].decode("latin-1"), keep_blank_values=True)
    try:
        found: dict[str, Any] = {
            name: given[name][0] for name in ("query", "operationName") if name in given
        }
        for name in ("variables", "extensions"):
            found[name] = json.loads(given[name][0]) if name in given else None
        return msgspec.convert(found, Asked)
    except (ValueError, RecursionError) as error:  # msgspec's own included
        raise Refused(400, f"Send “query”, and JSON objects for the rest: {error}.") from error


def _changes(asked: Asked) -> bool:
    try:
        operation = get_operation_ast(parse(asked.query, max_tokens=1000), asked.operationName)
    except GraphQLError:
        return False
    return operation is not None and operation.operation != OperationType.QUERY


def _only_looks(request: AnyRequest) -> bool:
    """A person with a browser and no query; a shared explorer link keeps its query behind #."""
    accepted = header(request.scope, b"accept")
    return b"text/html" in accepted and "query" not in request.query_params
