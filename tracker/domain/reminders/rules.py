"""Who is reminded when, and who sees that somebody was."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from tracker.domain.cities.calendar import Calendar
from tracker.domain.projects.rules import among_partners, inside
from tracker.domain.reminders.tables import ReminderKind

DAYS_AHEAD = 3
"""Days before something is due on which its people hear of it."""

GRACE_DAYS = 2
"""Whole working days of the city after the due day on which nobody is pressed."""

STEP_DAYS = 2
"""Working days of the city that each one has before the next one hears of it."""

HOUR = 8
"""Local hour in the city from which reminders go out."""

K = ReminderKind

LATE = (K.LATE, K.LATE_CITY, K.LATE_SECRETARIAT)
"""Escalation, in its order. None is skipped, even where nothing ran for a while."""


def visible(t: str) -> str:
    """That somebody was reminded, to the partner cities and the secretariat."""
    return inside(f"{t}.project")


def visible_in_project(t: str) -> str:
    """What is left to ask once the project itself is visible."""
    return among_partners(f"{t}.project")


def kinds_due(
    due_on: date, calendar: Calendar, made: Mapping[ReminderKind, date], today: date
) -> Iterator[ReminderKind]:
    """The reminder that is to be made today, if any, given the days on which others were made of
    the same thing; followed by those that take its place where there is nobody to get it."""
    if today < due_on:
        if today >= due_on - timedelta(days=DAYS_AHEAD) and K.AHEAD not in made:
            yield K.AHEAD
        return
    if today < calendar.later(due_on, GRACE_DAYS + 1):
        if K.DUE not in made:
            yield K.DUE
        return
    left = [kind for kind in LATE if kind not in made]
    said = [made[kind] for kind in LATE if kind in made]
    if not said or today >= calendar.later(max(said), STEP_DAYS):
        yield from left
