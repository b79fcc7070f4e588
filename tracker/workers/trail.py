"""The chain over the audit trail."""

import asyncio
import logging
from typing import Any

from tracker.domain.events import chain
from tracker.graphql.live import wakes
from tracker.settings import Settings

log = logging.getLogger(__name__)

GATHER_SECONDS = 0.5
"""What is written within this time is sealed at once."""


async def seal(_context: dict[str, Any]) -> None:
    """Seal what has committed since."""
    await chain.seal()


async def follow(settings: Settings) -> None:
    """Seal soon after each commit that a running server tells of, until cancelled. Whatever is
    missed, goes wrong, or cannot be sealed yet, the timetable makes up for."""
    written = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(wakes.hear(settings, written.set))
        while True:
            await written.wait()
            await asyncio.sleep(GATHER_SECONDS)
            written.clear()
            try:
                await chain.seal()
            except Exception:
                log.exception("sealing waits for the timetable")


async def say_head(_context: dict[str, Any]) -> None:
    """Write the chain's last seal into the log, which lies elsewhere than the trail: `tracker
    audit verify --heads` takes it."""
    head = await chain.head()
    if head is not None:
        log.info("head of the audit trail: %s", head)
