"""What a file must be to show that a milestone was reached."""

from dataclasses import dataclass

from tracker.domain.messages import Message


@dataclass(frozen=True)
class Room:
    """What an installation has room for in one project: so many files, so many bytes."""

    files: int
    bytes: int


@dataclass(frozen=True)
class ReceivedFile:
    """A file as the store received it: `key` finds it there; `name` is the sender's, `media_type`
    by its bytes; `size` in bytes. `problem` says why it was not kept, and what to do; `room` what
    the store holds of a project."""

    key: str
    name: str
    media_type: str
    size: int
    sha256: str
    problem: Message | None = None
    room: Room | None = None
