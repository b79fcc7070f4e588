"""What is done as soon as a running server tells of a commit, beside the queue."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from tracker.graphql.live import wakes
from tracker.settings import Settings

log = logging.getLogger(__name__)


async def follow(
    settings: Settings,
    what: str,
    work: Callable[[], Awaitable[object]],
    gather_seconds: float = 0,
) -> None:
    """Do the work after each commit, once for all within so many seconds, until cancelled. Whatever
    is missed, or goes wrong, the timetable makes up for; the log says `what` that is."""
    written = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(wakes.hear(settings, written.set))
        while True:
            await written.wait()
            await asyncio.sleep(gather_seconds)
            written.clear()
            try:
                await work()
            except Exception:
                log.exception("%s: left to the timetable", what)
