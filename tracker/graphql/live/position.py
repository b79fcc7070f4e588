"""Where a subscriber is among the audit events, exactly.

Numbers of events are handed out before a commit, so "everything above the last number" would skip
what commits late. A position is made of snapshots instead: PostgreSQL's own record of which
transactions had ended at a moment.
"""

import re
from dataclasses import dataclass
from typing import Self

LENGTH_MOST = 8_000
"""Characters. A snapshot lists the transactions that were open then, as many as connections."""

_SNAPSHOT = r"\d{1,19}:\d{1,19}:(?:\d{1,19}(?:,\d{1,19})*)?"
PATTERN = re.compile(rf"({_SNAPSHOT})~({_SNAPSHOT})~(\d{{1,10}})~(\d{{1,11}})", re.ASCII)

SQL = (
    "pg_current_snapshot()::text||'~'||pg_current_snapshot()::text||'~0~'"
    "||extract(epoch FROM :now)::bigint"
)
"""The position of whoever has seen what this statement sees."""


class BadPosition(Exception):
    """The text is no position; one line that says what to do."""

    def __init__(self) -> None:
        super().__init__(
            "This is not the id of an event: pass one as it came, or the livePosition of a query."
        )


@dataclass(frozen=True, slots=True)
class Position:
    """Covers the events of transactions that had ended at `old`, and of those that had ended at
    `new` the ones numbered up to `event`. `at` is when it was handed out, in seconds of Unix
    time. Snapshots as PostgreSQL writes them."""

    old: str
    new: str
    event: int
    at: int

    @classmethod
    def read(cls, text: str) -> Self:
        """The position that a client hands back. Raises BadPosition."""
        match = PATTERN.fullmatch(text) if len(text) <= LENGTH_MOST else None
        if match is None:
            raise BadPosition
        return cls(match[1], match[2], min(int(match[3]), 2**31 - 1), int(match[4]))

    def __str__(self) -> str:
        return f"{self.old}~{self.new}~{self.event}~{self.at}"
