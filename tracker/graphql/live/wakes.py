"""Wake-ups from PostgreSQL to every process: NOTIFY on commit, heard by one process of the
installation, which passes it on through Redis.

They carry nothing that matters. Whatever is lost while Redis, the listening connection or the
process that held it is away, the feed finds in the table when it next looks by itself.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from redis.asyncio import Redis
from redis.exceptions import RedisError

from tracker.settings import Settings

log = logging.getLogger(__name__)

CHANNEL = "tracker"
"""Where the audit trail's NOTIFY goes, and the channel of the same name in Redis."""

LOCK = 7_236_002
"""Advisory lock key: who holds it is the one that listens for all."""

_TRY = "SELECT pg_try_advisory_lock($1)"

AGAIN_SECONDS = 2.0
"""Between two tries, to become the listener or to reach a server that is away."""

GATHER_SECONDS = 0.01
"""What is written within this time wakes everybody once."""


async def hear(settings: Settings, wake: Callable[[], None]) -> None:
    """Call `wake` for what Redis passes on, until cancelled."""
    async for _ in _persistently("wake-ups", lambda: _hear(settings, wake)):
        wake()


async def forward(settings: Settings, wake: Callable[[], None]) -> None:
    """Be the process that listens whenever no other is, until cancelled. While Redis is away, at
    least this process is woken."""
    async for _ in _persistently("LISTEN", lambda: _forward(settings, wake)):
        pass


async def _hear(settings: Settings, wake: Callable[[], None]) -> None:
    async with _redis(settings) as redis, redis.pubsub() as messages:
        await messages.subscribe(CHANNEL)
        async for message in messages.listen():
            wake() if message["type"] in ("message", "subscribe") else None


async def _forward(settings: Settings, wake: Callable[[], None]) -> None:
    connection = await asyncpg.connect(
        settings.database_url, server_settings={"application_name": "tracker live events"}
    )
    written, gone = asyncio.Event(), asyncio.Event()
    connection.add_termination_listener(lambda _: gone.set())
    connection.add_termination_listener(lambda _: written.set())
    try:
        # Asked for again and again, because a statement that waited for it would hold a snapshot,
        # and with it every row version that was deleted since.
        while not await connection.fetchval(_TRY, LOCK):  # noqa: ASYNC110 - it lies elsewhere
            await asyncio.sleep(AGAIN_SECONDS)
        await connection.add_listener(CHANNEL, lambda *_: written.set())
        written.set()
        async with _redis(settings) as redis:
            while not gone.is_set():
                await written.wait()
                await asyncio.sleep(GATHER_SECONDS)
                written.clear()
                await _pass_on(redis, wake)
    finally:
        connection.terminate()


async def _pass_on(redis: Redis, wake: Callable[[], None]) -> None:
    try:
        await redis.publish(CHANNEL, b"")
    except (OSError, RedisError):
        wake()


async def _persistently(what: str, attempt: Callable[[], Any]) -> AsyncIterator[None]:
    """Try for ever; a turn for each failure."""
    while True:
        try:
            await attempt()
        except (OSError, RedisError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            log.warning("live events: %s broke off, trying again: %s", what, error)
        await asyncio.sleep(AGAIN_SECONDS)
        yield


@asynccontextmanager
async def _redis(settings: Settings) -> AsyncIterator[Redis]:
    assert settings.redis_url
    async with Redis.from_url(settings.redis_url, socket_connect_timeout=5) as client:
        yield client
