"""A worker that falls asleep before the final dot, until a test wakes it (SIGCONT).

python -m tests.workers.sleeping DELIVERY    (settings from the environment)
"""

import asyncio
import os
import signal
import sys
from dataclasses import replace
from typing import Any

from tests.workers.conftest import LEASE_SECONDS
from tracker.domain.database import connected
from tracker.domain.deliveries.tables import Lane
from tracker.graphql import serving
from tracker.mail import Connection
from tracker.settings import Settings
from tracker.workers.deliveries import deliver_batch

begin = Connection.begin


async def doze(*arguments: Any, **named: Any) -> None:
    """Hand the mail over but for its dot, and sleep."""
    await begin(*arguments, **named)
    os.kill(os.getpid(), signal.SIGSTOP)


async def main(delivery: int) -> None:
    """Take one delivery."""
    settings = replace(Settings.from_environment(), delivery_lease_seconds=LEASE_SECONDS)
    Connection.begin = doze  # type: ignore[method-assign,assignment]
    async with connected(settings), serving(settings):
        await deliver_batch(settings, Lane.BULK, only=[delivery])


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
