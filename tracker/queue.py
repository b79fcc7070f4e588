"""With `workers/`, all that knows arq: putting jobs into Redis for a worker to pick up.

Jobs travel as JSON: arq's own pickle would turn write access to Redis into running code.
"""

from typing import Any

import orjson
from arq import ArqRedis
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


async def enqueue(pool: ArqRedis, job: str, *ids: JobArgument, id: str | None = None) -> bool:
    """Have a worker run `job` with these arguments soon; it may run twice.

    A job with an `id` that is already waiting or running is not added again: then False.
    """
    return await pool.enqueue_job(job, *ids, _job_id=id) is not None
