"""Jobs on their way through Redis."""

import json

from redis.asyncio import Redis

from tracker.queue import enqueue, queue
from tracker.settings import Settings


async def test_job_travels_as_json(settings: Settings, redis: Redis) -> None:
    async with queue(settings) as pool:
        assert await enqueue(pool, "deliver", 7, "x", id="deliver:7")
    kept = await redis.get("arq:job:deliver:7")
    assert kept
    assert {"deliver", 7, "x"} <= set(_leaves(json.loads(kept)))


async def test_job_that_waits_already_is_not_added_again(settings: Settings, redis: Redis) -> None:
    async with queue(settings) as pool:
        assert await enqueue(pool, "deliver", id="deliver:7")
        assert not await enqueue(pool, "deliver", id="deliver:7")
        assert await enqueue(pool, "deliver", id="deliver:8")
    assert await redis.zcard("arq:queue") == 2


def _leaves(value: object) -> list[object]:
    children = value.values() if isinstance(value, dict) else value
    if isinstance(children, str) or not hasattr(children, "__iter__"):
        return [value]
    return [leaf for child in children for leaf in _leaves(child)]
