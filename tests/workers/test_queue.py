"""Jobs on their way through Redis."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from arq import ArqRedis, create_pool
from redis.asyncio import Redis

from tracker.queue import enqueue, pack, redis_settings, unpack
from tracker.settings import Settings
from tracker.workers import digests, timetable


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


async def test_sweep_that_takes_long_is_not_begun_once_more(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = []

    async def sweep(_context: dict[str, Any]) -> None:
        begun.append(1)
        await asyncio.sleep(0.01)

    sweep.__module__ = digests.__name__
    monkeypatch.setattr(digests, "sweep", sweep)
    [job] = [job for job in timetable(settings) if job.name.startswith("digests.")]
    await asyncio.gather(job.coroutine({}), job.coroutine({}))
    assert len(begun) == 1
    await job.coroutine({})
    assert len(begun) == 2


def _leaves(value: object) -> list[object]:
    children = value.values() if isinstance(value, dict) else value
    if isinstance(children, str) or not hasattr(children, "__iter__"):
        return [value]
    return [leaf for child in children for leaf in _leaves(child)]
