"""A year of digests, hour by hour, for people in every time zone: each is owed exactly the turns
that whoever looks at the wall clock and the calendar of holidays would say, and none twice."""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import holidays

from tests.cast import Cast
from tests.conformance.rows import Row
from tests.faults.ground import played
from tracker.domain import clock
from tracker.domain.digests import actions
from tracker.domain.digests.tables import Cadence, DigestIssue, DigestSubscription

PEOPLE = 500
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
YEAR = 365 * 24
COUNTRIES = ("KR", "KE", "PE")
"""Of the cast's cities, in their order."""


@dataclass(frozen=True)
class Taker:
    """Somebody who takes the digest; `country` is empty without a city."""

    zone: str
    country: str
    cadence: Cadence
    weekday: int
    month_day: int
    hour: int
    working_days: bool


def takers(seed: int, most: int = PEOPLE) -> list[Taker]:
    """People in every zone there is, with every way to take the digest."""
    chance = random.Random(seed)  # noqa: S311 - arbitrary, and the same each time
    zones = sorted(clock.zones())
    return [
        Taker(
            zone=zones[number % len(zones)],
            country=chance.choice(("", *COUNTRIES)),
            cadence=list(Cadence)[number % len(Cadence)],
            weekday=chance.randint(1, 7),
            month_day=chance.randint(1, 28),
            hour=chance.choice((0, 1, 2, 3, 7, 8, 8, 8, 23)),
            working_days=chance.random() < 0.7,
        )
        for number in range(most)
    ]


def expected(taker: Taker, begin: datetime, hours: int) -> list[str]:
    """The names of the turns in order, by a clock on the wall that is looked at every hour. Where
    several have come since the last look, only the newest counts."""
    zone, off = ZoneInfo(taker.zone), _off(taker.country)
    shown = begin.astimezone(zone).replace(tzinfo=None)
    waiting = _turns(taker, off, shown.date() - 40 * DAY)
    turn, at = next(waiting)
    while at <= shown:
        turn, at = next(waiting)
    names = []
    for look in range(1, hours + 1):
        shown = (begin + look * HOUR).astimezone(zone).replace(tzinfo=None)
        name = ""
        while at <= shown:
            name = turn
            turn, at = next(waiting)
        names += [name] if name else []
    return names


def _turns(
    taker: Taker, off: "holidays.HolidayBase | None", day: date
) -> Iterator[tuple[str, datetime]]:
    """Each turn's name, and what the wall clock shows when it comes."""
    while True:
        if name := _name(taker, day):
            on = day
            while taker.working_days and _closed(off, on):
                on += DAY
            yield name, datetime(on.year, on.month, on.day, taker.hour)
        day += DAY


def _name(taker: Taker, day: date) -> str:
    """What a turn on that day is called, if there is one."""
    if taker.cadence == Cadence.DAILY:
        return f"{day}"
    if taker.cadence in (Cadence.WEEKLY, Cadence.FORTNIGHTLY):
        odd = (day - date(2001, 1, 8)).days // 7 % 2 and taker.cadence == Cadence.FORTNIGHTLY
        return f"{day:%G-W%V}" if day.isoweekday() == taker.weekday and not odd else ""
    if day.day != taker.month_day:
        return ""
    if taker.cadence == Cadence.MONTHLY:
        return f"{day:%Y-%m}"
    quarters = {1: "Q1", 4: "Q2", 7: "Q3", 10: "Q4"}
    return f"{day.year}-{quarters[day.month]}" if day.month in quarters else ""


def _off(country: str) -> "holidays.HolidayBase | None":
    return holidays.country_holidays(country) if country else None


def _closed(off: "holidays.HolidayBase | None", day: date) -> bool:
    return day.weekday() > 4 or (off is not None and day in off)


async def join(cast: Cast, people: list[Taker], since: datetime) -> dict[int, Taker]:
    """Have them take the digest from then on. Person's number -> who it is."""
    cities = dict(zip(COUNTRIES, (cast.seoul, cast.nairobi, cast.lima), strict=True))
    found = {}
    for number, each in enumerate(people):
        [row] = await DigestSubscription.raw(
            "INSERT INTO person (email, name, language, time_zone, created_at)"
            " VALUES ({}, 'Taker', 'en', {}, {}) RETURNING id",
            f"taker{number}@example.org", each.zone, since,
        )  # fmt: skip
        if each.country:
            await DigestSubscription.raw(
                "INSERT INTO membership (person, city, role, started_at)"
                " VALUES ({}, {}, 'mayor', {})",
                row["id"], cities[each.country], since,
            )  # fmt: skip
        await DigestSubscription.insert(
            DigestSubscription(
                person=row["id"], created_at=since, cadence=each.cadence, weekday=each.weekday,
                month_day=each.month_day, hour=each.hour, working_days=each.working_days,
            )
        )  # fmt: skip
        found[row["id"]] = each
    return found


async def lived(people: dict[int, Taker], begin: datetime, hours: int) -> dict[int, list[str]]:
    """Sweep every hour. Person's number -> the turns that they were owed, in order."""
    for look in range(1, hours + 1):
        await actions.sweep(begin + look * HOUR)
    rows = await DigestIssue.select(DigestIssue.person, DigestIssue.period_key).order_by(
        DigestIssue.id
    )
    owed: dict[int, list[str]] = {number: [] for number in people}
    for row in rows:
        owed[row["person"]].append(row["period_key"])
    return owed


async def trial(seed: int = 0, most: int = PEOPLE, begin: datetime = BEGIN,
                hours: int = YEAR) -> list[Row]:  # fmt: skip
    """The whole year."""
    async with played() as (_, cast):
        return await told(cast, seed, most, begin, hours)


async def told(cast: Cast, seed: int, most: int, begin: datetime, hours: int) -> list[Row]:
    """What came of it, for people who join at `begin`."""
    people = await join(cast, takers(seed, most), begin)
    owed = await lived(people, begin, hours)
    lost = doubled = wrong = turns = 0
    for number, taker in people.items():
        wanted, got = Counter(expected(taker, begin, hours)), Counter(owed[number])
        lost += (wanted - got).total()
        doubled += sum(count - 1 for count in got.values())
        wrong += (got - wanted).total()
        turns += wanted.total()
    return [
        Row("year.people", len(people), at_least=most),
        Row("year.turns", turns, at_least=1),
        Row("year.lost", lost, at_most=0),
        Row("year.doubled", doubled, at_most=0),
        Row("year.not_due", wrong, at_most=0),
    ]
