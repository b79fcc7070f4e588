"""The HTTP protocol below ASGI: uvicorn's, with limits to the head of a request."""

from asyncio import TimerHandle
from collections import Counter
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from tracker.settings import Network
from tracker.web.at_once import AT_ONCE, AtOnce
from tracker.web.proxies import is_one

HEAD_SECONDS = 20.0
"""What a client has to send a whole head, from its first byte or from connecting."""

LINGER_SECONDS = 2.0
"""How long a refused client is still listened to: closing at once would reset the connection,
and the reason be lost on the way."""


class Neighbours:
    """How many connections each address has open in this process. A proxy has everybody's, and a
    Unix socket has no address."""

    def __init__(self, most: int, proxies: Sequence[Network]) -> None:
        self._most, self._proxies = most, proxies
        self._counts: Counter[str] = Counter()

    def enter(self, address: str) -> bool:
        """One more, if there is room."""
        if not address or is_one(address, self._proxies):
            return True
        if self._counts[address] >= self._most:
            return False
        self._counts[address] += 1
        return True

    def leave(self, address: str) -> None:
        """One less."""
        if address in self._counts:
            self._counts[address] -= 1
            if self._counts[address] <= 0:
                del self._counts[address]


class Http(HttpToolsProtocol):
    """`left` bytes may come before the parser must have got on: to a body, or past a head.

    `head_most` are the bytes of a request's line and headers, and of whatever else stands between
    two bodies: the parser gathers a header's pieces in time that grows with their square.
    """

    head_most = 64_000
    neighbours = Neighbours(200, ())
    left = head_most
    address = ""
    in_head = False
    refused = False
    deadline: TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """A client that says nothing is not waited for either."""
        super().connection_made(transport)
        self.left = self.head_most
        self.address = (transport.get_extra_info("peername") or ("",))[0]
        if self.neighbours.enter(self.address):
            self._watch()
        else:
            self.address = ""
            transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the deadline."""
        self._unwatch()
        self.neighbours.leave(self.address)
        super().connection_lost(exc)

    def handle_websocket_upgrade(self) -> None:
        """From here on the connection counts as a socket."""
        self.neighbours.leave(self.address)
        super().handle_websocket_upgrade()

    def data_received(self, data: bytes) -> None:
        """Feed the parser no more than the limit leaves."""
        if len(data) > self.left:
            self._measured(data)
            return
        self.left -= len(data)
        super().data_received(data)
        if self.in_head or not self._answering():
            self._watch()

    def _measured(self, data: bytes) -> None:
        """Feed as much as is left, and the rest if that brought the parser on."""
        if self.refused:
            return
        piece, rest = data[: self.left], data[self.left :]
        self.left = 0
        super().data_received(piece)
        if self.transport.is_closing() or self.transport.get_protocol() is not self:
            return
        if self.left:
            self.data_received(rest)
        else:
            self._refuse(431, f"The request's headers have more than {self.head_most:,} bytes.")

    def on_message_begin(self) -> None:
        """A head begins."""
        super().on_message_begin()
        self.in_head = True

    def on_headers_complete(self) -> None:
        """A head ends."""
        self.left, self.in_head = self.head_most, False
        self._unwatch()
        super().on_headers_complete()
        cycle: Any = self.cycle
        if cycle is not None and cycle.scope is self.scope:  # no upgrade to a socket
            scope: Any = cycle.scope
            scope["extensions"] = {AT_ONCE: AtOnce(cycle)}

    def on_body(self, body: bytes) -> None:
        """Bytes of a body, which whoever reads it counts."""
        self.left = self.head_most
        super().on_body(body)

    def on_message_complete(self) -> None:
        """A request ends."""
        self.left = self.head_most
        super().on_message_complete()

    def _watch(self) -> None:
        if self.deadline is None and not self.refused:
            self.deadline = self.loop.call_later(HEAD_SECONDS, self._late)

    def _unwatch(self) -> None:
        if self.deadline is not None:
            self.deadline.cancel()
            self.deadline = None

    def _late(self) -> None:
        self.deadline = None
        if self._answering():
            self._watch()  # nobody has to send while they wait for an answer
        else:
            self._refuse(408, f"The request's headers took more than {HEAD_SECONDS:g} seconds.")

    def _answering(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle  # uvicorn starts with None
        return cycle is not None and not cycle.response_complete

    def _refuse(self, status: int, line: str) -> None:
        """One line, where it cannot be taken for part of another answer; and the end."""
        self.left, self.refused = 0, True
        if self.transport.is_closing():
            return
        if not self.in_head or self._answering():
            self.transport.close()
            return
        self.transport.write(_answer(status, line))
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self.loop.call_later(LINGER_SECONDS, self.transport.abort)


def _answer(status: int, line: str) -> bytes:
    return (
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n"
        "content-type: text/plain; charset=utf-8\r\n"
        f"content-length: {len(line) + 1}\r\n"
        "connection: close\r\n"
        "\r\n"
        f"{line}\n"
    ).encode("ascii")
