"""Workers that kill themselves with -9, each at one point of one delivery, all at once.

python -m tests.workers.dying DELIVERY:POINT ...    (settings from the environment)

They are processes of their own, forked from one that has loaded what they need. That one ends with
0 when each of them was killed by itself.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any, NoReturn

from tests.workers.conftest import LEASE_SECONDS
from tracker.domain.database import connected
from tracker.domain.deliveries import ledger
from tracker.domain.deliveries.tables import Lane
from tracker.graphql import serving
from tracker.mail import Connection
from tracker.settings import Settings
from tracker.workers.deliveries import deliver_batch

POINTS: dict[str, tuple[Any, str, bool]] = {
    "claimed": (ledger, "claim", True),
    "composed": (ledger, "start", False),
    "before DATA": (Connection, "begin", False),
    "before the dot": (ledger, "doubt", True),
    "after the dot": (Connection, "finish", True),
}
"""Point -> the step before (False) or after (True) which the worker dies."""


def die(*_: Any, **__: Any) -> NoReturn:
    """As abruptly as a machine loses power."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def arm(point: str) -> None:
    """Make the step of `point` the worker's last."""
    owner, name, after = POINTS[point]
    step: Callable[..., Any] = getattr(owner, name)

    async def die_after(*arguments: Any, **named: Any) -> None:
        await step(*arguments, **named)
        die()

    setattr(owner, name, die_after if after else die)


async def main(point: str, delivery: int) -> None:
    """Take one delivery as far as that goes."""
    settings = replace(Settings.from_environment(), delivery_lease_seconds=LEASE_SECONDS)
    arm(point)
    async with connected(settings), serving(settings):
        await deliver_batch(settings, Lane.BULK, only=[delivery])


def fork(death: str) -> int:
    """The process of a worker that is about to die."""
    delivery, _, point = death.partition(":")
    if pid := os.fork():
        return pid
    asyncio.run(main(point, int(delivery)))
    os._exit(0)


if __name__ == "__main__":
    workers = [fork(each) for each in sys.argv[1:]]
    ends = [os.waitstatus_to_exitcode(os.waitpid(each, 0)[1]) for each in workers]
    sys.exit(ends != [-signal.SIGKILL] * len(workers))
