"""With `workers/`, all that knows arq: putting jobs into Redis for a worker to pick up.

Jobs travel as JSON: arq's own pickle would turn write access to Redis into running code.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson
from arq import ArqRedis, create_pool
from arq.connections import RedisSettings

from tracker.settings import Settings

JobArgument = int | str | None


def pack(job: dict[str, Any]) -> bytes:
    """arq's record of a job, or of a result, as JSON; what is not plain becomes its text."""
    return orjson.dumps(job, default=str)


def unpack(job: bytes) -> dict[str, Any]:
    """The opposite of `pack`. Raises ValueError for what is no JSON."""
    found: dict[str, Any] = orjson.loads(job)
    return found


def redis_settings(settings: Settings) -> RedisSettings:
    """Where the queue is, and how long a caller waits for it."""
    if settings.redis_url is None:
        raise ValueError("REDIS_URL is not set, and no embedded server was started")
    return RedisSettings.from_dsn(settings.redis_url)


@asynccontextmanager
async def queue(settings: Settings) -> AsyncIterator[ArqRedis]:
    """A pool of connections for the duration of a process or command."""
    pool = await create_pool(redis_settings(settings), job_serializer=pack, job_deserializer=unpack)
    try:
        yield pool
    finally:
        await pool.aclose()


async def enqueue(pool: ArqRedis, job: str, *ids: JobArgument, id: str | None = None) -> bool:
    """Have a worker run `job` with these arguments soon; it may run twice.

    A job with an `id` that is already waiting or running is not added again: then False.
    """
    return await pool.enqueue_job(job, *ids, _job_id=id) is not None
