"""NOTIFY for changes that are written in one statement, said just after they are committed.

PostgreSQL lets transactions that notify commit one after the other, each waiting for the disk by
itself. What is done often would wait for that, so one connection says it for all that was written
in the meantime. Listeners take it as a hint to look at the audit trail, which they also do by
themselves: where a process dies in between, they are a moment later, and miss nothing.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import asyncpg

log = logging.getLogger(__name__)

SAY = "SELECT pg_notify('tracker', '{}')"

GATHER_SECONDS = 0.05
"""What is written within this time is said once."""

Execute = Callable[[str], Awaitable[object]]
"""Runs one statement."""

_written: asyncio.Event | None = None
"""Set when there is something to say; of the connections that count at present."""


def announce() -> None:
    """Something was committed to the audit trail."""
    if _written is not None:
        _written.set()


@asynccontextmanager
async def announcing(execute: Execute) -> AsyncIterator[None]:
    """Say what is announced, by `execute`; the last of it before the end."""
    global _written
    before, written = _written, asyncio.Event()
    _written = written
    task = asyncio.create_task(_say(written, execute))
    try:
        yield
    finally:
        _written = before
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        if written.is_set():
            await _once(written, execute)


async def _say(written: asyncio.Event, execute: Execute) -> None:
    while True:
        await written.wait()
        await _once(written, execute)
        await asyncio.sleep(GATHER_SECONDS)


async def _once(written: asyncio.Event, execute: Execute) -> None:
    written.clear()
    try:
        await execute(SAY)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        log.warning("listeners are not told and will look by themselves: %s", error)
