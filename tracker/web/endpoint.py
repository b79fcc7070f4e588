"""The door of the GraphQL API, after the GraphQL-over-HTTP specification.

A bare ASGI application: what happens here happens on every request of every program, and on a
small query each tenth of a millisecond shows.
"""

import logging
import math
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from tracker.domain.actor import PUBLIC
from tracker.domain.people.identities import Credential, Identity, RightsChanged
from tracker.domain.people.uses import note_use
from tracker.graphql import Answer, limits_of, respond
from tracker.locale import accepted
from tracker.settings import Settings
from tracker.throttle import TooOften, require_room, require_room_for_call
from tracker.web.asked import (
    Asked,
    Refused,
    body_of,
    from_address,
    from_body,
    require_flat,
    require_json,
    require_size,
)
from tracker.web.at_once import AT_ONCE, AtOnce
from tracker.web.codes import code_of
from tracker.web.encodings import WORTH, gzipped, has, tag_of, wants_gzip
from tracker.web.files import MULTIPART, with_files
from tracker.web.forgery import ELSEWHERE, SAFE, from_here
from tracker.web.headers import always
from tracker.web.idempotency import key_of
from tracker.web.identity import credential_of
from tracker.web.media_types import JSON_TYPE, RESPONSE_TYPE, answer_type
from tracker.web.noting import TURNED_AWAY, note
from tracker.web.persisted import Documents, Unknown
from tracker.web.proxies import address_of
from tracker.web.visits import header, request_id_of

log = logging.getLogger(__name__)

Header = tuple[bytes, bytes]

VARY = (b"vary", b"Accept, Accept-Encoding, Authorization, Cookie")
NO_STORE = (b"cache-control", b"no-store")
ASK_AGAIN = (b"cache-control", b"private, no-cache")
"""A browser may keep the answer to a GET, for its own user, and asks whether it still holds."""

ANONYMOUS = Identity.of(PUBLIC)
METHODS = frozenset({"GET", "HEAD", "POST"})
TRIES = 3
"""A read whose viewer's rights change under it starts again; nobody's change that often."""


@dataclass(slots=True)
class Reply:
    """What is sent back."""

    status: int
    body: bytes
    headers: tuple[Header, ...] = ()


@dataclass(slots=True)
class _Call:
    """A request that is served: `kind` is the media type of its answer."""

    scope: Any
    headers: Mapping[bytes, bytes]
    method: str
    kind: bytes
    request_id: str


