"""What a file must be to show that a milestone was reached."""

from dataclasses import dataclass

FILE_MOST = 10_000_000
"""Bytes of one file: what a mail could have carried."""


@dataclass(frozen=True)
class ReceivedFile:
    """A file as the store received it: `key` finds it there; `name` is the sender's, `media_type`
    by its bytes; `size` in bytes. `problem` says why it was not kept, and what to do."""

    key: str
    name: str
    media_type: str
    size: int
    sha256: str
    problem: str | None = None
