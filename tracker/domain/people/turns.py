"""Turns at something costly, taken by everybody in the same measure: whoever asks for more than
others waits behind them, and is the first to be sent away."""

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Crowded(Exception):
    """Too many wait, and nobody has more waiting than whoever was told this."""


class Turns:
    """`at_once` have their turn, `waiting_most` wait; all in one event loop."""

    def __init__(self, at_once: int, waiting_most: int) -> None:
        self._free = at_once
        self._most = waiting_most
        self._queues: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()

    @asynccontextmanager
    async def turn(self, who: str) -> AsyncIterator[None]:
        """Wait for a turn and have it. Raises Crowded, perhaps after some waiting."""
        if self._free:
            self._free -= 1
        else:
            await self._wait(who)
        try:
            yield
        finally:
            self._pass_on()

    async def _wait(self, who: str) -> None:
        self._make_room(who)
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queues.setdefault(who, deque()).append(mine)
        try:
            await mine
        except asyncio.CancelledError:
            if mine.done() and not mine.cancelled() and mine.exception() is None:
                self._pass_on()  # it came just as nobody wanted it any more
            raise

    def _make_room(self, who: str) -> None:
        """Where too many wait, the last of the longest queue goes, or does not come."""
        if sum(map(len, self._queues.values())) < self._most:
            return
        longest = max(self._queues.values(), key=len)
        if len(longest) <= len(self._queues.get(who, ())) + 1:
            raise Crowded
        gone = longest.pop()
        if not gone.done():
            gone.set_exception(Crowded())

    def _pass_on(self) -> None:
        """The next turn is of whoever has waited for one longest, not of who has asked most."""
        while self._queues:
            who, queue = self._queues.popitem(last=False)
            mine = queue.popleft()
            if queue:
                self._queues[who] = queue
            if not mine.done():
                mine.set_result(None)
                return
        self._free += 1
