"""A moment of `make faults`: workers killed and stopped while the relay goes wrong."""

import shutil
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from tests.cast import Cast
from tests.faults import histories, kills
from tests.faults.histories import Histories
from tracker.settings import Settings

pytestmark = pytest.mark.long


@pytest.fixture
async def noted(settings: Settings, redis: Redis) -> AsyncIterator[Histories]:
    """Histories of one run."""
    found = Histories(Path(tempfile.mkdtemp(prefix="tracker-histories-")))
    found.outbox.mkdir()
    yield found
    await histories.forget(settings)
    shutil.rmtree(found.folder)


async def test_mails_come_once_past_kills_and_a_faulty_relay(
    settings: Settings, cast: Cast, noted: Histories
) -> None:
    rows = await kills.run(settings, cast, noted, seed=1, mails=8)
    missed = [str(row) for row in rows if not row.holds]
    assert not missed, f"{missed}\n{_told(noted)}"


def _told(noted: Histories) -> str:
    """What one wants to read of a run that failed, before its histories go."""
    parts = {
        "what became of workers": [*noted.read("kills"), *noted.read("ends")],
        "what the relay did": noted.read("relay"),
        "what the ledger said": noted.read("ledger"),
        "what workers said": (noted.folder / "workers.log").read_text().splitlines()[-40:],
    }
    return "\n".join(f"{name}:\n" + "\n".join(map(str, each)) for name, each in parts.items())
