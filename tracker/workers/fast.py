"""The lane of mails that somebody waits for: sent as soon as a running server tells of them, beside
the queue, so that they wait for no job of any other lane."""

import asyncio
from collections.abc import Coroutine
from functools import partial
from typing import Any

from tracker.domain.deliveries.tables import Lane
from tracker.settings import Settings
from tracker.workers import following
from tracker.workers.deliveries import deliver_batch


async def follow(settings: Settings) -> None:
    """Send what is owed in the fast lane, until cancelled."""
    await following.follow(settings, "mails of the fast lane", partial(_send, settings))


async def _send(settings: Settings) -> None:
    while await _finished(deliver_batch(settings, Lane.FAST)):
        pass


async def _finished(batch: Coroutine[Any, Any, int]) -> int:
    """What it returns. Whoever cancels this waits for what is at a relay (see `stopping`)."""
    task = asyncio.ensure_future(batch)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await task
        raise
