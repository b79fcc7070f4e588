"""What has come into a mailbox, taken mail by mail."""

import asyncio
import logging
import sys
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager

from tracker.inbound import receive
from tracker.mail.boxes import Box, opened
from tracker.settings import Settings

log = logging.getLogger(__name__)

MOST = 200
"""Mails that are taken at a time."""


async def collect(settings: Settings, where: str) -> int:
    """Take the unread mails of the mailbox. Returns how many; one that could not be taken stays
    unread. Raises BoxAway."""
    taken = 0
    async with _opened(where) as box:
        for key in await asyncio.to_thread(box.unread, MOST):
            taken += await _taken(settings, box, key)
    return taken


@asynccontextmanager
async def _opened(where: str) -> AsyncIterator[Box]:
    """The mailbox, whose steps wait and are therefore taken in threads."""
    held = ExitStack()
    box = await asyncio.to_thread(held.enter_context, opened(where))
    try:
        yield box
    except BaseException:
        await asyncio.to_thread(held.__exit__, *sys.exc_info())
        raise
    await asyncio.to_thread(held.close)


async def _taken(settings: Settings, box: Box, key: str) -> bool:
    raw = await asyncio.to_thread(box.read, key)
    try:
        await receive(settings, raw)
    except Exception:
        log.exception("mail %s in the mailbox has to wait", key)
        return False
    await asyncio.to_thread(box.mark_read, key)
    return True
