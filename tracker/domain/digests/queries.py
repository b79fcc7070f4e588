"""What the timetable and the composer must know for themselves: each one statement."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tracker.domain.cities.calendar import Calendar
from tracker.domain.database import database_now, fetch
from tracker.domain.deliveries.quiet import QuietHours
from tracker.domain.deliveries.rules import has_left
from tracker.domain.digests.rules import Schedule, is_turn, next_turn
from tracker.domain.digests.tables import Cadence, DigestIssue, DigestSubscription
from tracker.domain.messages import Message, say
from tracker.zones import known_zone

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
class Coming:
    """When a digest comes that falls due at `due_at`: later where its reader has quiet hours then;
    not at all since `stopped_at`, from when on its reader's address gets no mail."""

    due_at: datetime | None
    comes_at: datetime | None
    stopped_at: datetime | None

    @property
    def is_put_off(self) -> bool:
        """Whether quiet hours put it off."""
        return self.comes_at != self.due_at


@dataclass(frozen=True)
class Recipient:
    """To whom a digest goes, in which language (BCP 47) and zone (IANA)."""

    person_id: int
    email: str
    name: str
    language: str
    time_zone: str


# A turn counts from when the digest was taken, and beyond the last one that was owed: whoever takes
# it at other times gets nothing that an earlier digest has told.
# The days of the city for which a person decides, or else of the one they served first; of
# nobody's city where they serve the secretariat alone.
_TAKING = f"""
SELECT p.id AS person, p.time_zone, s.id AS subscription, s.cadence, s.weekday, s.month_day,
    s.hour, s.working_days, s.briefing, GREATEST(s.created_at, (
        SELECT i.period_to FROM digest_issue i
        WHERE i.person = p.id AND i.kind = 'periodic' AND {is_turn("i.period_key")}
        ORDER BY i.period_to DESC LIMIT 1)) AS since, COALESCE((
        SELECT c.country_code FROM membership m JOIN city c ON c.id = m.city
        WHERE m.person = p.id AND m.ended_at IS NULL
        ORDER BY m.role = 'mayor' DESC, m.id LIMIT 1), '') AS country
FROM person p LEFT JOIN digest_subscription s ON s.person = p.id
"""  # noqa: S608 - our own text


async def subscribers() -> AsyncIterator[list[Subscriber]]:
    """Everybody who takes the digest, some at a time."""
    after = 0
    while rows := await DigestSubscription.raw(
        _TAKING + "WHERE s.active AND s.id > {} ORDER BY s.id LIMIT {}", after, PORTION
    ):
        after = rows[-1]["subscription"]
        yield [
            Subscriber(row["person"], _schedule(row), _calendar(row), row["since"]) for row in rows
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


async def coming(person_id: int) -> Coming:
    """When the person's next digest comes; at None where they take none."""
    [held] = await DigestIssue.raw(_HELD + "WHERE p.id = {}", person_id)
    rows = await DigestSubscription.raw(_TAKING + "WHERE p.id = {} AND s.active", person_id)
    due_at = rows and next_turn(_schedule(rows[0]), _calendar(rows[0]), await database_now())
    if not due_at:
        return Coming(None, None, held["stopped_at"])
    hours = QuietHours(quiet_from=held["quiet_from"], quiet_until=held["quiet_until"])
    over_at = hours.over_at(due_at, known_zone(held["time_zone"]))
    return Coming(due_at, over_at or due_at, held["stopped_at"])


async def withheld(person_id: int) -> list[Message]:
    """Why no digest would be sent to the person now, one that was asked for included."""
    [row] = await fetch(_WITHHELD, person_id)
    return [why for name, why in WITHHELD.items() if row[name]]


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


_HELD = """
SELECT p.quiet_from, p.quiet_until, p.time_zone, x.created_at AS stopped_at
FROM person p LEFT JOIN suppression x ON x.address = lower(p.email) AND x.lifted_at IS NULL
"""

WITHHELD = {
    "has_left": say("There is no role any more by which to get a digest."),
    "without": say("The digest is switched off; its reader takes it again at /preferences."),
    "stopped": say("Nothing goes to this reader's address; let mails go there again first."),
}
"""Columns of _WITHHELD -> what each means."""

_WITHHELD = f"""
SELECT {has_left("p.id")} AS has_left,
       EXISTS (SELECT FROM digest_subscription s WHERE s.person = p.id AND NOT s.active) AS without,
       EXISTS (SELECT FROM suppression x WHERE x.address = lower(p.email) AND x.lifted_at IS NULL)
           AS stopped
FROM person p WHERE p.id = $1
"""  # noqa: S608 - our own text

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
