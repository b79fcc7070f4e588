"""Which sockets are open, how many anybody may have, and when they have to go."""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import asyncpg

from tracker.domain.people.queries import still_good
from tracker.graphql.live.feed import FEED
from tracker.settings import Settings

log = logging.getLogger(__name__)

IN_ALL = 2_000
"""Open sockets of a process. Who has signed in counts by person, others by address."""

Who = int | str
"""A person's number, or an address."""


class Full(Exception):
    """No more sockets for whoever asks; they may come back later."""


class Admission:
    """The open sockets of this process: each by the key that it was given, with whose it is, the
    fingerprint of the session or token that it lives by, and how to end it."""

    def __init__(self) -> None:
        self._counts: Counter[Who] = Counter()
        self._living: dict[object, tuple[str, Callable[[], None]]] = {}
        self._changed = asyncio.Event()

    def enter(self, who: Who, most: int) -> None:
        """One more. Raises Full."""
        if self._counts[who] >= most or self._counts.total() >= IN_ALL:
            raise Full
        self._counts[who] += 1

    def leave(self, who: Who) -> None:
        """One less."""
        self._counts[who] -= 1
        self._counts += Counter()  # forgets who has none

    def lives_by(self, socket: object, fingerprint: str, end: Callable[[], None]) -> None:
        """The socket lasts as long as its session or token, which a call of `end` tells it."""
        if not self._living:
            FEED.on_credentials.append(self._changed.set)
            FEED.wake()  # from now on, not from its next turn
        self._living[socket] = (fingerprint, end)

    def gone(self, socket: object) -> None:
        """The socket is closed."""
        if self._living.pop(socket, None) and not self._living:
            FEED.on_credentials.remove(self._changed.set)

    async def watch(self, seconds: float) -> None:
        """End the sockets whose session or token has: as soon as the feed tells, and every so
        many seconds because it may be late; until cancelled."""
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), seconds)
            self._changed.clear()
            try:
                await self._check()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                log.warning("open sockets could not be checked: %s", error)
                await asyncio.sleep(1)

    async def _check(self) -> None:
        if not self._living:
            return
        living = dict(self._living)
        good = await still_good({fingerprint for fingerprint, _ in living.values()})
        for fingerprint, end in living.values():
            if fingerprint not in good:
                end()


ADMISSION = Admission()


@asynccontextmanager
async def watching(settings: Settings) -> AsyncIterator[None]:
    """Check the open sockets of this process."""
    task: asyncio.Task[Any] = asyncio.create_task(ADMISSION.watch(settings.socket_check_seconds))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
