"""What the trials of deliveries share: mails that are owed, workers in a hurry, and the end."""

import shutil
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.cast import Cast
from tests.conformance.rows import Row
from tests.faults.histories import Histories
from tests.faults.year import Taker, join
from tracker.domain.digests.tables import Cadence
from tracker.settings import Settings

LEASE_SECONDS = 2
"""Short, so that what a dead worker held is taken up while a trial waits."""


def hurried(settings: Settings, relay: str, noted: Histories) -> Settings:
    """Settings of a trial's workers."""
    return replace(
        settings,
        smtp_url=relay,
        outbox_dir=noted.outbox,
        base_url="https://tracker.example.org",
        delivery_lease_seconds=LEASE_SECONDS,
        sweep_seconds=1,
        database_pool_size=4,
    )


async def sown(cast: Cast, count: int, cadence: Cadence = Cadence.WEEKLY) -> dict[int, str]:
    """Mayors who have taken the digest for eight days and had none. Of a weekly one the turn came
    three days ago, so that no other comes while a trial lasts; of a quarterly one it comes in some
    days at the earliest. Person's number -> address."""
    now = datetime.now(UTC)
    weekday = (now - timedelta(days=3)).isoweekday()
    month_day = min(28, (now + timedelta(days=10)).day)
    taker = Taker("UTC", "KE", cadence, weekday, month_day, hour=0, working_days=False)
    people = await join(cast, [taker] * count, now - timedelta(days=8))
    return {person: f"taker{number}@example.org" for number, person in enumerate(people)}


async def told(run: Callable[[Histories], Awaitable[list[Row]]]) -> list[Row]:
    """What a run came to; its histories are left if it missed a bar."""
    noted = _empty()
    rows = await run(noted)
    if all(row.holds for row in rows):
        shutil.rmtree(noted.folder)
    else:
        print(f"the histories are in {noted.folder}")
    return rows


async def told_anyway(run: Callable[[Histories], Awaitable[list[Row]]]) -> list[Row]:
    """What a run came to that is meant to miss bars."""
    noted = _empty()
    try:
        return await run(noted)
    finally:
        shutil.rmtree(noted.folder)


def _empty() -> Histories:
    noted = Histories(Path(tempfile.mkdtemp(prefix="tracker-histories-")))
    noted.outbox.mkdir()
    return noted
