"""What workers and operators ask about all mails at once."""

from tracker.domain.database import fetch
from tracker.domain.deliveries.tables import OPEN, DeliveryState, Lane


async def counts() -> dict[DeliveryState, int]:
    """How many mails stand in each state."""
    rows = await fetch("SELECT state, count(*) FROM delivery GROUP BY state")
    return {DeliveryState(row["state"]): row["count"] for row in rows}


async def unsettled() -> int:
    """How many mails still go on."""
    [row] = await fetch(f"SELECT count(*) FROM delivery WHERE state IN {OPEN}")  # noqa: S608
    number: int = row["count"]
    return number


async def waiting(lane: Lane) -> bool:
    """Whether a mail of the lane is due for a step, and held by nobody."""
    rows = await fetch(
        f"SELECT FROM delivery WHERE state IN {OPEN} AND lane = $1"
        " AND least(next_try_at, expires_at) <= now()"
        " AND (lease_until IS NULL OR lease_until <= now()) LIMIT 1",
        lane.value,
    )
    return bool(rows)
