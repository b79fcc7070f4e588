"""The WebSocket protocol below ASGI: uvicorn's, and the end of peers that do not read."""

from typing import Any, TypedDict

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame

from tracker.settings import Settings
from tracker.web.http import Http, Neighbours

GOING_AWAY = 1001

ABORT_SECONDS = 10.0
"""What a peer has to take the rest once a socket is closed."""


FRAGMENTS_MOST, PINGS_MOST = 1_000, 100
"""Frames of one message, which may be empty and so weigh nothing; and pings of a peer that does
not read, whose answers would pile up."""


class Wire(WebSocketsSansIOProtocol):
    """Closing a transport waits for the peer to read what is buffered, for ever if it never
    does; this gives up. It also bounds what uvicorn's protocol leaves unbounded."""

    pings = 0

    def handle_ping(self) -> None:
        """Answer, unless answers go unread."""
        super().handle_ping()
        self.pings = 0 if self.writable.is_set() else self.pings + 1
        if self.pings > PINGS_MOST:
            self.transport.abort()

    def handle_cont(self, event: Frame) -> None:
        """One more frame of a message."""
        if len(self.frames) < FRAGMENTS_MOST:
            super().handle_cont(event)
        elif not self.close_sent:
            self._fail(1009, "too many fragments")

    async def run_asgi(self) -> None:
        """Serve the socket, then see it gone."""
        try:
            await super().run_asgi()
        finally:
            self.loop.call_later(ABORT_SECONDS, self.transport.abort)

    def keepalive_timeout(self) -> None:
        """The peer answers no ping. It may only have slept: "going away" lets clients come back,
        which uvicorn's own code, an internal error, does not."""
        if not (self.close_sent or self.transport.is_closing()):
            self._fail(GOING_AWAY, "keepalive ping timeout")
        self.loop.call_later(ABORT_SECONDS, self.transport.abort)

    def _fail(self, code: int, reason: str) -> None:
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code})
        self.conn.fail(code, reason)
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self.transport.close()


class Options(TypedDict):
    """What uvicorn is told about its protocols."""

    http: Any
    ws: Any
    ws_max_size: int
    ws_ping_interval: float
    ws_ping_timeout: float
    ws_per_message_deflate: bool


def wire(settings: Settings) -> Options:
    """The protocols of one installation, within its limits."""
    limits = {
        "head_most": settings.head_bytes,
        "neighbours": Neighbours(settings.connections_per_address, settings.trusted_proxies or ()),
    }
    return Options(
        http=type("LimitedHttp", (Http,), limits),
        ws=Wire,
        ws_max_size=settings.socket_message_bytes,
        ws_ping_interval=20,
        ws_ping_timeout=20,
        ws_per_message_deflate=False,  # a third of a megabyte for each socket
    )
