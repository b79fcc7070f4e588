"""What clients of graphql-transport-ws may say."""

from typing import Any

import msgspec

from tracker.web.asked import Asked


class Closing(Exception):
    """Why a socket ends: the protocol's close code, and a line for the client's programmer."""

    def __init__(self, code: int, reason: str) -> None:
        self.code, self.reason = code, reason
        super().__init__(reason)

    @property
    def frame(self) -> dict[str, Any]:
        """Code and reason, cut to the 123 bytes that a close frame has room for."""
        reason = self.reason.encode()[:123].decode(errors="ignore")
        return {"code": self.code, "reason": reason}


class Init(msgspec.Struct, tag="connection_init"):
    """The client says who it is."""

    payload: dict[str, Any] | None = None


class Ping(msgspec.Struct, tag="ping"):
    """The client asks for a sign of life."""

    payload: dict[str, Any] | None = None


class Pong(msgspec.Struct, tag="pong"):
    """The client gives one."""

    payload: dict[str, Any] | None = None


class Subscribe(msgspec.Struct, tag="subscribe"):
    """The client asks for an operation, of whatever kind."""

    id: str
    payload: Asked


class Complete(msgspec.Struct, tag="complete"):
    """The client wants no more of one."""

    id: str


Message = Init | Ping | Pong | Subscribe | Complete

_decoder: msgspec.json.Decoder[Message] = msgspec.json.Decoder(Message)


def read(text: str | None, most: int) -> Message:
    """The message, of at most so many bytes; None stands for a binary one. Raises Closing for
    what is none of these."""
    if text is None:
        raise Closing(4400, "Invalid message: send JSON as text")
    if len(text) > most:
        raise Closing(1009, f"A message has at most {most:,} bytes")
    try:
        return _decoder.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise Closing(4400, f"Invalid message: {error}") from error
