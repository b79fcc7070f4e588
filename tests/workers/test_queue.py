"""Jobs on their way through Redis."""

import json
from collections.abc import AsyncIterator

import pytest
from arq import ArqRedis, create_pool
from redis.asyncio import Redis

from tracker.queue import enqueue, pack, redis_settings, unpack
from tracker.settings import Settings
from tracker.workers import timetable


@pytest.fixture
async def pool(settings: Settings, redis: Redis) -> AsyncIterator[ArqRedis]:
    """Connections as a worker has them, to an empty Valkey."""
    made = await create_pool(redis_settings(settings), job_serializer=pack, job_deserializer=unpack)
    yield made
    await made.aclose()


async def test_job_travels_as_json(pool: ArqRedis, redis: Redis) -> None:
    assert await enqueue(pool, "deliver", 7, "x", id="deliver:7")
    kept = await redis.get("arq:job:deliver:7")
    assert kept
    assert {"deliver", 7, "x"} <= set(_leaves(json.loads(kept)))


async def test_job_that_waits_already_is_not_added_again(pool: ArqRedis, redis: Redis) -> None:
    assert await enqueue(pool, "deliver", id="deliver:7")
    assert not await enqueue(pool, "deliver", id="deliver:7")
    assert await enqueue(pool, "deliver", id="deliver:8")
    assert await redis.zcard("arq:queue") == 2


async def test_no_job_of_the_timetable_takes_the_place_of_another(settings: Settings) -> None:
    """arq knows jobs by name and runs one of each."""
    names = [job.name for job in timetable(settings)]
    assert len(names) == len(set(names))
    assert {"deliveries.sweep", "digests.sweep", "reminders.sweep"} <= set(names)


def _leaves(value: object) -> list[object]:
    children = value.values() if isinstance(value, dict) else value
    if isinstance(children, str) or not hasattr(children, "__iter__"):
        return [value]
    return [leaf for child in children for leaf in _leaves(child)]
