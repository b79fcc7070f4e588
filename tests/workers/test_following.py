"""What follows the commits of running servers goes on, whatever becomes of what it does then."""

import asyncio
from typing import Any

import asyncpg
import pytest
from redis.asyncio import Redis

from tests.cast import Cast
from tests.starting import Begun
from tests.workers.conftest import Outbox, until
from tracker.domain.events import chain
from tracker.graphql.live import wakes
from tracker.settings import Settings
from tracker.workers import fast, trail

pytestmark = pytest.mark.usefixtures("reads")

AWAY = asyncpg.AdminShutdownError("terminating connection")


@pytest.mark.parametrize("error", [AWAY, ExceptionGroup("of a batch", [AWAY]), ValueError("odd")])
@pytest.mark.parametrize("follower", ["fast", "trail"])
async def test_follower_goes_on_after_what_goes_wrong(
    cast: Cast,
    outbox: Outbox,
    redis: Redis,
    monkeypatch: pytest.MonkeyPatch,
    follower: str,
    error: Exception,
) -> None:
    """Of a database that is away for a moment, or of anything else."""
    done: list[str] = []

    async def work(*_: Any) -> int:
        done.append(follower)
        if len(done) == 1:
            raise error
        return 0

    monkeypatch.setattr(fast, "deliver_batch", work)
    monkeypatch.setattr(chain, "seal", work)
    monkeypatch.setattr(trail, "GATHER_SECONDS", 0.0)
    follow = {"fast": fast, "trail": trail}[follower].follow
    following = asyncio.create_task(follow(outbox.settings))

    async def woken(times: int) -> bool:
        await redis.publish(wakes.CHANNEL, b"")
        return following.done() or len(done) >= times

    try:
        await until(lambda: woken(2))
        assert not following.done()
    finally:
        following.cancel()


async def test_worker_that_follows_nothing_any_more_ends(settings: Settings, redis: Redis) -> None:
    """For its supervisor to start it again."""
    worker = Begun("tests.workers.deaf", settings=settings)
    try:
        assert await asyncio.to_thread(worker.wait, 30) == 1
    finally:
        worker.kill()
