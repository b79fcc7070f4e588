"""When a digest is due, and who sees subscriptions and issues.

A digest falls due at a whole hour of local days, put off to the next working day of the reader's
city if they like; its turn is named by the day that the schedule says. So turns follow from the
schedule, the calendar and now alone: nothing is compared with when the last one was sent, and no
turn drifts, comes twice or is skipped.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from tracker.domain.cities.calendar import DAY, Calendar
from tracker.domain.deliveries.rules import rights_ended
from tracker.domain.digests.tables import Cadence
from tracker.zones import first_shown, known_zone

QUARTERS = (1, 4, 7, 10)
"""Months with which quarters of the calendar year begin."""

PUT_OFF_MOST = 30
"""Days that no run of holidays is longer than."""


READERS_LEAST = 5
"""Of how many people's digests figures tell what their readers did: of fewer, they would tell
what one did."""

SETTLED_DAYS = 7
"""Days after a month until which answers count that are given of its digests. From then on figures
tell of it, and stay: whoever looked before and after an answer would know what it said."""


def answered_until(fell_due: datetime) -> datetime:
    """Until when a digest takes an answer, that fell due then."""
    first = fell_due.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return (first + timedelta(days=31)).replace(day=1) + timedelta(days=SETTLED_DAYS)


def subscription_visible(t: str) -> str:
    """A subscription: to the person and the secretariat."""
    return f"(({t}.person = :person AND :only_city IS NULL) OR :secretariat)"


def issue_visible(t: str) -> str:
    """An issue holds what its reader was allowed to see, so nobody else reads it."""
    return f"({t}.person = :person AND :only_city IS NULL)"


def copy_visible(t: str) -> str:
    """What an issue says: to its reader, but for what nobody got and they see no longer."""
    return f"({issue_visible(t)} AND {readers_own(t, ':now')})"


def readers_own(t: str, now: str) -> str:
    """Whether the reader of an issue got what it says, or sees all of it still. In SQL."""
    outdated = rights_ended(f"{t}.person", f"{t}.composed_at", now)
    return (
        "(EXISTS (SELECT FROM delivery d"
        f" WHERE (d.id = {t}.delivery OR d.resends = {t}.delivery)"
        f" AND (d.sent_at IS NOT NULL OR d.state = 'in_doubt' OR d.doubts > 0)) OR NOT {outdated})"
    )


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """The local days and hour at which a digest falls due.

    `weekday` is ISO (Monday is 1), `month_day` 1 to 28, `hour` 0 to 23. With `working_days`, one
    that falls on a weekend or a public holiday waits for the next day on which offices are open.
    With `briefing`, the mail brings what it says as a PDF of one page, too.
    """

    cadence: Cadence = Cadence.WEEKLY
    weekday: int = 1
    month_day: int = 1
    hour: int = 8
    working_days: bool = True
    briefing: bool = False

    def falls_on(self, day: date) -> bool:
        """Whether a digest is due on that local day, before it is put off."""
        match self.cadence:
            case Cadence.DAILY:
                return True
            case Cadence.WEEKLY:
                return day.isoweekday() == self.weekday
            case Cadence.FORTNIGHTLY:  # weeks since the first Monday of the calendar
                return day.isoweekday() == self.weekday and (day.toordinal() - 1) // 7 % 2 == 0
            case Cadence.MONTHLY:
                return day.day == self.month_day
        return day.day == self.month_day and day.month in QUARTERS

    def key(self, day: date) -> str:
        """The name of the turn due on that day: 2026-11-24, 2026-W48, 2026-11 or 2026-Q4."""
        if self.cadence in (Cadence.WEEKLY, Cadence.FORTNIGHTLY):
            year, week, _ = day.isocalendar()
            return f"{year}-W{week:02d}"
        if self.cadence == Cadence.QUARTERLY:
            return f"{day.year}-Q{day.month // 3 + 1}"
        return day.isoformat() if self.cadence == Cadence.DAILY else f"{day:%Y-%m}"


@dataclass(frozen=True)
class Period:
    """The window [from_, to) that an issue reports on, and its name, once per person. Once an issue
    is written, its window begins where that of the last one its reader received ended."""

    key: str
    from_: datetime
    to: datetime

    @property
    def is_turn(self) -> bool:
        """Whether it came by the schedule; those asked for in between are named by an instant."""
        return "T" not in self.key


def is_turn(key: str) -> str:
    """The same of a kept period's key. In SQL."""
    return f"{key} NOT LIKE '%T%'"


QUIET_DAYS = 28
"""Nothing to say is said once in so many days."""


def is_silent(period: Period, quiet: bool, received_at: datetime | None, now: datetime) -> bool:
    """Whether nothing is sent, because there is nothing to say and its reader was told something
    lately. The first digest, and one that was asked for, always come."""
    if not (quiet and period.is_turn and received_at):
        return False
    return now < received_at + QUIET_DAYS * DAY


def due_period(
    schedule: Schedule, calendar: Calendar, now: datetime, since: datetime | None = None
) -> Period | None:
    """The period that fell due last, or None when none has since the subscription began. The
    calendar has the reader's zone and the country of their city.

    After an outage this is the newest period only: nobody wants five mails at once.
    """
    turns = _turns_until(schedule, calendar, now)
    day, to = next(turns)
    if since is not None and to <= since:
        return None
    return Period(schedule.key(day), _before(turns, to), to)


def running_period(schedule: Schedule, calendar: Calendar, now: datetime) -> Period:
    """The period so far: from the last due instant until now, named by the instant."""
    start = _before(_turns_until(schedule, calendar, now), now)
    return Period(f"{now.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}", start, now)


def next_turn(schedule: Schedule, calendar: Calendar, now: datetime) -> datetime:
    """When the next digest falls due."""
    day = now.astimezone(known_zone(calendar.time_zone)).date() - PUT_OFF_MOST * DAY
    while not (schedule.falls_on(day) and _turn(schedule, calendar, day) > now):
        day += DAY
    return _turn(schedule, calendar, day)


def _before(turns: Iterator[tuple[date, datetime]], instant: datetime) -> datetime:
    return next(at for _, at in turns if at < instant)


def _turns_until(
    schedule: Schedule, calendar: Calendar, now: datetime
) -> Iterator[tuple[date, datetime]]:
    """Due days with their instants, the latest first. Begins a day ahead, because a day that a
    zone skipped falls due at the start of the next one."""
    day = now.astimezone(known_zone(calendar.time_zone)).date() + DAY
    while True:
        if schedule.falls_on(day) and (at := _turn(schedule, calendar, day)) <= now:
            yield day, at
        day -= DAY


@lru_cache(1 << 16)
def _turn(schedule: Schedule, calendar: Calendar, day: date) -> datetime:
    """The instant at which the turn of that day comes. Kept: each sweep asks for the same."""
    on = calendar.first_working_day(day) if schedule.working_days else day
    return first_shown(on, schedule.hour, known_zone(calendar.time_zone))
