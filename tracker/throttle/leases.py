"""Room for what is small and frequent, taken from the shared count a batch at a time."""

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

BATCHES = 100
"""A batch is this part of a limit: so much may be held back from a limit's last few by each
process that serves the same account."""

LEASE_SECONDS = 5.0
"""What is left of a batch after that is given up, so that limits stay those of their window."""

REFUSAL_SECONDS = 1.0
"""How long a refusal is repeated without asking again."""

KEYS_MOST = 10_000


@dataclass(slots=True)
class _Lease:
    left: int
    until: float
    wait: float = 0.0


class Leases:
    """What this process holds, by key. `take(key, times)` is asked for more: the seconds to
    wait."""

    def __init__(self, take: Callable[[str, int], Awaitable[float]]) -> None:
        self._take = take
        self._held: OrderedDict[str, _Lease] = OrderedDict()

    async def spend(self, key: str, most: int) -> float:
        """Count one; seconds to wait, 0 when it is counted."""
        now = time.monotonic()
        lease = self._held.get(key)
        if lease is None or now >= lease.until:
            lease = self._held[key] = await self._more(key, most)
            self._held.move_to_end(key)
            if len(self._held) > KEYS_MOST:
                self._held.popitem(last=False)
        if lease.wait:
            return lease.wait
        lease.left -= 1
        if not lease.left:
            self._held.pop(key, None)
        return 0.0

    async def _more(self, key: str, most: int) -> _Lease:
        """A batch, or one where a batch finds no room, or a refusal."""
        wait = 0.0
        for times in {max(1, most // BATCHES): None, 1: None}:
            wait = await self._take(key, times)
            now = time.monotonic()
            if not wait:
                return _Lease(times, now + LEASE_SECONDS)
        return _Lease(0, now + min(wait, REFUSAL_SECONDS), wait)
