"""Who sees and writes status reports, and when they are due."""

from collections.abc import Iterable
from datetime import date, timedelta

from tracker.domain.cities.calendar import Calendar
from tracker.domain.projects.rules import among_partners, inside, through
from tracker.domain.projects.tables import Health

DUE_DAYS = 10
"""Days after a period's end by which its report is to be published, or the next working day."""

WORST_FIRST = (Health.RED, Health.AMBER, Health.UNKNOWN, Health.GREEN)
"""Unknown is worse than green: it must never look like it."""


def visible(t: str) -> str:
    """A published report to whoever sees the project; that one is still to come, inside only."""
    return f"(({t}.state = 'published' AND {through(f'{t}.project')}) OR {inside(f'{t}.project')})"


def visible_in_project(t: str) -> str:
    """What is left to ask once the project itself is visible."""
    return f"({t}.state = 'published' OR {among_partners(f'{t}.project')})"


def own(t: str) -> str:
    """Whether the viewer belongs to the city that reports."""
    return f"{t}.city = ANY(:cities)"


def told(t: str) -> str:
    """Of a visible report, what a draft tells its own city alone."""
    return f"({t}.state = 'published' OR {own(t)})"


def told_inside(t: str) -> str:
    """The same of what stays among the partners once it is published."""
    return f"({own(t)} OR {frozen_inside(t)})"


def frozen_inside(t: str) -> str:
    """Of a visible report that is published, what stays among the partners."""
    return f"({t}.state = 'published' AND {among_partners(f'{t}.project')})"


def addendum_visible(t: str) -> str:
    """There are addenda to published reports only."""
    return through(f"{t}.project")


def drafting_visible(a: str) -> str:
    """Of the events `a` of reports, those that show how a draft was worded stay with its city,
    also once it is published."""
    return (
        f"({a}.subject_type <> 'status_report' OR {a}.verb <> 'edit' OR EXISTS (SELECT 1"
        f" FROM status_report vs WHERE vs.id = {a}.subject_id AND {own('vs')}))"
    )


def due_on(ends_on: date, calendar: Calendar) -> date:
    """Until when the report on a period that ends that day is to be published."""
    return calendar.first_working_day(ends_on + timedelta(days=DUE_DAYS))


def worst(healths: Iterable[Health | None]) -> Health | None:
    """The worst of them; None while one is not told."""
    told = [None if each is None else Health(each) for each in healths]
    return None if None in told else next(each for each in WORST_FIRST if each in told)
