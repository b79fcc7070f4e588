"""Drafting the reports on periods that are over: made by the timetable, however often it runs, and
for every period that ended while nothing ran.

A draft is no event of the trail: nobody has said anything yet, and a project about which nobody
says anything must not look alive.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any

from tracker.domain import clock
from tracker.domain.cities.calendar import Calendar
from tracker.domain.database import fetch, transaction
from tracker.domain.projects.rhythm import ended_periods
from tracker.domain.projects.states import ReportingRhythm
from tracker.domain.status_reports.rules import due_on

LOCK = 7_236_003
"""Advisory lock key: a project's rhythm is read and followed by one sweep at a time."""


async def draft_reports() -> list[int]:
    """Draft what each partner city owes on each project under way, by the city's own calendar.
    Returns the numbers of the new reports."""
    async with transaction():
        await fetch("SELECT pg_advisory_xact_lock($1)", LOCK)
        owed = [each for row in await fetch(_REPORTING) for each in _owed(row)]
        if not owed:
            return []
        columns = [list(column) for column in zip(*owed, strict=True)]
        return [row["id"] for row in await fetch(_DRAFT, *columns, clock.now())]


_REPORTING = """
SELECT p.id AS project, x.city, c.country_code, c.time_zone, p.reporting_rhythm,
       coalesce((SELECT max(r.ends_on) + 1 FROM status_report r
                 WHERE r.project = p.id AND r.city = x.city), p.reports_since) AS since
FROM project p JOIN participation x ON x.project = p.id JOIN city c ON c.id = x.city
WHERE p.state IN ('active', 'suspended', 'finalising') AND p.reports_since IS NOT NULL
"""

_DRAFT = """
INSERT INTO status_report (project, city, starts_on, ends_on, due_on, created_at)
SELECT n.project, n.city, n.starts_on, n.ends_on, n.due_on, $6::timestamptz
FROM unnest($1::int[], $2::int[], $3::date[], $4::date[], $5::date[])
     AS n (project, city, starts_on, ends_on, due_on)
ON CONFLICT DO NOTHING
RETURNING id
"""


def _owed(row: Any) -> Iterator[tuple[int, int, date, date, date]]:
    """Project, city, first and last day, due date of each period that the city has to report on."""
    calendar = Calendar(row["country_code"], row["time_zone"])
    rhythm = ReportingRhythm(row["reporting_rhythm"])
    for starts_on, ends_on in ended_periods(row["since"], rhythm, calendar.today()):
        yield row["project"], row["city"], starts_on, ends_on, due_on(ends_on, calendar)
