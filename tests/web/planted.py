"""The demonstration's portfolio, as the explorer's examples meet it."""

from datetime import UTC, datetime

from tracker.demo.people import SECRETARIAT, address
from tracker.demo.portfolio import plant
from tracker.domain.actor import Actor, Role
from tracker.domain.people.queries import actor_by_email

LATE_IN_A_QUARTER = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


async def plant_for_officer() -> Actor:
    """Plant it; somebody of the secretariat."""
    await plant()
    found = await actor_by_email(address(SECRETARIAT, Role.OFFICER))
    assert found
    return found
