"""The lane of mails that somebody waits for: sent as soon as a running server tells of them, beside
the queue, so that they wait for no job of any other lane."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

from tracker.domain.deliveries.tables import Lane
from tracker.graphql.live import wakes
from tracker.settings import Settings
from tracker.workers.deliveries import deliver_batch

log = logging.getLogger(__name__)


async def follow(settings: Settings) -> None:
    """Send what is owed in the fast lane, until cancelled. Whatever is missed, or goes wrong, the
    timetable makes up for."""
    written = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(wakes.hear(settings, written.set))
        while True:
            await written.wait()
            written.clear()
            try:
                while await _finished(deliver_batch(settings, Lane.FAST)):
                    pass
            except Exception:
                log.exception("mails of the fast lane wait for the timetable")


async def _finished(batch: Coroutine[Any, Any, int]) -> int:
    """What it returns. Whoever cancels this waits for what is at a relay (see `stopping`)."""
    task = asyncio.ensure_future(batch)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await task
        raise
