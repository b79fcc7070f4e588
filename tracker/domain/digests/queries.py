"""What the timetable and the composer must know for themselves: each one statement."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tracker.domain.digests.rules import Schedule
from tracker.domain.digests.tables import Cadence, DigestIssue, DigestSubscription


@dataclass(frozen=True)
class Subscriber:
    """Whose digest falls due when, in which zone; nothing from before `since`."""

    person_id: int
    schedule: Schedule
    time_zone: str
    since: datetime


@dataclass(frozen=True)
class Recipient:
    """To whom a digest goes, in which language (BCP 47) and zone (IANA)."""

    person_id: int
    email: str
    name: str
    language: str
    time_zone: str


async def database_now() -> datetime:
    """The database's clock: the only one that all workers share."""
    [row] = await DigestIssue.raw("SELECT now() AS now")
    now: datetime = row["now"]
    return now


async def subscribers() -> list[Subscriber]:
    """Everybody who takes the digest."""
    rows = await DigestSubscription.raw(
        "SELECT s.*, p.time_zone FROM digest_subscription s JOIN person p ON p.id = s.person"
        " WHERE s.active ORDER BY s.id"
    )
    return [
        Subscriber(row["person"], _schedule(row), row["time_zone"], row["created_at"])
        for row in rows
    ]


async def schedule_of(person_id: int) -> Schedule:
    """When the person takes the digest; the usual schedule for somebody who does not."""
    rows = await DigestSubscription.raw(
        "SELECT * FROM digest_subscription WHERE person = {}", person_id
    )
    return _schedule(rows[0]) if rows else Schedule()


async def recipient(person_id: int) -> Recipient:
    """How to reach the person, as of now."""
    [row] = await DigestIssue.raw(_RECIPIENT + "id = {}", person_id)
    return _recipient(row)


async def recipient_by_email(email: str) -> Recipient | None:
    """The same by address, in any case; None where nobody has it."""
    rows = await DigestIssue.raw(_RECIPIENT + "email = {}", email.strip().lower())
    return _recipient(rows[0]) if rows else None


_RECIPIENT = "SELECT id, email, name, language, time_zone FROM person WHERE "


def _recipient(row: dict[str, Any]) -> Recipient:
    return Recipient(row["id"], row["email"], row["name"], row["language"], row["time_zone"])


def _schedule(row: dict[str, Any]) -> Schedule:
    return Schedule(
        cadence=Cadence(row["cadence"]),
        weekday=row["weekday"],
        month_day=row["month_day"],
        hour=row["hour"],
    )
