"""The periods on which partner cities report: calendar months or quarters, one after the other."""

from collections.abc import Iterator
from datetime import date, timedelta

from tracker.domain.projects.states import ReportingRhythm

MONTHS = {ReportingRhythm.MONTHLY: 1, ReportingRhythm.QUARTERLY: 3}

DAYS_LEAST = 15
"""A first period of fewer days joins the next one: there would be nothing to tell."""

DAY = timedelta(days=1)


def first_day(day: date, rhythm: ReportingRhythm) -> date:
    """The first day of the calendar month or quarter in which the day lies."""
    months = MONTHS[rhythm]
    return date(day.year, (day.month - 1) // months * months + 1, 1)


def last_day(since: date, rhythm: ReportingRhythm) -> date:
    """The last day of the period that begins on `since`."""
    first = first_day(since, rhythm)
    ends = _next(first, rhythm) - DAY
    short = since != first and (ends - since).days + 1 < DAYS_LEAST
    return _next(ends + DAY, rhythm) - DAY if short else ends


def ended_periods(since: date, rhythm: ReportingRhythm, today: date) -> Iterator[tuple[date, date]]:
    """First and last days of the periods from `since` on that are over."""
    while (ends := last_day(since, rhythm)) < today:
        yield since, ends
        since = ends + DAY


def _next(first: date, rhythm: ReportingRhythm) -> date:
    months = first.year * 12 + first.month - 1 + MONTHS[rhythm]
    return date(months // 12, months % 12 + 1, 1)
