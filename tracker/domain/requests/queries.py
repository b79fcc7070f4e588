"""Which requests have run out."""

from datetime import datetime

from tracker.domain.requests.tables import Request


async def overdue(now: datetime) -> list[int]:
    """Open requests whose deadline has passed by the calendar of the city that asks."""
    rows = await Request.raw(
        "SELECT r.id FROM request r JOIN city c ON c.id = r.city WHERE r.state = 'open'"
        " AND r.deadline_on < ({}::timestamptz AT TIME ZONE c.time_zone)::date ORDER BY r.id",
        now,
    )
    return [row["id"] for row in rows]
