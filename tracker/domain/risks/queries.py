"""What the actions must know, past visibility: each one statement."""

from datetime import date

from tracker.domain import clock
from tracker.domain.cities.tables import City
from tracker.domain.database import fetch
from tracker.domain.roles import Permission, roles_with


async def coordinates(person_id: int, city_id: int) -> bool:
    """Whether the person plans for the city today."""
    rows = await fetch(
        "SELECT 1 FROM membership WHERE person = $1 AND city = $2 AND ended_at IS NULL"
        " AND role = ANY($3)",
        person_id,
        city_id,
        [role.value for role in roles_with(Permission.PLAN)],
    )
    return bool(rows)


async def today(city_id: int) -> date:
    """The civil date in the city: a risk is reviewed by its owner's calendar."""
    rows = await City.select(City.time_zone).where(City.id == city_id)
    return clock.today(rows[0]["time_zone"] if rows else "UTC")
