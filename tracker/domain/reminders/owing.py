"""Owing reminders: looking for what has fallen due, and a portion of it at a time, with its mails,
whole or not at all."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from tracker.domain.cities.calendar import Calendar
from tracker.domain.database import fetch, transaction
from tracker.domain.deliveries.owing import Mailing, owe
from tracker.domain.deliveries.tables import DeliveryKind
from tracker.domain.reminders.bundling import Bundles
from tracker.domain.reminders.queries import Posts, posts
from tracker.domain.reminders.rules import DAYS_AHEAD, HOUR, STEP_DAYS, kinds_due
from tracker.domain.reminders.subjects import OPEN, SUBJECTS
from tracker.domain.reminders.tables import ReminderKind

LOCK = 7_236_004
"""Advisory lock key: one sweep at a time looks at what is due, and adds to what was made."""

LOOKED_AT = 10_000
"""Open things that are looked at in one statement."""

PORTION = 500
"""Things whose reminders are owed in one transaction: some tenths of a second."""


@dataclass(frozen=True)
class Step:
    """A reminder of one thing that is to be made, and who gets it."""

    thing: Any
    kind: ReminderKind
    people: list[int]

    @property
    def mail(self) -> DeliveryKind:
        """What tells of it."""
        return SUBJECTS[self.thing["subject_type"]].mail

    @property
    def key(self) -> str:
        """That of its mail, where it has one of its own."""
        thing = self.thing
        return f"{thing['subject_type']}:{thing['subject_id']}:{thing['due_on']}:{self.kind.value}"


async def portions(now: datetime) -> AsyncIterator[list[Any]]:
    """The things of which something may be due to be said, some at a time, the oldest first; none
    while another sweep is at it."""
    after = (date.min, "", 0)
    while rows := await _looked_at(now, after):
        after = tuple(rows[-1][name] for name in ("due_on", "subject_type", "subject_id"))
        wanted = [row for row in rows if _kinds(row)]
        for start in range(0, len(wanted), PORTION):
            yield wanted[start : start + PORTION]


async def _looked_at(now: datetime, after: tuple[date, str, int]) -> Sequence[Any]:
    async with transaction():
        if not await _alone():
            return []
        return await fetch(_DUE, now, DAYS_AHEAD, HOUR, STEP_DAYS, *after, LOOKED_AT)


async def owe_of(things: Sequence[Any], now: datetime, bundles: Bundles) -> list[int] | None:
    """Owe what is due of these things at this moment, in a transaction of its own. Returns the
    numbers of the new reminders; None while another sweep is at it, which owes them."""
    async with transaction():
        if not await _alone():
            return None
        keys = [[row[name] for row in things] for name in ("subject_type", "subject_id")]
        rows = await fetch(_DUE_OF, now, DAYS_AHEAD, HOUR, STEP_DAYS, *keys)
        holders = await posts({row["city"] for row in rows}, now)
        steps = [step for row in rows if (step := _step(row, holders))]
        return await _kept(await _mailed(steps, now, bundles), now)


async def _alone() -> bool:
    """Whether no other sweep does anything until the transaction ends."""
    [row] = await fetch("SELECT pg_try_advisory_xact_lock($1) AS got", LOCK)
    return bool(row["got"])


async def _kept(told: Sequence[tuple[Step, int, int]], now: datetime) -> list[int]:
    people, deliveries = [person for _, person, _ in told], [number for *_, number in told]
    kinds = [each.kind.value for each, _, _ in told]
    columns = [[each.thing[name] for each, _, _ in told] for name in COLUMNS]
    rows = await fetch(_OWE, people, deliveries, kinds, *columns, now)
    return [row["id"] for row in rows]


COLUMNS = ("subject_type", "subject_id", "project", "city", "due_on")


def _kinds(row: Any) -> list[ReminderKind]:
    calendar = Calendar(row["country_code"], row["time_zone"])
    known = {ReminderKind(kind): day for kind, day in zip(row["kinds"], row["days"], strict=True)}
    return list(kinds_due(row["due_on"], calendar, known, row["today"]))


def _step(row: Any, holders: Posts) -> Step | None:
    for kind in _kinds(row):
        if people := holders.recipients(kind, row):
            return Step(row, kind, people)
    return None


async def _mailed(
    steps: Sequence[Step], now: datetime, bundles: Bundles
) -> list[tuple[Step, int, int]]:
    """Each step for each of its people, and the number of the mail that tells them."""
    found: list[tuple[Step, int, int]] = []
    for mail in {each.mail for each in steps}:
        pairs = [(each, person) for each in steps if each.mail is mail for person in each.people]
        if mail is DeliveryKind.DECISION:
            made = await owe([
                Mailing(kind=mail, person_id=person, key=each.key) for each, person in pairs
            ])  # fmt: skip
            found += [
                (each, person, made[person, each.key])
                for each, person in pairs
                if (person, each.key) in made
            ]
        else:
            numbers = await bundles.of(mail, [person for _, person in pairs], now)
            found += [(each, person, numbers[person]) for each, person in pairs]
    return found


# Mornings begin in each city by its own clock. No zone is a whole day ahead of UTC, which bounds
# what is looked at before its zone is known. No two reminders of one thing are made on one day,
# none on the day on which its people first heard of it by another mail, and of the escalation none
# sooner than so many days after the one before.
_OPEN_NOW = f"""
SELECT o.*, c.country_code, c.time_zone, t.shown::date AS today,
       coalesce(m.kinds, '{{}}') AS kinds, coalesce(m.days, '{{}}') AS days
