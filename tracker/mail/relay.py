"""A relay and the connections to it, kept open from one mail and one batch to the next."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.utils import parseaddr

from tracker.mail.connection import Connection, Way
from tracker.mail.errors import Unreachable
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


def way(settings: Settings) -> Way:
    """To the relay of the settings. An answer is waited for half a lease at most, so that it comes
    within the lease. Raises Unreachable where there is none."""
    if settings.smtp_url is None:
        raise Unreachable("SMTP_URL is not set")
    sender = parseaddr(settings.mail_from)[1]
    return Way(settings.smtp_url, sender, host_of(settings), settings.delivery_lease_seconds / 2)


_open: dict[Way, Relay] = {}


@asynccontextmanager
async def relaying(settings: Settings) -> AsyncIterator[Relay]:
    """The relay, whose connections are kept while the outermost such block lasts. Raises
    Unreachable where there is none."""
    to = way(settings)
    if to in _open:
        yield _open[to]
        return
    relay = _open[to] = Relay(to, settings.smtp_connections)
    try:
        yield relay
    finally:
        del _open[to]
        await relay.close()
