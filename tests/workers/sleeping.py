"""A worker that dawdles before the final dot, so that a test can put it to sleep there.

python -m tests.workers.sleeping ISSUE    (settings from the environment)
"""

import asyncio
import sys
import time
from dataclasses import replace
from typing import Any

from tests.workers.conftest import LEASE_SECONDS
from tracker.domain.database import connected
from tracker.graphql import serving
from tracker.mail import Relay
from tracker.settings import Settings
from tracker.workers.digests import deliver_batch

begin = Relay.begin


def dawdle(*arguments: Any) -> None:
    """Hand the mail over but for its dot, then take a while."""
    begin(*arguments)
    time.sleep(0.8)


async def main(issue: int) -> None:
    """Deliver one issue."""
    settings = replace(Settings.from_environment(), delivery_lease_seconds=LEASE_SECONDS)
    Relay.begin = dawdle  # type: ignore[method-assign,assignment]
    async with connected(settings), serving(settings):
        await deliver_batch(settings, only=[issue])


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
