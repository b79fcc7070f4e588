"""A relay and the connections to it, kept open from one mail and one batch to the next."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from email.utils import parseaddr
from urllib.parse import parse_qs, urlsplit

from tracker.mail.connection import Connection, Way
from tracker.mail.writing import host_of
from tracker.settings import Settings

PAUSE_SECONDS = 2.0
"""A connection that was idle for longer is asked whether it is still there."""

IDLE_SECONDS = 30.0
"""Nobody keeps a relay waiting for longer: it has few connections, too."""

MAILS_MOST = 500
"""Over one connection, so that load spreads anew over what stands behind a relay's name."""


class Relay:
    """Up to `most` connections to one relay."""

    def __init__(self, way: Way, most: int) -> None:
        self.name, self.most = way.name, most
        options = parse_qs(urlsplit(way.url).query)
        self.order = int(options.get("order", ["1"])[0])
        self.weight = float(options.get("weight", ["1"])[0])
        self._way = way
        self._free = asyncio.Semaphore(most)
        self._idle: list[tuple[float, Connection]] = []
        self._ending: asyncio.TimerHandle | None = None

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """One of them, for whoever is in the block alone. Raises Unreachable."""
        async with self._free:
            found = await self._taken() or await Connection.open(self._way)
            try:
                yield found
            finally:
                self._give(found)

    async def close(self) -> None:
        """Take leave of the relay."""
        idle, self._idle = self._idle, []
        if self._ending:
            self._ending.cancel()
        await asyncio.gather(*(each.leave() for _, each in idle))

    async def _taken(self) -> Connection | None:
        """One that is open already, the last used first."""
        while self._idle:
            since, found = self._idle.pop()
            paused = time.monotonic() - since > PAUSE_SECONDS
            if found.usable and (not paused or await found.alive()):
                return found
            found.close()
        return None

    def _give(self, connection: Connection) -> None:
        if not connection.usable or connection.mails >= MAILS_MOST:
            connection.close()
            return
        self._idle.append((time.monotonic(), connection))
        if self._ending is None:
            self._ending = asyncio.get_running_loop().call_later(IDLE_SECONDS, self._end)

    def _end(self) -> None:
        """Hang up where nothing went over it for long; look again later."""
        latest = time.monotonic() - IDLE_SECONDS
        for _, each in (pair for pair in self._idle if pair[0] <= latest):
            each.close()
        self._idle = [pair for pair in self._idle if pair[0] > latest]
        self._ending = None
        if self._idle:
            later = self._idle[0][0] - latest
            self._ending = asyncio.get_running_loop().call_later(later, self._end)


def ways(settings: Settings) -> list[Way]:
    """To the relays of the settings. An answer is waited for half a lease at most, so that it comes
    within the lease."""
    sender = parseaddr(settings.mail_from)[1]
    return [
        Way(url, sender, host_of(settings), settings.delivery_lease_seconds / 2)
        for url in (settings.smtp_url or "").split()
    ]


def chosen(relays: Collection[Relay]) -> Relay | None:
    """One of those that come first by their order, more often the greater its weight; None of
    none."""
    first = min((each.order for each in relays), default=0)
    found = [each for each in relays if each.order == first]
    if not found:
        return None
    weights = [each.weight for each in found]
    return random.choices(found, weights)[0]  # noqa: S311 - a share of the load


_open: dict[Way, Relay] = {}
_users = Counter[Way]()


@asynccontextmanager
async def relaying(settings: Settings) -> AsyncIterator[list[Relay]]:
    """The relays, whose connections are kept for as long as anybody is in such a block."""
    to = ways(settings)
    for each in to:
        _users[each] += 1
        if each not in _open:
            _open[each] = Relay(each, settings.smtp_connections)
    try:
        yield [_open[each] for each in to]
    finally:
        for each in to:
            _users[each] -= 1
            if not _users[each]:
                await _open.pop(each).close()