FROM ({OPEN}) o
JOIN city c ON c.id = o.city
LEFT JOIN LATERAL (
    SELECT array_agg(x.kind) AS kinds, array_agg(x.day) AS days, max(x.day) AS last_on,
           max(x.day) FILTER (WHERE x.kind LIKE 'late%') AS pressed_on
    FROM (SELECT r.kind, min((r.created_at AT TIME ZONE c.time_zone)::date) AS day
          FROM reminder r WHERE r.subject_type = o.subject_type AND r.subject_id = o.subject_id
            AND r.due_on = o.due_on GROUP BY r.kind) x) m ON true
CROSS JOIN LATERAL (SELECT ($1::timestamptz AT TIME ZONE c.time_zone) AS shown) t
WHERE o.due_on <= ($1::timestamptz AT TIME ZONE 'UTC')::date + $2::integer + 1
  AND o.due_on <= t.shown::date + $2::integer
  AND extract(hour FROM t.shown) >= $3::integer
  AND NOT 'late_secretariat' = ANY (coalesce(m.kinds, '{{}}'))
  AND coalesce(m.last_on < t.shown::date, true)
  AND coalesce((o.told_at AT TIME ZONE c.time_zone)::date < t.shown::date, true)
  AND coalesce(m.pressed_on + $4::integer <= t.shown::date, true)
"""  # noqa: S608 - our own text

_DUE = f"""{_OPEN_NOW}
  AND (o.due_on, o.subject_type, o.subject_id) > ($5::date, $6::text, $7::integer)
ORDER BY o.due_on, o.subject_type, o.subject_id LIMIT $8
"""

_DUE_OF = f"""{_OPEN_NOW}
  AND o.subject_id = ANY($6::int[])
  AND (o.subject_type, o.subject_id) IN (SELECT * FROM unnest($5::text[], $6::int[]))
ORDER BY o.due_on, o.subject_type, o.subject_id
"""  # noqa: S608 - our own text

_OWE = """
INSERT INTO reminder (person, delivery, kind, subject_type, subject_id, project, city, due_on,
                      created_at)
SELECT n.*, $9 FROM unnest($1::int[], $2::int[], $3::text[], $4::text[], $5::int[], $6::int[],
                           $7::int[], $8::date[]) AS n
RETURNING id
"""
