"""The API's other door: graphql-transport-ws, the protocol of the `graphql-ws` library.

Everything that HTTP answers is answered here too, by the same function and within the same
limits; subscriptions are only here. No middleware reaches a socket, so this module asks itself
where it was opened from and by whom, and asks again for each operation and each event.
"""

import asyncio
import logging
import math
import secrets
from typing import Any

import orjson
from graphql import GraphQLError
from litestar.connection import ASGIConnection

from tracker.domain.actor import Actor
from tracker.domain.errors import Forbidden
from tracker.graphql import limits_of, respond
from tracker.graphql.live.follow import Interrupted, Unauthorised, follow, subscription
from tracker.graphql.planner.codes import ErrorCode
from tracker.graphql.planner.faults import formatted
from tracker.graphql.planner.run import GraphQLErrors, Operation
from tracker.locale import accepted
from tracker.settings import Settings
from tracker.throttle import Address, TooOften, require_room_for_call
from tracker.web.admission import ADMISSION, Full, Who
from tracker.web.asked import Asked, Refused, require_flat
from tracker.web.credentials import Credential, credential_of
from tracker.web.forgery import from_a_page
from tracker.web.messages import Closing, Complete, Init, Message, Ping, Subscribe, read
from tracker.web.persisted import Documents, Unknown
from tracker.web.proxies import address_of

log = logging.getLogger(__name__)

PROTOCOL = "graphql-transport-ws"

INIT_SECONDS = 5.0
OPERATIONS_MOST = 10
SEND_SECONDS = 20.0
"""How long a client may leave what it is sent unread."""


async def serve(scope: Any, receive: Any, send: Any) -> None:
    """One socket, from its handshake to its end."""
    await receive()
    connection: ASGIConnection[Any, Any, Any, Any] = ASGIConnection(scope, receive, send)
    try:
        from_a_page(connection)
        address = address_of(scope).counted
        ADMISSION.enter(address, connection.app.state.settings.sockets_per_address)
    except Forbidden as error:
        await _refuse(send, 403, str(error))
        return
    except Full:
        await _refuse(send, 503, "Too many sockets are open; try again later.")
        return
    await Socket(connection, receive, send, address).run()


