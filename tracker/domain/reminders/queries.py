"""Who gets a reminder."""

from datetime import datetime
from typing import Any

from tracker.domain.database import fetch
from tracker.domain.reminders.subjects import SECRETARIAT, SUBJECTS, Subject
from tracker.domain.reminders.tables import ReminderKind


async def recipients(kind: ReminderKind, row: Any, now: datetime) -> list[int]:
    """The numbers of the people who get this reminder of what `row` says is open; none where
    nobody holds the roles."""
    if kind is ReminderKind.LATE_SECRETARIAT or row["office"]:
        return await _numbers(_OFFICERS)
    subject = SUBJECTS[row["subject_type"]]
    acting = await _acting(subject, row, now)
    if kind is not ReminderKind.LATE_CITY:
        return acting
    return await _numbers(_COLLEAGUES, row["city"], acting)


async def _acting(subject: Subject, row: Any, now: datetime) -> list[int]:
    """Who should act: one person in particular, as long as they may; else whoever holds the first
    of the roles that anybody holds there, and their running deputies."""
    roles = list(subject.roles)
    found = await _numbers(_ONE, row["city"], roles, row["person"])
    for role in roles:
        found = found or await _numbers(_HOLDERS, row["city"], role)
    if subject.deputies:
        found = sorted({*found, *await _numbers(_DEPUTIES, row["city"], now)})
    return found


async def _numbers(statement: str, *values: Any) -> list[int]:
    return [row["person"] for row in await fetch(statement, *values)]


_ONE = """SELECT DISTINCT person FROM membership
WHERE city = $1 AND role = ANY($2::text[]) AND person = $3 AND ended_at IS NULL"""

_HOLDERS = """SELECT DISTINCT person FROM membership
WHERE city = $1 AND role = $2 AND ended_at IS NULL ORDER BY person"""

_DEPUTIES = """SELECT d.deputy AS person FROM delegation d
JOIN membership m ON m.person = d.deputy AND m.city = d.city AND m.role = 'cio'
    AND m.ended_at IS NULL
WHERE d.city = $1 AND d.ended_at IS NULL AND d.starts_at <= $2 AND d.expires_at > $2"""

_COLLEAGUES = """SELECT DISTINCT person FROM membership
WHERE city = $1 AND ended_at IS NULL AND person <> ALL($2::int[]) ORDER BY person"""

_OFFICERS = f"""SELECT DISTINCT person FROM membership
WHERE city IS NULL AND role IN {SECRETARIAT} AND ended_at IS NULL ORDER BY person"""  # noqa: S608
