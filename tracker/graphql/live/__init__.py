"""Live events: what commits in the audit trail, sent to those who may see it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tracker.graphql.live import wakes
from tracker.graphql.live.feed import FEED
from tracker.settings import Settings


@asynccontextmanager
async def live(settings: Settings) -> AsyncIterator[None]:
    """Keep this process's subscribers told, inside `serving(settings)`."""
    tasks = [
        asyncio.create_task(FEED.run()),
        asyncio.create_task(wakes.hear(settings, FEED.wake)),
        asyncio.create_task(wakes.forward(settings, FEED.wake)),
    ]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