class Door:
    """Answers requests to the GraphQL API of one installation."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.documents = Documents(settings)
        self._head = [each for each in always(settings) if each[0] != NO_STORE[0]]
        self._head.append(VARY)

    async def close(self) -> None:
        """Give connections back."""
        await self.documents.close()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request. POST runs anything, GET runs queries."""
        headers: dict[bytes, bytes] = dict(scope["headers"][::-1])  # of two alike, the first
        request_id = request_id_of(headers.get(b"x-request-id", b""))
        kind = answer_type(headers.get(b"accept", b""))
        try:
            reply = await self._reply(scope, headers, receive, kind, request_id)
        except TooOften as much:
            reply = _too_often(much)
        except Refused as refused:
            reply = _refusal(refused.status, refused.error, *refused.headers)
        except Exception:
            number = secrets.token_hex(4)
            log.exception("error %s at the API's door", number)
            message = f"Something went wrong here, not with you (error {number})."
            reply = _refusal(500, {"message": message, "extensions": {"code": code_of(500)}})
        if reply.status in TURNED_AWAY:
            note(scope, TURNED_AWAY[reply.status], request=request_id)
        head = [
            (b"content-type", (kind or JSON_TYPE) + b"; charset=utf-8"),
            *self._head,
            *(reply.headers or (NO_STORE,)),
            (b"x-request-id", request_id.encode()),
        ]
        if reply.status != 304:
            head.append((b"content-length", b"%d" % len(reply.body)))
        direct = _at_once(scope)
        if direct is not None and direct.answer(reply.status, head, reply.body):
            return
        await send({"type": "http.response.start", "status": reply.status, "headers": head})
        await send({"type": "http.response.body", "body": reply.body})

    async def _reply(
        self,
        scope: Any,
        headers: Mapping[bytes, bytes],
        receive: Any,
        kind: bytes | None,
        request_id: str,
    ) -> Reply:
        _require_one(b"authorization", scope["headers"], headers)
        method = scope["method"]
        if method not in METHODS:
            allowed = (b"allow", b"GET, HEAD, POST")
            raise Refused(405, "Send GraphQL by POST, or a query by GET.", allowed)
        if kind is None:
            accepted = f"{RESPONSE_TYPE.decode()} or {JSON_TYPE.decode()}"
            raise Refused(406, f"Answers come as {accepted}.")
        call = _Call(scope, headers, method, kind, request_id)
        if method != "POST":
            return await self._executed(call, from_address(scope["query_string"]))
        content_type = headers.get(b"content-type", b"")
        if content_type.partition(b";")[0].strip().lower() == MULTIPART:
            await self._require_sender(scope, headers)
            async with with_files(scope, headers, receive, self.settings) as asked:
                return await self._executed(call, asked)
        require_json(content_type)
        direct, most = _at_once(scope), self.settings.graphql_body_bytes
        body = direct.body() if direct is not None else None
        body = await body_of(receive, most) if body is None else require_size(body, most)
        return await self._executed(call, from_body(body))

    async def _require_sender(self, scope: Any, headers: Mapping[bytes, bytes]) -> None:
        """Before any file is read. Raises Refused for whom no action would take one from."""
        credential = self._credential(scope, headers)
        identity = ANONYMOUS if credential is None else await _identified(credential, scope)
        await require_room("upload", *{_counted(identity, scope), address_of(scope)})
        if identity.actor.person_id is None:
            challenge = (b"www-authenticate", b"Bearer")
            raise Refused(401, "Sign in, or give an API token, to send files.", challenge)
        if identity.read_only:
            raise Refused(403, "This API token may only read; use one that may write.")

    async def _executed(self, call: "_Call", asked: Asked) -> Reply:
        require_flat(asked, self.settings.graphql_json_depth)
        try:
            document, keep_as = await self.documents.text(asked)
        except Unknown as unknown:
            return _refusal(400 if call.kind == RESPONSE_TYPE else 200, unknown.error)
        credential = self._credential(call.scope, call.headers)
        answer, identity = await self._answer(call, asked, document, credential)
        if credential is not None and identity.actor.person_id is not None:
            await note_use(credential)
        if keep_as and not answer.bad_request:
            await self.documents.keep(keep_as, document)
        return await _delivered(answer, call, timed=identity.actor.person_id is not None)

    def _may_get(self, asked: Asked, identity: Identity) -> bool:
        """Whether a document may stand in the address; its hash always may."""
        default = "people" if self.settings.production else "everybody"
        everybody = (self.settings.graphql_get or default) == "everybody"
        return everybody or not asked.query or identity.actor.person_id is not None

    def _credential(self, scope: Any, headers: Mapping[bytes, bytes]) -> Credential | None:
        """A cookie counts only from our own pages."""
        credential = credential_of(headers, self.settings)
        if credential is None or credential.is_token or scope["method"] in SAFE:
            return credential
        if not from_here(scope, self.settings):
            raise Refused(403, ELSEWHERE)
        return credential

    async def _answer(
        self, call: "_Call", asked: Asked, document: str, credential: Credential | None
    ) -> tuple[Answer, Identity]:
        """The answer to who asks. Whom we remember is only claimed to be so: the statement itself
        checks it, and if it is not so any more, nothing has happened and we look again."""
        identity = ANONYMOUS
        if credential is not None:
            identity = credential.remembered() or await _identified(credential, call.scope)
        await require_room_for_call(_counted(identity, call.scope))
        if call.method != "POST" and not self._may_get(asked, identity):
            raise Refused(405, "Send GraphQL by POST.", (b"allow", b"POST"))
        for _ in range(TRIES):
            actor = identity.actor
            try:
                answer = await respond(
                    document,
                    asked.variables,
                    asked.operationName,
                    actor=actor,
                    limits=limits_of(actor),
                    read_only=identity.read_only,
                    queries_only=call.method != "POST",
                    idempotency_key=key_of(call.headers),
                    request_id=call.request_id,
                    client=_client(call.scope, actor.person_id),
                    language=accepted(call.headers.get(b"accept-language", b"").decode("latin-1")),
                )
            except RightsChanged:
                assert credential is not None
                identity = await _identified(credential, call.scope)
            else:
                return answer, identity
        raise Refused(503, "Your rights are being changed at this moment; try again.")


