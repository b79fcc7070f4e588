"""The timetable, and the process that keeps it.

PostgreSQL is the schedule: every job looks for what is due, does it and records it, so each may
run twice, at once or never, and the next run makes up for it. Redis only carries the jobs.
"""

import asyncio
import gc
import logging
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import UTC
from functools import wraps
from signal import Signals, raise_signal
from typing import Any, cast

import arq
import uvloop
from arq import Worker
from arq.cron import CronJob
from arq.typing import WorkerCoroutine
from arq.worker import Function, func
from redis.exceptions import RedisError

from tracker.domain.database import connected
from tracker.domain.deliveries.tables import Lane
from tracker.graphql import serving
from tracker.logs import configure
from tracker.mail import get_ready, relaying
from tracker.queue import pack, redis_settings, unpack
from tracker.settings import Settings
from tracker.workers import (
    deliveries,
    digests,
    fast,
    files,
    idempotency,
    inbound,
    reminders,
    requests,
    status_reports,
    stopping,
    trail,
)

log = logging.getLogger(__name__)

SEAL_SECONDS = 3

SWEEP_MOST = 900
"""Seconds: on a busy machine it takes minutes to owe what a hundred thousand readers get. A sweep
that is ended keeps what it has owed, and the next one looks at all of them once more."""

LEASES_MOST = 5
"""That a batch may take: one from its first mail until its last is begun, half a one for each
answer that a relay owes to a mail, and the rest to write them. Whatever is ended before its end may
come twice."""

WAITING = 2 * len(Lane)
"""Jobs that wait for relays most of the time: of each lane one that is at it, one that ends."""


def timetable(settings: Settings) -> list[CronJob]:
    """What is done when."""
    return [
        # Digests and reminders that fell due: into the ledger.
        cron(
            _one_at_a_time(digests.sweep),
            **every(settings.sweep_seconds),
            run_at_startup=True,
            timeout=SWEEP_MOST,
        ),
        cron(_one_at_a_time(reminders.sweep), **every(settings.sweep_seconds), timeout=SWEEP_MOST),
        # Every mail that waits in the ledger: written and sent, each lane by itself.
        cron(
            _job(deliveries.sweep), **every(settings.sweep_seconds), run_at_startup=True, timeout=60
        ),
        # Replies and bounces, where they are fetched.
        cron(_job(inbound.collect), **every(settings.sweep_seconds), timeout=300),
        # Bytes of mails that went out long ago; daily.
        cron(_job(deliveries.forget), hour=2, minute=37, timeout=60),
        # Reports on periods that are over; hourly, because it is midnight somewhere.
        cron(_job(status_reports.draft), minute=2, run_at_startup=True, timeout=300),
        # The audit trail's chain, where `trail.follow` was not told of a commit, or came while an
        # older transaction was open; its head into the log, daily.
        cron(_job(trail.seal), **every(SEAL_SECONDS), run_at_startup=True, timeout=300),
        cron(_job(trail.say_head), hour=0, minute=11, run_at_startup=True, timeout=60),
        # Requests whose deadline has passed; hourly, because it is midnight somewhere.
        cron(_job(requests.expire), minute=1, run_at_startup=True, timeout=60),
        # Idempotency keys whose time has passed.
        cron(_job(idempotency.forget), minute=3, timeout=60),
        # Files that were received but never became evidence, because a process died; daily.
        cron(_job(files.tidy), hour=3, minute=7, timeout=60),
    ]


def jobs(settings: Settings) -> list[Function]:
    """What is done when somebody asks for it."""
    return [
        # A batch of mails of one lane; the lease, not arq, says who may go on.
        func(
            cast(WorkerCoroutine, deliveries.deliver),
            timeout=LEASES_MOST * settings.delivery_lease_seconds,
        ),
    ]


def every(seconds: int) -> dict[str, Any]:
    """The seconds of the minute, or from a minute on the minutes of the hour, that lie this far
    apart."""
    if seconds < 60:
        return {"second": set(range(0, 60, seconds))}
    return {"second": 0, "minute": set(range(0, 60, seconds // 60))}


def run(settings: Settings) -> None:
    """Work until SIGTERM or SIGINT (see `stopping`). Ends with one line, for the supervisor to
    start it again, when a server is gone."""
    configure(settings)
    try:
        uvloop.run(_work(settings))
    except (RedisError, OSError) as error:
        raise SystemExit(f"tracker worker: a server cannot be reached: {error}") from error


def cron(job: WorkerCoroutine, **when: Any) -> CronJob:
    """arq's, under a name that says the module too: of two jobs of one name it runs only one."""
    module = job.__module__.rpartition(".")[2]
    return arq.cron(job, name=f"{module}.{job.__qualname__}", **when)


def _job(function: Callable[[dict[str, Any]], Awaitable[None]]) -> WorkerCoroutine:
    """arq's type asks for arguments that only some jobs take."""
    return cast(WorkerCoroutine, function)


def _one_at_a_time(function: Callable[[dict[str, Any]], Awaitable[None]]) -> WorkerCoroutine:
    """The job, unless this worker is still at it: what that has not come to, it will."""
    at_it = asyncio.Lock()

    @wraps(function)
    async def job(context: dict[str, Any]) -> None:
        if not at_it.locked():
            async with at_it:
                await function(context)

    return _job(job)


async def _work(settings: Settings) -> None:
    async with AsyncExitStack() as held:
        await held.enter_async_context(connected(settings))
        await held.enter_async_context(serving(settings))
        if settings.smtp_url:
            await held.enter_async_context(relaying(settings))
            get_ready()
        worker = _Worker(
            functions=jobs(settings),
            cron_jobs=timetable(settings),
            redis_settings=redis_settings(settings),
            job_serializer=pack,
            job_deserializer=unpack,
            ctx={"settings": settings, "rest": reminders.Rest(), "turns": deliveries.turns()},
            poll_delay=0.05,
            keep_result=0,
            max_jobs=settings.database_pool_size // 2 + WAITING,
            job_completion_wait=stopping.JOBS_SECONDS,
            timezone=UTC,
        )
        # The schema and all modules stay; looking through them for garbage again and again stops
        # everything for as long as a few mails take.
        gc.collect()
        gc.freeze()
        following = [
            asyncio.create_task(trail.follow(settings)),
            asyncio.create_task(fast.follow(settings)),
        ]
        for each in following:
            each.add_done_callback(_ended)
        try:
            await worker.async_run()
        except asyncio.CancelledError:
            await worker.close()
        finally:
            broken = [each for each in following if each.done()]
            for each in following:
                each.cancel()
            await asyncio.wait(following, timeout=stopping.JOBS_SECONDS)
        if broken:
            raise SystemExit("tracker worker: it was not told of commits any more")


def _ended(follower: asyncio.Task[None]) -> None:
    """A worker that follows nothing any more ends as if it was told to, to be started again."""
    if not follower.cancelled() and not stopping.told():
        log.critical("the worker follows no commits", exc_info=follower.exception())
        raise_signal(Signals.SIGTERM)


class _Worker(Worker):
    def handle_sig_wait_for_completion(self, signum: Signals) -> None:
        stopping.tell()
        super().handle_sig_wait_for_completion(signum)
