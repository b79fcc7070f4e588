"""The ledger of reminders: owed by a sweep, claimed with a lease, sent once.

A reminder is looked at again when its turn comes: what was done meanwhile is not reminded of, nor
whoever has left. Every update of a claim carries its token, so that a worker that slept past its
lease changes nothing. What falls due is judged by the calendars of cities; who holds a reminder and
when it is tried again, by the database's clock only: workers' clocks differ.
"""

import secrets
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from tracker.domain import clock
from tracker.domain.cities.calendar import Calendar
from tracker.domain.database import fetch, transaction
from tracker.domain.reminders.queries import recipients
from tracker.domain.reminders.rules import DAYS_AHEAD, HOUR, kinds_due
from tracker.domain.reminders.subjects import OPEN
from tracker.domain.reminders.tables import ReminderKind

LOCK = 7_236_004
"""Advisory lock key: what was made is read and added to by one sweep at a time."""

BACKOFF_SECONDS, BACKOFF_MOST_SECONDS = 60, 6 * 3600
GIVE_UP_DAYS = 5


@dataclass(frozen=True)
class Claim:
    """A reminder in this worker's hands, with its reader (BCP 47 language, IANA zone)."""

    id: int
    token: UUID
    kind: ReminderKind
    subject_type: str
    subject_id: int
    city_id: int
    due_on: date
    message_id: str
    doubtful: bool
    """Whether somebody may have sent it already and died before saying so."""
    email: str
    name: str
    language: str
    time_zone: str


async def sweep(host: str) -> list[int]:
    """Owe every reminder that has fallen due by the calendars of the cities that are to act, once,
    however often this runs; of those before the due day only the newest, of the escalation each in
    its turn. `host` ends their Message-IDs. Returns the numbers of the new reminders."""
    async with transaction():
        await fetch("SELECT pg_advisory_xact_lock($1)", LOCK)
        now = clock.now()
        made: list[int] = []
        for row in await fetch(_DUE, now, DAYS_AHEAD, HOUR):
            made += await _owe(row, now, host)
        return made


async def _owe(row: Any, now: datetime, host: str) -> list[int]:
    calendar = Calendar(row["country_code"], row["time_zone"])
    known = {ReminderKind(kind): day for kind, day in zip(row["kinds"], row["days"], strict=True)}
    for kind in kinds_due(row["due_on"], calendar, known, calendar.today()):
        people = await recipients(kind, row, now)
        if people:
            names = [_message_id(row, host) for _ in people]
            columns = (row["subject_type"], row["subject_id"], row["project"], row["city"])
            found = await fetch(_OWE, people, names, kind, *columns, row["due_on"], now)
            return [each["id"] for each in found]
    return []


def _message_id(row: Any, host: str) -> str:
    about = f"{row['subject_type'].replace('_', '-')}.{row['subject_id']}"
    return f"<reminder.{about}.{secrets.token_hex(10)}@{host}>"


# Mornings begin in each city by its own clock.
_DUE = f"""
SELECT o.*, c.country_code, c.time_zone,
       coalesce(m.kinds, '{{}}') AS kinds, coalesce(m.days, '{{}}') AS days
FROM ({OPEN}) o
JOIN city c ON c.id = o.city
LEFT JOIN LATERAL (
    SELECT array_agg(x.kind) AS kinds, array_agg(x.day) AS days
    FROM (SELECT r.kind, min((r.created_at AT TIME ZONE c.time_zone)::date) AS day
          FROM reminder r WHERE r.subject_type = o.subject_type AND r.subject_id = o.subject_id
            AND r.due_on = o.due_on GROUP BY r.kind) x) m ON true
WHERE o.due_on <= ($1::timestamptz AT TIME ZONE c.time_zone)::date + $2::integer
  AND extract(hour FROM $1::timestamptz AT TIME ZONE c.time_zone) >= $3::integer
  AND NOT 'late_secretariat' = ANY (coalesce(m.kinds, '{{}}'))
ORDER BY o.due_on, o.subject_type, o.subject_id
"""  # noqa: S608 - our own text

_OWE = """
INSERT INTO reminder (person, message_id, kind, subject_type, subject_id, project, city, due_on,
                      created_at, next_try_at)
SELECT n.person, n.message_id, $3, $4, $5, $6, $7, $8, $9, now()
FROM unnest($1::int[], $2::text[]) AS n (person, message_id)
ON CONFLICT DO NOTHING
RETURNING id
"""


async def claim(lease_seconds: int) -> Claim | None:
    """The next reminder to be sent, for this worker alone until the lease ends. What needs none
    any more is dropped on the way."""
    await fetch(_DROP)
    found = await fetch(_CLAIM, float(lease_seconds), uuid4())
    return _claim(found[0]) if found else None


def _claim(row: Any) -> Claim:
    return Claim(
        id=row["id"],
        token=row["lease_token"],
        kind=ReminderKind(row["kind"]),
        subject_type=row["subject_type"],
        subject_id=row["subject_id"],
        city_id=row["city"],
        due_on=row["due_on"],
        message_id=row["message_id"],
        doubtful=row["attempts"] > 1,
        email=row["email"],
        name=row["name"],
        language=row["language"],
        time_zone=row["time_zone"],
    )


_DROP = f"""
UPDATE reminder r SET dropped_at = now()
WHERE r.sent_at IS NULL AND r.dropped_at IS NULL
  AND (r.lease_until IS NULL OR r.lease_until <= now())
  AND (NOT EXISTS (SELECT FROM ({OPEN}) o WHERE o.subject_type = r.subject_type
                   AND o.subject_id = r.subject_id AND o.due_on = r.due_on)
       OR NOT EXISTS (SELECT FROM membership m WHERE m.person = r.person AND m.ended_at IS NULL
                      AND (m.city = r.city OR m.city IS NULL)))
"""  # noqa: S608 - our own text

_CLAIM = """
UPDATE reminder r SET lease_until = now() + make_interval(secs => $1), lease_token = $2,
       attempts = attempts + 1
FROM person p
WHERE p.id = r.person AND r.id = (
    SELECT id FROM reminder
    WHERE sent_at IS NULL AND dropped_at IS NULL AND next_try_at <= now()
      AND (lease_until IS NULL OR lease_until <= now())
    ORDER BY next_try_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING r.*, p.email, p.name, p.language, p.time_zone
"""


async def sent(claim: Claim, problem: str | None = None) -> None:
    """It went out; with a `problem`, as far as is known."""
    await _step(claim, "sent_at = now(), last_error = $3", problem)


async def drop(claim: Claim) -> None:
    """Its reader may no longer see what it is about."""
    await _step(claim, "dropped_at = now()")


async def postpone(claim: Claim, problem: str, *, again: bool = True) -> None:
    """Surely not sent: tried again after a minute, twice as long each time up to six hours; given
    up after five days, or at once unless `again`."""
    await _step(
        claim,
        "last_error = $3, next_try_at = now() + make_interval(secs =>"
        f" least({BACKOFF_MOST_SECONDS}, {BACKOFF_SECONDS} * power(2, least(attempts, 20) - 1))),"
        f" dropped_at = CASE WHEN NOT $4 OR created_at < now() - interval '{GIVE_UP_DAYS} days'"
        " THEN now() END",
        problem[:200],
        again,
    )


async def _step(claim: Claim, changes: str, *values: Any) -> None:
    await fetch(
        f"UPDATE reminder SET {changes}, lease_until = NULL, lease_token = NULL"  # noqa: S608
        " WHERE id = $1 AND lease_token = $2",
        claim.id,
        claim.token,
        *values,
    )
