"""SMTP on the wire: what is written, and the replies to it in their order (RFC 5321, 4.2).

No kept library sends commands in groups (RFC 2920): each waits for a reply before the next command.
"""

import asyncio
import ssl
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from typing import cast

from tracker.domain.deliveries.masking import masked

LINE_BYTES, REPLY_LINES = 2048, 100
"""More than any relay says: RFC 5321 allows 512 bytes a line."""


class Garbled(OSError):
    """What was heard is no SMTP."""


@dataclass(frozen=True)
class Reply:
    """A relay's reply: its code, and the text of all lines."""

    code: int
    text: str

    def __str__(self) -> str:
        return masked(f"{self.code} {self.text}")


class Wire(asyncio.Protocol):
    """One connection. Whoever waits for a reply gets OSError when there is none."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._heard = bytearray()
        self._lines: list[str] = []
        self._replies: deque[Reply] = deque()
        self._waiting: asyncio.Future[None] | None = None
        self._writable = asyncio.Event()
        self._writable.set()
        self._lost: Exception | None = None

    @property
    def lost(self) -> bool:
        """Whether the connection has ended, as far as is known here."""
        return self._lost is not None

    @property
    def unasked(self) -> bool:
        """Whether the relay has said something that nobody waits for, such as good-bye."""
        return bool(self._replies or self._heard)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._heard += data
        try:
            while (end := self._heard.find(b"\n")) >= 0:
                line = bytes(self._heard[:end]).rstrip(b"\r")
                del self._heard[: end + 1]
                self._take(line)
            if len(self._heard) > LINE_BYTES:
                raise Garbled("a line without an end")  # noqa: TRY301 - said to whoever waits
        except Garbled as error:
            self._end(error)
        self._wake()

    def eof_received(self) -> None:
        self._end(ConnectionResetError("the relay hung up"))

    def connection_lost(self, error: Exception | None) -> None:
        self._end(error or ConnectionResetError("the connection has ended"))

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    def write(self, data: bytes) -> None:
        """Have it sent; at once, as far as the network takes it. Raises OSError."""
        if self._lost or self._transport is None:
            raise self._lost or ConnectionResetError("there is no connection")
        self._transport.write(data)

    async def drained(self, seconds: float) -> None:
        """Wait until the network has taken most of what was written. Raises OSError."""
        async with asyncio.timeout(seconds):
            await self._writable.wait()
        if self._lost:
            raise self._lost

    async def reply(self, seconds: float) -> Reply:
        """The next reply. Raises OSError, of which TimeoutError is one."""
        with suppress(TimeoutError):  # it may have come while this process was busy otherwise
            async with asyncio.timeout(seconds):
                while not (self._replies or self._lost):
                    self._waiting = asyncio.get_running_loop().create_future()
                    await self._waiting
        if self._replies:
            return self._replies.popleft()
        raise self._lost or TimeoutError(f"no answer in {seconds:g} seconds")

    async def secure(self, context: ssl.SSLContext, host: str, seconds: float) -> None:
        """Go on encrypted. What was heard before is forgotten: somebody on the way could have said
        it (RFC 3207, 4.2). Raises OSError."""
        if self.unasked:
            raise Garbled("something was said before the encryption")
        assert self._transport
        self._transport = cast(
            asyncio.Transport,
            await asyncio.get_running_loop().start_tls(
                self._transport, self, context, server_hostname=host, ssl_handshake_timeout=seconds
            ),
        )

    def close(self) -> None:
        """Hang up at once."""
        self._end(ConnectionAbortedError("hung up"))

    def _take(self, line: bytes) -> None:
        code, more, text = line[:3], line[3:4], line[4:].decode(errors="replace")
        if not code.isdigit() or more not in (b"", b" ", b"-") or len(self._lines) > REPLY_LINES:
            raise Garbled(f"the relay said {line[:80]!r}")
        self._lines.append(text.strip())
        if more != b"-":
            self._replies.append(Reply(int(code), "\n".join(self._lines)))
            self._lines = []

    def _end(self, error: Exception) -> None:
        self._lost = self._lost or error
        self._writable.set()
        if self._transport is not None:
            self._transport.abort()
        self._wake()

    def _wake(self) -> None:
        waiting, self._waiting = self._waiting, None
        if waiting is not None and not waiting.done():
            waiting.set_result(None)
