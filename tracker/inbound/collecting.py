"""What has come into a mailbox, taken mail by mail."""

import asyncio
import logging
import sys
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager

from tracker.domain.answers import stuck
from tracker.inbound import receive
from tracker.mail.boxes import Box, MailAway, opened, shown
from tracker.settings import Settings

log = logging.getLogger(__name__)

MOST = 200
"""Mails that are taken at a time."""


async def collect(settings: Settings, where: str) -> int:
    """Take the unread mails of the mailbox, the oldest first. Returns how many; one that could not
    be taken stays unread, and others go first until its turn comes again. Raises BoxAway."""
    done = 0
    async with _opened(where) as box:
        unread = await asyncio.to_thread(box.unread)
        for key in (await stuck.in_turn(shown(where), unread))[:MOST]:
            done += await _taken(settings, box, shown(where), key)
    return done


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


async def _taken(settings: Settings, box: Box, name: str, key: str) -> bool:
    """Whether the mail was taken. Where the mailbox itself goes wrong, no mail is to blame."""
    try:
        raw = await asyncio.to_thread(box.read, key)
    except MailAway as error:
        return await _stuck(box, name, key, error)
    try:
        await receive(settings, raw)
    except Exception as error:  # noqa: BLE001 - whatever it is, the others do not wait for it
        return await _stuck(box, name, key, error)
    await asyncio.to_thread(box.mark_read, key)
    await stuck.taken(name, key)
    return True


async def _stuck(box: Box, name: str, key: str, error: Exception) -> bool:
    log.error("mail %s in the mailbox has to wait", stuck.written(key), exc_info=error)
    if await stuck.failed(name, key, error):
        await asyncio.to_thread(box.set_aside, key)
        log.error("mail %s in the mailbox is flagged and left to people", stuck.written(key))
    return False
