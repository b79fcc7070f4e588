"""Reminders on their way: owed by a sweep, each with its delivery, and looked at again when its
turn comes: what was done meanwhile is not reminded of, nor whoever has left. What falls due is
judged by the calendars of cities.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from tracker.domain import clock
from tracker.domain.cities.calendar import Calendar
from tracker.domain.database import fetch, transaction
from tracker.domain.deliveries.ledger import Claim
from tracker.domain.deliveries.owing import Mailing, owe
from tracker.domain.deliveries.tables import DeliveryKind
from tracker.domain.reminders.bundling import bundles
from tracker.domain.reminders.queries import recipients
from tracker.domain.reminders.rules import DAYS_AHEAD, HOUR, kinds_due
from tracker.domain.reminders.subjects import OPEN, SUBJECTS
from tracker.domain.reminders.tables import ReminderKind

LOCK = 7_236_004
"""Advisory lock key: what was made is read and added to by one sweep at a time."""


@dataclass(frozen=True)
class Reminded:
    """What a mail reminds of."""

    kind: ReminderKind
    subject_type: str
    subject_id: int
    due_on: date
    city: str
    """The one that is to act."""
    needed: bool
    """Whether it is still open, and its reader still has to do with it."""


async def sweep() -> list[int]:
    """Owe every reminder that has fallen due by the calendars of the cities that are to act, once,
    however often this runs; of those before the due day only the newest, of the escalation each in
    its turn. Returns the numbers of the new reminders."""
    async with transaction():
        await fetch("SELECT pg_advisory_xact_lock($1)", LOCK)
        now = clock.now()
        made: list[int] = []
        for row in await fetch(_DUE, now, DAYS_AHEAD, HOUR):
            made += await _owe(row, now)
        return made


async def _owe(row: Any, now: datetime) -> list[int]:
    calendar = Calendar(row["country_code"], row["time_zone"])
    known = {ReminderKind(kind): day for kind, day in zip(row["kinds"], row["days"], strict=True)}
    for kind in kinds_due(row["due_on"], calendar, known, calendar.today()):
        people = await recipients(kind, row, now)
        if people:
            return await _owe_to(people, kind, row, now)
    return []


async def _owe_to(people: list[int], kind: ReminderKind, row: Any, now: datetime) -> list[int]:
    mail = SUBJECTS[row["subject_type"]].mail
    if mail is DeliveryKind.DECISION:
        key = f"{row['subject_type']}:{row['subject_id']}:{row['due_on']}:{kind.value}"
        made = await owe([Mailing(kind=mail, person_id=each, key=key) for each in people])
        numbers = {person: number for (person, _), number in made.items() if person}
    else:
        numbers = await bundles(mail, people, now)
    columns = (row["subject_type"], row["subject_id"], row["project"], row["city"])
    values = (list(numbers), list(numbers.values()), kind, *columns, row["due_on"], now)
    return [each["id"] for each in await fetch(_OWE, *values)]


async def reminded(claims: Sequence[Claim]) -> dict[int, list[Reminded]]:
    """What each of the deliveries reminds of, by the delivery's number, the earliest first."""
    found: dict[int, list[Reminded]] = {}
    for row in await fetch(_REMINDED, [each.id for each in claims]):
        kind = ReminderKind(row["kind"])
        told = (row["subject_type"], row["subject_id"], row["due_on"], row["city"], row["needed"])
        found.setdefault(row["delivery"], []).append(Reminded(kind, *told))
    return found


async def needless(claims: Sequence[Claim]) -> dict[int, str]:
    """The deliveries that need not be sent any more, and why."""
    return {
        number: "It was done, or its reader has left."
        for number, told in (await reminded(claims)).items()
        if not any(each.needed for each in told)
    }


# Mornings begin in each city by its own clock. No zone is a whole day ahead of UTC, which bounds
# what is looked at before its zone is known.
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
WHERE o.due_on <= ($1::timestamptz AT TIME ZONE 'UTC')::date + $2::integer + 1
  AND o.due_on <= ($1::timestamptz AT TIME ZONE c.time_zone)::date + $2::integer
  AND extract(hour FROM $1::timestamptz AT TIME ZONE c.time_zone) >= $3::integer
  AND NOT 'late_secretariat' = ANY (coalesce(m.kinds, '{{}}'))
ORDER BY o.due_on, o.subject_type, o.subject_id
"""  # noqa: S608 - our own text

_OWE = """
INSERT INTO reminder (person, delivery, kind, subject_type, subject_id, project, city, due_on,
                      created_at)
SELECT n.person, n.delivery, $3, $4, $5, $6, $7, $8, $9
FROM unnest($1::int[], $2::int[]) AS n (person, delivery)
RETURNING id
"""

_REMINDED = f"""
SELECT r.delivery, r.kind, r.subject_type, r.subject_id, r.due_on, c.name AS city,
    EXISTS (SELECT FROM ({OPEN}) o WHERE o.subject_type = r.subject_type
            AND o.subject_id = r.subject_id AND o.due_on = r.due_on)
    AND EXISTS (SELECT FROM membership m WHERE m.person = r.person AND m.ended_at IS NULL
                AND (m.city = r.city OR m.city IS NULL)) AS needed
FROM reminder r JOIN city c ON c.id = r.city WHERE r.delivery = ANY($1::int[])
ORDER BY r.due_on, r.id
"""  # noqa: S608 - our own text
