"""The WebSocket protocol below ASGI: uvicorn's, and the end of peers that do not read."""

from typing import Any, TypedDict

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

MESSAGE_MOST = 100_000
"""Bytes of one message from a client."""

GOING_AWAY = 1001

ABORT_SECONDS = 10.0
"""What a peer has to take the rest once a socket is closed."""


class Wire(WebSocketsSansIOProtocol):
    """Closing a transport waits for the peer to read what is buffered, for ever if it never
    does; this gives up."""

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
            self.queue.put_nowait({"type": "websocket.disconnect", "code": GOING_AWAY})
            self.conn.fail(GOING_AWAY, "keepalive ping timeout")
            self.transport.write(b"".join(self.conn.data_to_send()))
            self.close_sent = True
            self.transport.close()
        self.loop.call_later(ABORT_SECONDS, self.transport.abort)


class Options(TypedDict):
    """What uvicorn is told about sockets."""

    ws: Any
    ws_max_size: int
    ws_ping_interval: float
    ws_ping_timeout: float
    ws_per_message_deflate: bool


WIRE = Options(
    ws=Wire,
    ws_max_size=MESSAGE_MOST,
    ws_ping_interval=20,
    ws_ping_timeout=20,
    ws_per_message_deflate=False,  # a third of a megabyte for each socket
)
