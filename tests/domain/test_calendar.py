"""Working days of cities, by the weekends and holidays of their countries."""

from datetime import UTC, date, datetime

import pytest

from tracker.domain import clock
from tracker.domain.cities.calendar import Calendar

SEOUL = Calendar("KR", "Asia/Seoul")
TEL_AVIV = Calendar("IL", "Asia/Jerusalem")
NAIROBI = Calendar("KE", "Africa/Nairobi")


@pytest.mark.parametrize(
    ("calendar", "day", "works"),
    [
        (SEOUL, date(2026, 11, 27), True),  # a Friday
        (SEOUL, date(2026, 11, 28), False),
        (SEOUL, date(2026, 9, 25), False),  # Chuseok, by the moon
        (TEL_AVIV, date(2026, 11, 27), False),
        (TEL_AVIV, date(2026, 11, 28), False),
        (TEL_AVIV, date(2026, 11, 29), True),  # a Sunday
        (Calendar("IR", "Asia/Tehran"), date(2026, 11, 28), True),  # Friday alone is free
        (Calendar("CN", "Asia/Shanghai"), date(2026, 2, 14), True),  # makes up for a bridge day
        (NAIROBI, date(2026, 12, 12), False),  # Jamhuri Day, a Saturday too
        (NAIROBI, date(2026, 6, 1), False),  # Madaraka Day
        (Calendar("XK", "Europe/Belgrade"), date(2026, 11, 29), False),
        (Calendar("XX", "UTC"), date(2026, 12, 25), True),  # nothing is known of it
        (Calendar("XX", "UTC"), date(2026, 11, 29), False),
    ],
)
def test_working_day_by_the_country(calendar: Calendar, day: date, works: bool) -> None:
    assert calendar.works_on(day) is works


def test_working_days_later() -> None:
    assert SEOUL.later(date(2026, 11, 23), 2) == date(2026, 11, 25)
    assert SEOUL.later(date(2026, 11, 26), 2) == date(2026, 11, 30), "over a weekend"
    assert TEL_AVIV.later(date(2026, 11, 26), 2) == date(2026, 11, 30), "over theirs"
    assert TEL_AVIV.later(date(2026, 11, 27), 1) == date(2026, 11, 29), "from within it"
    assert NAIROBI.later(date(2026, 12, 24), 2) == date(2026, 12, 29), "over Christmas"
    assert SEOUL.first_working_day(date(2026, 9, 24)) == date(2026, 9, 28), "Chuseok"


def test_today_is_the_city_s_own() -> None:
    with clock.at(datetime(2026, 3, 1, 18, 30, tzinfo=UTC)):
        assert (SEOUL.today(), NAIROBI.today()) == (date(2026, 3, 2), date(2026, 3, 1))