async def _identified(credential: Credential, scope: Any) -> Identity:
    """Whose credential it is now. A session that has ended is nobody's; a program must hear that
    its token has. Whoever tries out secrets is counted by where they are."""
    await require_room_for_call(address_of(scope))
    found = await credential.identify()
    if found is None and credential.is_token:
        raise Refused(
            401,
            "No token was sent after Bearer; send one, or leave the header out."
            if credential.is_empty
            else "This API token is unknown, expired or revoked; issue another one.",
            (b"www-authenticate", b'Bearer error="invalid_token"'),
        )
    return found or ANONYMOUS


async def _delivered(answer: Answer, call: "_Call", *, timed: bool) -> Reply:
    """The answer with its status, compressed and tagged where that is wanted."""
    status, body = _status(answer, call), answer.body
    extra: list[Header] = []
    gzip = len(body) >= WORTH and wants_gzip(call.headers.get(b"accept-encoding", b""))
    if timed and answer.seconds is not None:
        plan = b"hit" if answer.plan_kept else b"miss"
        timing = b"db;dur=%.1f, plan;desc=%s" % (answer.seconds * 1000, plan)
        extra.append((b"server-timing", timing))
    if call.method == "POST" or status != 200:
        extra.append(NO_STORE)
    else:
        tag = tag_of(body, call.kind, gzip=gzip)
        extra += [ASK_AGAIN, (b"etag", tag)]
        if has(call.headers.get(b"if-none-match", b""), tag):
            return Reply(304, b"", tuple(extra))
    if gzip:
        body = await gzipped(body)
        extra.append((b"content-encoding", b"gzip"))
    return Reply(status, body, tuple(extra))


def _status(answer: Answer, call: "_Call") -> int:
    """With its own media type, GraphQL's faults have HTTP's codes; plain JSON always had 200."""
    if answer.changes and call.method != "POST":
        return 405
    return 400 if answer.bad_request and call.kind == RESPONSE_TYPE else 200


def _at_once(scope: Any) -> AtOnce | None:
    found: AtOnce | None = scope.get("extensions", _NONE).get(AT_ONCE)
    return found


_NONE: dict[str, Any] = {}


def _require_one(name: bytes, given: Sequence[Header], named: Mapping[bytes, bytes]) -> None:
    """Of two, what stands before us may have checked the other."""
    if len(given) != len(named) and sum(each[0] == name for each in given) > 1:
        raise Refused(400, f"Send the header {name.decode().title()} once.")


def _counted(identity: Identity, scope: Any) -> str:
    """What a request counts against: the person who sent it, or else their address."""
    person_id = identity.actor.person_id
    return address_of(scope) if person_id is None else f"person {person_id}"


def _too_often(much: TooOften) -> Reply:
    seconds = math.ceil(much.seconds)
    message = f"That is too much at once; try again in {seconds} seconds."
    error = {"message": message, "extensions": {"code": code_of(429)}}
    return _refusal(429, error, (b"retry-after", b"%d" % seconds))


def _refusal(status: int, error: dict[str, Any], *headers: Header) -> Reply:
    return Reply(status, msgspec.json.encode({"errors": [error]}), (NO_STORE, *headers))


def _client(scope: Any, person_id: int | None) -> str:
    if person_id is not None:
        return f"person {person_id}"
    return address_of(scope) or "an unknown address"


def only_looks(scope: Any) -> bool:
    """A person with a browser and no query gets the explorer; a shared explorer link keeps its
    query behind #."""
    if scope["method"] not in ("GET", "HEAD") or b"text/html" not in header(scope, b"accept"):
        return False
    return b"query=" not in scope["query_string"] and b"documentId=" not in scope["query_string"]
