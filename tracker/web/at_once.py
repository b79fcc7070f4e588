"""A request and its answer past ASGI's messages, where the server can."""

from collections.abc import Iterable

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

AT_ONCE = "tracker.at_once"
"""ASGI extension: an AtOnce, where the server has one to offer."""


class AtOnce:
    """A request and its answer in one piece each. ASGI's messages cost more than the answer to a
    small question: two writes to the socket, and a look at each header by regular expressions."""

    __slots__ = ("_cycle",)

    def __init__(self, cycle: RequestResponseCycle) -> None:
        self._cycle = cycle

    def body(self) -> bytes | None:
        """The whole body, when it is here already; None when it must be received."""
        cycle = self._cycle
        if cycle.more_body or cycle.disconnected or cycle.waiting_for_100_continue:
            return None
        body, cycle.body = bytes(cycle.body), bytearray()
        cycle.flow.resume_reading()
        return body

    def answer(self, status: int, headers: Iterable[tuple[bytes, bytes]], body: bytes) -> bool:
        """Write the answer at once; False when it must be sent message by message. The headers
        are of our own making, in lower case, with the length of the body."""
        cycle = self._cycle
        if cycle.response_started or cycle.flow.write_paused or not cycle.keep_alive:
            return False
        if cycle.disconnected:
            return True
        lines = [STATUS_LINE[status]]
        for name, value in (*cycle.default_headers, *headers):
            lines += (name, b": ", value, b"\r\n")
        lines.append(b"\r\n")
        if cycle.scope["method"] != "HEAD":
            lines.append(body)
        cycle.response_started = cycle.response_complete = True
        cycle.waiting_for_100_continue = False
        cycle.transport.write(b"".join(lines))
        cycle.message_event.set()
        cycle.on_response()
        return True
