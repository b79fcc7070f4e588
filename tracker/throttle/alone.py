"""The counts of one process, for as long as Redis is away."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from tracker.settings import Limit

SLOTS = 16
"""A window slides by a sixteenth of itself. The slot that it is leaving counts in full, so that
no window, wherever it begins, holds more than the limit."""

KEYS_MOST = 100_000
"""Keys of a process; beyond it, new ones wait."""

TIDY_SECONDS = 5.0
"""Between two looks for keys whose time has passed, when there is no room for new ones."""


@dataclass
class _Counted:
    """Number of the slot -> how often; of no interest after `until`."""

    slots: dict[int, int] = field(default_factory=dict)
    until: float = 0.0


class Alone:
    """Counts in memory, by the monotonic clock."""

    def __init__(self) -> None:
        self._counts: dict[str, _Counted] = {}
        self._tidied_at = 0.0

    def spend(self, keys: Sequence[tuple[str, Limit]], times: int) -> float:
        """Seconds to wait; 0 when it is counted."""
        now = time.monotonic()
        wait = max((self._wait(key, limit, times, now) for key, limit in keys), default=0.0)
        if not wait:
            for key, limit in keys:
                self._add(key, limit, times, now)
        return wait

    def forget(self, keys: Sequence[str]) -> None:
        """Begin anew for these."""
        for key in keys:
            self._counts.pop(key, None)

    def _wait(self, key: str, limit: Limit, times: int, now: float) -> float:
        counted = self._counts.get(key)
        if counted is None:
            return 0.0 if self._has_room(now) else TIDY_SECONDS
        span = limit.seconds / SLOTS
        oldest = int(now / span) - SLOTS
        counted.slots = {at: n for at, n in sorted(counted.slots.items()) if at >= oldest}
        total, wait = sum(counted.slots.values()), 0.0
        for at, number in counted.slots.items():
            if total + times <= limit.most:
                break
            total -= number
            wait = (at + SLOTS + 1) * span - now
        return wait

    def _add(self, key: str, limit: Limit, times: int, now: float) -> None:
        span = limit.seconds / SLOTS
        counted = self._counts.setdefault(key, _Counted())
        at = int(now / span)
        counted.slots[at] = counted.slots.get(at, 0) + times
        counted.until = now + limit.seconds + span

    def _has_room(self, now: float) -> bool:
        if len(self._counts) >= KEYS_MOST and now - self._tidied_at > TIDY_SECONDS:
            self._tidied_at = now
            self._counts = {key: each for key, each in self._counts.items() if each.until > now}
        return len(self._counts) < KEYS_MOST
