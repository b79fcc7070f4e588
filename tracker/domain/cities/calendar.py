"""Working days of a city: weekends and public holidays of its country, from the `holidays` package
(https://holidays.readthedocs.io). Holidays of regions and cities alone are not known."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, lru_cache
from typing import Any

from tracker.domain import clock

DAY = timedelta(days=1)

DAYS_KEPT = 50_000
"""Days of countries of which the answer is kept: sweeps ask about the same ones again and again."""

USUAL_WEEKEND = frozenset({5, 6})
"""Saturday and Sunday, as `date.weekday()` counts: of countries that the package does not know."""


@dataclass(frozen=True)
class Calendar:
    """The days of one city. `country` is an ISO 3166-1 alpha-2 code, `time_zone` an IANA name."""

    country: str
    time_zone: str

    def today(self) -> date:
        """The civil date in the city."""
        return clock.today(self.time_zone)

    def works_on(self, day: date) -> bool:
        """Whether offices are open: no public holiday, and no day of the weekend either, unless
        the country makes up for a bridge day on it."""
        return _works_on(self.country, day)

    def first_working_day(self, day: date) -> date:
        """The day itself, or the next one on which offices are open."""
        while not self.works_on(day):
            day += DAY
        return day

    def later(self, day: date, working_days: int) -> date:
        """The working day so many working days after `day`, which need be none itself."""
        for _ in range(working_days):
            day = self.first_working_day(day + DAY)
        return day


@lru_cache(DAYS_KEPT)
def _works_on(country: str, day: date) -> bool:
    known = _holidays(country)
    if known is None:
        return day.weekday() not in USUAL_WEEKEND
    return day not in known and known.is_working_day(day)


@cache
def _holidays(country: str) -> Any:
    """Weekend and holidays of a country, worked out year by year as they are asked for; None where
    they are not known."""
    import holidays  # most processes never ask

    try:
        return holidays.country_holidays(country)
    except NotImplementedError:
        return None
