"""From the days and months of the data to real dates."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tracker.domain import clock

OPENS, OPEN_MINUTES = time(9), 8 * 60
"""Office hours, on every city's clock."""


@dataclass(frozen=True)
class Calendar:
    """Counts from the day on which the portfolio is made."""

    today: date

    @classmethod
    def of_now(cls) -> "Calendar":
        """From today by UTC."""
        return cls(clock.now().date())

    def on(self, day: int) -> date:
        """The date so many days from today, or the Friday before where that is a weekend."""
        found = self.today + timedelta(days=day)
        return found - timedelta(days=max(0, found.weekday() - 4))

    def day(self, found: date) -> int:
        """How many days from today a date is."""
        return (found - self.today).days

    def first(self, month: int) -> date:
        """The first day of the month so many months from this one."""
        months = self.today.year * 12 + self.today.month - 1 + month
        return date(months // 12, months % 12 + 1, 1)

    def last(self, month: int) -> date:
        """The last day of the month so many months from this one."""
        return self.first(month + 1) - timedelta(days=1)

    def at(self, day: int, zone: str) -> datetime:
        """Some minute in office hours on that day, always the same one for the same day."""
        opening = datetime.combine(self.on(day), OPENS, ZoneInfo(zone))
        return (opening + timedelta(minutes=day * 37 % OPEN_MINUTES)).astimezone(UTC)
