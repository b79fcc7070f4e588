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
    said = (noted.folder / "workers.log").read_text().splitlines()
    histories = {name: noted.read(name) for name in ("kills", "ends", "relay", "ledger")}
    parts = {name: [str(line) for line in lines] for name, lines in histories.items()}
    parts["workers"] = said[-40:]
    return "\n".join(line for name, lines in parts.items() for line in (f"{name}:", *lines))
