"""Worker processes that end, or fall asleep, at a chosen moment.

They are forked from a server that has loaded what they need, so that many can live and die in a
minute."""

import asyncio
import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

from tests.faults import mutations
from tests.starting import FORKS
from tracker import workers
from tracker.domain.database import connected
from tracker.domain.deliveries import ledger
from tracker.domain.deliveries.tables import Lane
from tracker.domain.digests import actions
from tracker.graphql import serving
from tracker.logs import configure
from tracker.mail import Connection
from tracker.settings import Settings
from tracker.workers import deliveries

BATCH = 10
"""Mails that one job claims: few, so that several workers have a part, and one death stops few."""

TIMETABLE = ("digests.sweep",)
"""What these workers do by the clock; the rest would only make their short lives longer."""

ENDING_SECONDS = 30


@dataclass(frozen=True)
class Point:
    """A moment before or after a step."""

    owner: Any
    step: str
    after: bool
    only: Callable[..., bool] = lambda *_, **__: True


POINTS: Mapping[str, Point] = {
    "owed": Point(actions, "sweep", after=True),
    "claimed": Point(ledger, "claim", after=True),
    "composing": Point(ledger, "freeze", after=True),
    "composed": Point(ledger, "start", after=False),
    "before_data": Point(Connection, "begin", after=False),
    "before_the_dot": Point(ledger, "doubt", after=True),
    "after_the_dot": Point(Connection, "dot", after=True),
    "before_commit": Point(ledger, "sent", after=False),
}
"""From what fell due to what was sent; `composing` is within the transaction that keeps it, and
`after_the_dot` before the answer to it is read."""


@dataclass(frozen=True)
class Life:
    """What becomes of a worker: the `nth` time that it comes to `point`, it sends itself `sign`.
    Without a point nothing does. `mutant` is a mistake that it makes."""

    point: str = ""
    nth: int = 1
    sign: int = signal.SIGKILL
    mutant: str = ""
    only: int | None = None
    """A delivery, for a worker that takes just this one as far as it goes."""


def live(settings: Settings, life: Life, log: Path) -> None:
    """The process of a worker."""
    os.dup2(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), 2)
    deliveries.BATCH = BATCH
    every_job = workers.timetable
    workers.timetable = lambda settings: [
        job for job in every_job(settings) if job.name in TIMETABLE
    ]
    if life.mutant:
        mutations.MUTANTS[life.mutant].change()
    if life.point:
        arm(life)
    if life.only is None:
        workers.run(settings)
    else:
        configure(settings)
        asyncio.run(_deliver(settings, life.only))


async def _deliver(settings: Settings, delivery: int) -> None:
    async with connected(settings), serving(settings):
        await deliveries.deliver_batch(settings, Lane.BULK, only=[delivery])


def arm(life: Life) -> None:
    """Make the moment of `life` come."""
    point, left = POINTS[life.point], life.nth
    step = getattr(point.owner, point.step)

    def strike(*arguments: Any, **named: Any) -> None:
        nonlocal left
        if point.only(*arguments, **named):
            left -= 1
            if left == 0:
                os.kill(os.getpid(), life.sign)

    async def struck(*arguments: Any, **named: Any) -> Any:
        if not point.after:
            strike(*arguments, **named)
        found = await step(*arguments, **named)
        if point.after:
            strike(*arguments, **named)
        return found

    def struck_blocking(*arguments: Any, **named: Any) -> Any:
        if not point.after:
            strike(*arguments, **named)
        found = step(*arguments, **named)
        if point.after:
            strike(*arguments, **named)
        return found

    setattr(
        point.owner, point.step, struck if asyncio.iscoroutinefunction(step) else struck_blocking
    )


@dataclass
class Crew:
    """The workers of a run; none is left when its block ends."""

    settings: Settings
    log: Path
    processes: list[ForkServerProcess] = field(default_factory=list)

    def begin(self, life: Life) -> ForkServerProcess:
        """Have a worker live."""
        process = FORKS.Process(target=live, args=(self.settings, life, self.log), daemon=True)
        process.start()
        self.processes.append(process)
        return process

    async def asleep(self, process: ForkServerProcess) -> bool:
        """Whether it has fallen asleep; False when it ended instead."""
        while process.is_alive():
            if _stopped(process.pid):
                return True
            await asyncio.sleep(0.05)
        return False

    async def wake(self, processes: list[ForkServerProcess]) -> None:
        """Have sleepers go on to their end."""
        latest = time.monotonic() + ENDING_SECONDS
        for each in processes:
            assert each.pid
            os.kill(each.pid, signal.SIGCONT)
        for each in processes:
            await asyncio.to_thread(each.join, max(0.0, latest - time.monotonic()))

    def end(self) -> None:
        """Kill whoever is left."""
        for each in self.processes:
            each.kill()
        for each in self.processes:
            each.join()
        self.processes.clear()


def _stopped(pid: int | None) -> bool:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"


FORKS.set_forkserver_preload(["tests.faults.lives"])


@contextmanager
def crew(settings: Settings, folder: Path) -> Iterator[Crew]:
    """Workers with these settings; what they say is in the folder."""
    found = Crew(settings, folder / "workers.log")
    try:
        yield found
    finally:
        found.end()
