"""What the timetable and the composer must know for themselves: each one statement."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tracker.domain.cities.calendar import Calendar
from tracker.domain.database import database_now
from tracker.domain.digests.rules import Schedule, next_turn
from tracker.domain.digests.tables import Cadence, DigestIssue, DigestSubscription

PORTION = 500
"""Subscribers that are read together, and whose digests are owed in one transaction."""


@dataclass(frozen=True)
class Subscriber:
    """Whose digest falls due when, by which calendar; nothing from before `since`."""

    person_id: int
    schedule: Schedule
    calendar: Calendar
    since: datetime


@dataclass(frozen=True)
class Recipient:
    """To whom a digest goes, in which language (BCP 47) and zone (IANA)."""

    person_id: int
    email: str
    name: str
    language: str
    time_zone: str


# The days of the city for which a person decides, or else of the one they served first; of
# nobody's city where they serve the secretariat alone.
_TAKING = """
SELECT p.id AS person, p.time_zone, s.id AS subscription, s.cadence, s.weekday, s.month_day,
    s.hour, s.working_days, s.briefing, s.created_at, COALESCE((
        SELECT c.country_code FROM membership m JOIN city c ON c.id = m.city
        WHERE m.person = p.id AND m.ended_at IS NULL
        ORDER BY m.role = 'mayor' DESC, m.id LIMIT 1), '') AS country
FROM person p LEFT JOIN digest_subscription s ON s.person = p.id
"""


async def subscribers() -> AsyncIterator[list[Subscriber]]:
    """Everybody who takes the digest, some at a time."""
    after = 0
    while rows := await DigestSubscription.raw(
        _TAKING + "WHERE s.active AND s.id > {} ORDER BY s.id LIMIT {}", after, PORTION
    ):
        after = rows[-1]["subscription"]
        yield [
            Subscriber(row["person"], _schedule(row), _calendar(row), row["created_at"])
            for row in rows
        ]


async def taking(person_id: int) -> tuple[Schedule, Calendar]:
    """When the person takes the digest; the usual schedule for somebody who does not."""
    [row] = await DigestSubscription.raw(_TAKING + "WHERE p.id = {}", person_id)
    return (_schedule(row) if row["cadence"] else Schedule()), _calendar(row)


async def subscription(person_id: int) -> DigestSubscription | None:
    """Whether and when the person takes the digest; None where they never did."""
    return await DigestSubscription.objects().where(DigestSubscription.person == person_id).first()


async def recipient(person_id: int) -> Recipient:
    """How to reach the person, as of now."""
    [row] = await DigestIssue.raw(_RECIPIENT + "id = {}", person_id)
    return _recipient(row)


async def next_at(person_id: int) -> datetime | None:
    """When the person's next digest falls due; None where they take none."""
    rows = await DigestSubscription.raw(_TAKING + "WHERE p.id = {} AND s.active", person_id)
    if not rows:
        return None
    return next_turn(_schedule(rows[0]), _calendar(rows[0]), await database_now())


def last_received(person: str, before: str = "'infinity'") -> str:
    """SELECT `until`, where the period ended of the last digest that the person received (also when
    it was sent once more), before the instant, and its `sent_at`; no row before the first. In SQL.
    """
    return (
        "SELECT l.period_to AS until, d.sent_at FROM digest_issue l"  # noqa: S608 - our own text
        " JOIN delivery d ON l.delivery = d.id OR l.delivery = d.resends"
        f" WHERE l.person = {person} AND l.kind = 'periodic' AND l.period_to < {before}"
        " AND d.state = 'sent' ORDER BY l.period_to DESC, d.id LIMIT 1"
    )


async def received_until(person_id: int) -> datetime | None:
    """Where the period of the last digest that the person received ended; None before the first."""
    rows = await DigestIssue.raw(last_received("{}"), person_id)
    return rows[0]["until"] if rows else None


async def recipient_by_email(email: str) -> Recipient | None:
    """The same by address, in any case; None where nobody has it."""
    rows = await DigestIssue.raw(_RECIPIENT + "email = {}", email.strip().lower())
    return _recipient(rows[0]) if rows else None


_RECIPIENT = "SELECT id, email, name, language, time_zone FROM person WHERE "


def _recipient(row: dict[str, Any]) -> Recipient:
    return Recipient(row["id"], row["email"], row["name"], row["language"], row["time_zone"])


def _calendar(row: dict[str, Any]) -> Calendar:
    return Calendar(row["country"], row["time_zone"])


def _schedule(row: dict[str, Any]) -> Schedule:
    return Schedule(
        cadence=Cadence(row["cadence"]),
        weekday=row["weekday"],
        month_day=row["month_day"],
        hour=row["hour"],
        working_days=row["working_days"],
        briefing=row["briefing"],
    )
