"""Answers that are kept until anything in the database changes, which PostgreSQL itself tells.

A snapshot names exactly which transactions a statement sees. A statement whose snapshot equals
the one an answer was computed under sees the same rows, so the kept bytes *are* its answer: never
stale, not even to who reads their own write in the next request. One round trip either way.

What else an answer depends on is in the key: the statement, every bound value (the viewer's
parameters among them; `:now` is cut to the minute so that it does not always differ), the server
and how many connections to it have ended. Predicates and computed fields must call no volatile
function.
"""

from collections import OrderedDict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

OVERHEAD = 500
"""Bytes of an entry besides its body, roughly."""

SHARE = 8
"""No answer takes more than this part of all that may be kept."""


@dataclass(slots=True)
class Kept:
    """An answer and the snapshot that it was computed under."""

    snapshot: str
    body: bytes


class Answers:
    """The answers of a process, at most `bytes_most` in all, the last used longest."""

    def __init__(self, bytes_most: int) -> None:
        self.bytes_most = bytes_most
        self.size = 0
        self.hits = self.misses = 0
        self._kept: OrderedDict[Hashable, Kept] = OrderedDict()

    def get(self, key: Hashable) -> Kept | None:
        """What was kept under the key, whether it still holds or not."""
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
        return found

    def keep(self, key: Hashable, snapshot: str, body: bytes) -> None:
        """Keep an answer; what was used longest ago gives way."""
        before = self._kept.pop(key, None)
        if before is not None:
            self.size -= len(before.body) + OVERHEAD
        if (len(body) + OVERHEAD) * SHARE > self.bytes_most:
            return
        self._kept[key] = Kept(snapshot, body)
        self.size += len(body) + OVERHEAD
        while self.size > self.bytes_most:
            _, old = self._kept.popitem(last=False)
            self.size -= len(old.body) + OVERHEAD


def key_of(sql: str, values: Sequence[Any]) -> tuple[Hashable, ...]:
    """The statement and its values, lists as tuples."""
    return (sql, *[tuple(each) if type(each) is list else each for each in values])