async def _refuse(send: Any, status: int, message: str) -> None:
    """Without a handshake, as HTTP."""
    headers = [(b"content-type", b"text/plain; charset=utf-8")]
    await send({"type": "websocket.http.response.start", "status": status, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": message.encode()})


class Socket:
    """A conversation. One task reads, one runs each operation; whichever meets the end says so,
    and everything stops."""

    def __init__(
        self, connection: ASGIConnection[Any, Any, Any, Any], receive: Any, send: Any, who: Who
    ) -> None:
        self._connection, self._receive, self._send = connection, receive, send
        self._settings: Settings = connection.app.state.settings
        self._language = accepted(connection.headers.get("accept-language", ""))
        self._who = who
        self._credential: Credential | None = None
        self._acknowledged = False
        self._operations: dict[str, asyncio.Task[None]] = {}
        self._end: asyncio.Future[Closing | None] = asyncio.get_running_loop().create_future()

    async def run(self) -> None:
        """Until either side ends it."""
        reader: asyncio.Task[None] | None = None
        try:
            offered = PROTOCOL in self._connection.scope["subprotocols"]  # type: ignore[typeddict-item]
            await self._send(
                {"type": "websocket.accept", "subprotocol": PROTOCOL if offered else None}
            )
            if not offered:
                self._finish(Closing(4406, f"Subprotocol not acceptable; offer {PROTOCOL}"))
            reader = asyncio.create_task(self._read())
            end = await self._end
            if end is not None:
                await self._put({"type": "websocket.close", **end.frame})
        except OSError:
            pass  # the peer is gone
        finally:
            tasks = [*self._operations.values(), *([reader] if reader else [])]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            ADMISSION.gone(self)
            ADMISSION.leave(self._who)

    def _finish(self, end: Closing | None) -> None:
        if not self._end.done():
            self._end.set_result(end)

    # --- what comes in

    async def _read(self) -> None:
        late = Closing(4408, "Connection initialisation timeout")
        timer = asyncio.get_running_loop().call_later(INIT_SECONDS, self._unless_known, late)
        try:
            while (message := await self._receive())["type"] == "websocket.receive":
                await self._take(read(message.get("text"), self._settings.socket_message_bytes))
            self._finish(None)
        except Closing as end:
            self._finish(end)
        except OSError:
            self._finish(None)
        except Exception as error:  # noqa: BLE001 - whatever it is, the client is told
            self._finish(_broken(error))
        finally:
            timer.cancel()

    def _unless_known(self, end: Closing) -> None:
        if self._credential is None:
            self._finish(end)

    async def _take(self, message: Message) -> None:
        match message:
            case Init():
                await self._begin(message.payload or {})
            case Ping():
                await self._say({"type": "pong", "payload": message.payload})
            case Subscribe():
                await self._subscribe(message.id, message.payload)
            case Complete():
                if task := self._operations.pop(message.id, None):
                    task.cancel()

    async def _begin(self, payload: dict[str, Any]) -> None:
        """Raises Closing for whoever may not."""
        if self._credential is not None:
            raise Closing(4429, "Too many initialisation requests")
        self._credential = credential = credential_of(self._connection, payload)
        found = await credential.rights()
        if found is None:
            raise Closing(4403, "Forbidden: this session or API token is unknown or has ended")
        person = found[0].person_id
        if person is not None:
            self._count_as(person)
            ended = Closing(4403, "Forbidden: the session or API token has ended")
            ADMISSION.lives_by(self, credential.fingerprint, lambda: self._finish(ended))
        self._acknowledged = True
        await self._say({"type": "connection_ack"})

    def _count_as(self, person: int) -> None:
        try:
            ADMISSION.enter(person, self._settings.sockets_per_person)
        except Full:
            most = self._settings.sockets_per_person
            raise Closing(1013, f"At most {most} sockets a person; close another one") from None
        ADMISSION.leave(self._who)
        self._who = person

    async def _subscribe(self, key: str, asked: Asked) -> None:
        if not self._acknowledged:
            raise Closing(4401, "Unauthorized: send connection_init and wait for the answer")
        if not key:
            raise Closing(4400, "Invalid message: the id is empty")
        if key in self._operations:
            raise Closing(4409, f"Subscriber for {key} already exists")
        if len(self._operations) >= OPERATIONS_MOST:
            text = f"At most {OPERATIONS_MOST} operations run on a socket at once; complete one."
            await self._fail(key, [GraphQLError(text, extensions={"code": ErrorCode.TOO_MUCH})])
            return
        try:
            require_flat(asked, self._settings.graphql_json_depth)
        except Refused as refused:
            await self._fail(key, [refused.error])
            return
        self._operations[key] = asyncio.create_task(self._operate(key, asked))

    # --- operations

    async def _operate(self, key: str, asked: Asked) -> None:
        try:
            await require_room_for_call(self._counted)
            await self._run(key, asked)
        except Refused as refused:
            await self._fail(key, [refused.error])
        except Unknown as unknown:
            await self._fail(key, [unknown.error])
        except TooOften as much:
            text = f"That is too much at once; try again in {math.ceil(much.seconds)} seconds."
            await self._fail(key, [GraphQLError(text, extensions={"code": ErrorCode.TOO_OFTEN})])
        except Unauthorised:
            self._finish(Closing(4403, "Forbidden: the session or API token has ended"))
        except Interrupted as error:
            self._finish(Closing(1013, f"Try again later: {error}"))
        except Closing as end:
            self._finish(end)
        except OSError:
            self._finish(None)
        except Exception as error:  # noqa: BLE001 - whatever it is, the client is told
            self._finish(_broken(error))

    async def _run(self, key: str, asked: Asked) -> None:
        """Raises Refused or Unknown for a document by its hash, as over HTTP."""
        app: Any = self._connection.app
        documents: Documents = app.door.documents
        document, keep_as = await documents.text(asked)
        actor, read_only = await self._current_rights()
        operation = subscription(document, asked.operationName, limits_of(actor))
        good = operation or await self._answer(key, asked, document, actor, read_only)
        if keep_as and good:
            await documents.keep(keep_as, document)
        if operation is not None:
            await self._follow(key, asked, operation)

    @property
    def _counted(self) -> str:
        """What operations count against."""
        return f"person {self._who}" if isinstance(self._who, int) else Address(self._who)

    async def _answer(
        self, key: str, asked: Asked, document: str, actor: Actor, read_only: bool
    ) -> bool:
        """A query or a mutation. Whether its document was a good one."""
        answer = await respond(
            document,
            asked.variables,
            asked.operationName,
            actor=actor,
            limits=limits_of(actor),
            read_only=read_only,
            client=f"person {actor.person_id}" if actor.person_id else str(self._who),
            language=self._language,
        )
        if answer.bad_request:
            await self._fail(key, orjson.loads(answer.body)["errors"])
            return False
        await self._next(key, answer.body)
        await self._complete(key)
        return True

    async def _follow(self, key: str, asked: Asked, operation: Operation) -> None:
        async def rights() -> Any:
            found = await self._rights()
            return found and found[0]

        following = None
        try:
            following = await follow(operation, asked.variables, rights)
            async for body in following:
                await self._next(key, body)
        except GraphQLErrors as error:
            await self._fail(key, list(error.errors))
        except GraphQLError as error:
            await self._fail(key, [error])
        finally:
            if following is not None:
                following.end()

    async def _rights(self) -> Any:
        assert self._credential
        return await self._credential.rights()

    async def _current_rights(self) -> tuple[Actor, bool]:
        found: tuple[Actor, bool] | None = await self._rights()
        if found is None:
            raise Unauthorised
        return found

    # --- what goes out

    async def _next(self, key: str, body: bytes) -> None:
        text = b'{"id":%b,"type":"next","payload":%b}' % (orjson.dumps(key), body)
        await self._put({"type": "websocket.send", "text": text.decode()})

    async def _complete(self, key: str) -> None:
        self._operations.pop(key, None)
        await self._say({"id": key, "type": "complete"})

    async def _fail(self, key: str, errors: list[Any]) -> None:
        self._operations.pop(key, None)
        shown = [formatted(e) if isinstance(e, GraphQLError) else e for e in errors]
        await self._say({"id": key, "type": "error", "payload": shown})

    async def _say(self, message: dict[str, Any]) -> None:
        if message.get("payload", "") is None:
            del message["payload"]
        await self._put({"type": "websocket.send", "text": orjson.dumps(message).decode()})

    async def _put(self, message: dict[str, Any]) -> None:
        """Waits while the client does not read, and gives up on it: nothing piles up."""
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await self._send(message)
        except TimeoutError:
            self._finish(None)
            raise OSError("the client does not read") from None


def _broken(error: Exception) -> Closing:
    """Our fault. The number finds the entry in the log; no detail of it leaves the house."""
    number = secrets.token_hex(4)
    log.error("error %s on a socket", number, exc_info=error)
    return Closing(1011, f"Something went wrong here, not with you (error {number})")
