"""When digests fall due, by a calculation of its own; subscriptions; the sweep."""

import random
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.cast import Cast
from tracker.domain import clock
from tracker.domain.cities.calendar import Calendar
from tracker.domain.deliveries.tables import Delivery
from tracker.domain.digests import actions, queries
from tracker.domain.digests.rules import Period, Schedule, due_period, running_period
from tracker.domain.digests.tables import Cadence, DigestIssue, DigestSubscription
from tracker.domain.errors import Conflict, Forbidden, Invalid, NotFound

STEP = timedelta(minutes=15)
"""Every clock change of the zones below falls on a quarter of an hour."""

ZONES = {
    "Asia/Seoul": 2026,
    "Asia/Kathmandu": 2026,  # +5:45
    "America/New_York": 2026,
    "Europe/Berlin": 2026,
    "Australia/Lord_Howe": 2026,  # by half an hour
    "Africa/Casablanca": 2026,  # around Ramadan
    "America/Havana": 2024,  # at midnight
    "Africa/Cairo": 2024,  # at midnight
    "Pacific/Apia": 2011,  # a day that never was
}
"""Zone -> a year in which its clock does something."""


HOURS = (0, 1, 2, 8, 23)


def first_shown(zone: str, year: int) -> dict[int, dict[date, datetime]]:
    """Hour -> local day -> the first instant at which the clock shows that hour of it, or a later
    time: found by looking at the clock every quarter of an hour."""
    found: dict[int, dict[date, datetime]] = {hour: {} for hour in HOURS}
    awaited = {hour: datetime(year - 1, 12, 3, hour) for hour in HOURS}
    instant, wall = datetime(year - 1, 12, 1, tzinfo=UTC), ZoneInfo(zone)
    while instant < datetime(year + 1, 1, 31, tzinfo=UTC):
        shown = instant.astimezone(wall).replace(tzinfo=None)
        for hour in HOURS:
            while shown >= awaited[hour]:
                found[hour][awaited[hour].date()] = instant
                awaited[hour] += timedelta(days=1)
        instant += STEP
    return found


NAMES = {
    Cadence.DAILY: "%Y-%m-%d",
    Cadence.WEEKLY: "%G-W%V",
    Cadence.FORTNIGHTLY: "%G-W%V",
    Cadence.MONTHLY: "%Y-%m",
    Cadence.QUARTERLY: "%Y-Q",
}

A_MONDAY = date(2001, 1, 8)
"""Of a week with a digest every two weeks."""


def due(schedule: Schedule, days: dict[date, datetime]) -> list[tuple[datetime, str]]:
    """The turns of a schedule that waits for nothing, in order. Of two turns at one instant only
    the later counts."""
    wanted: dict[Cadence, Callable[[date], bool]] = {
        Cadence.DAILY: lambda day: True,
        Cadence.WEEKLY: lambda day: int(f"{day:%u}") == schedule.weekday,
        Cadence.FORTNIGHTLY: lambda day: (day - A_MONDAY).days % 14 == schedule.weekday - 1,
        Cadence.MONTHLY: lambda day: day.day == schedule.month_day,
        Cadence.QUARTERLY: lambda day: (
            day.day == schedule.month_day and f"{day:%m}" in ("01", "04", "07", "10")
        ),
    }
    name = NAMES[schedule.cadence]
    quarter = {"01": "1", "04": "2", "07": "3", "10": "4"}
    chosen = {
        at: day.strftime(name) + (quarter[f"{day:%m}"] if name.endswith("Q") else "")
        for day, at in days.items()
        if wanted[schedule.cadence](day)
    }
    return sorted(chosen.items())


def schedules(seed: int) -> Iterator[Schedule]:
    chance = random.Random(seed)  # noqa: S311 - arbitrary, and the same each time
    for hour in HOURS:
        for cadence in Cadence:
            yield Schedule(
                cadence=cadence,
                weekday=chance.randint(1, 7),
                month_day=chance.randint(1, 28),
                hour=hour,
                working_days=False,
            )


@pytest.mark.parametrize(("zone", "year"), ZONES.items())
def test_due_period_is_what_the_clock_on_the_wall_says(zone: str, year: int) -> None:
    looked = first_shown(zone, year)
    for schedule in schedules(year):
        turns = due(schedule, looked[schedule.hour])
        now = datetime(year, 2, 10, 0, 7, tzinfo=UTC)
        while now < datetime(year + 1, 1, 20, tzinfo=UTC):
            passed = [turn for turn in turns if turn[0] <= now][-2:]
            if len(passed) == 2:  # what was looked at begins in December
                (start, _), (end, key) = passed
                assert due_period(schedule, Calendar("", zone), now) == Period(key, start, end)
            now += timedelta(hours=37, minutes=15)


@pytest.mark.parametrize(
    ("zone", "now", "to"),
    [
        ("Europe/Berlin", "2026-03-29T12:00Z", "2026-03-29T01:00Z"),  # 2:00 does not exist
        ("Europe/Berlin", "2026-10-25T12:00Z", "2026-10-25T00:00Z"),  # 2:00 comes twice
        ("Australia/Lord_Howe", "2026-10-04T00:00Z", "2026-10-03T15:30Z"),  # 2:00 becomes 2:30
        ("Asia/Kathmandu", "2026-11-24T12:00Z", "2026-11-23T20:15Z"),
    ],
)
def test_due_instant_at_clock_changes(zone: str, now: str, to: str) -> None:
    schedule = Schedule(cadence=Cadence.DAILY, hour=2, working_days=False)
    period = due_period(schedule, Calendar("", zone), datetime.fromisoformat(now))
    assert period
    assert period.to == datetime.fromisoformat(to)


NOWHERE = Calendar("", "UTC")
SEOUL = Calendar("KR", "Asia/Seoul")


@pytest.mark.parametrize(
    ("calendar", "schedule", "now", "key", "to"),
    [
        # 16 and 17 February 2026 are Seollal, as is 18: Monday's digest comes on Thursday.
        (SEOUL, Schedule(), "2026-02-18T12:00Z", "2026-W07", "2026-02-08T23:00Z"),
        (SEOUL, Schedule(), "2026-02-19T00:00Z", "2026-W08", "2026-02-18T23:00Z"),
        # 1 January is a holiday, 2 a Friday: the quarter's comes then; in Tel Aviv the first
        # already counts, and the week ends with Thursday.
        (
            Calendar("DE", "Europe/Berlin"),
            Schedule(cadence=Cadence.QUARTERLY),
            "2026-01-03T00:00Z", "2026-Q1", "2026-01-02T07:00Z",
        ),
        (
            Calendar("IL", "Asia/Jerusalem"),
            Schedule(cadence=Cadence.QUARTERLY),
            "2026-01-03T00:00Z", "2026-Q1", "2026-01-01T06:00Z",
        ),
        (
            Calendar("IL", "Asia/Jerusalem"),
            Schedule(weekday=5),
            "2026-01-04T12:00Z", "2026-W01", "2026-01-04T06:00Z",
        ),
        # Daily: Monday's stands for the weekend's.
        (
            NOWHERE, Schedule(cadence=Cadence.DAILY),
            "2026-11-22T12:00Z", "2026-11-20", "2026-11-20T08:00Z",
        ),
        (
            NOWHERE, Schedule(cadence=Cadence.DAILY),
            "2026-11-23T12:00Z", "2026-11-23", "2026-11-23T08:00Z",
        ),
    ],
)  # fmt: skip
def test_digest_of_a_day_off_comes_on_the_next_working_day(
    calendar: Calendar, schedule: Schedule, now: str, key: str, to: str
) -> None:
    period = due_period(schedule, calendar, datetime.fromisoformat(now))
    assert period
    assert (period.key, period.to) == (key, datetime.fromisoformat(to))


def test_nothing_is_due_before_the_first_turn_after_subscribing() -> None:
    tuesday = datetime(2026, 11, 24, 9, tzinfo=UTC)
    schedule = Schedule(weekday=1)
    for days in range(6):
        assert due_period(schedule, NOWHERE, tuesday + timedelta(days), tuesday) is None
    period = due_period(schedule, NOWHERE, tuesday + timedelta(6), tuesday)
    assert period
    assert period.key == "2026-W49"


def test_after_an_outage_the_newest_period_is_due() -> None:
    began = datetime(2026, 1, 1, tzinfo=UTC)
    period = due_period(Schedule(), SEOUL, datetime(2026, 11, 24, tzinfo=UTC), began)
    assert period == Period(
        "2026-W48",
        datetime(2026, 11, 15, 23, tzinfo=UTC),
        datetime(2026, 11, 22, 23, tzinfo=UTC),
    )


def test_running_period_begins_at_the_last_turn() -> None:
    now = datetime(2026, 11, 24, 9, tzinfo=UTC)
    period = running_period(Schedule(), NOWHERE, now)
    assert period == Period("2026-11-24T09:00:00Z", datetime(2026, 11, 23, 8, tzinfo=UTC), now)


def test_zone_this_machine_does_not_know_counts_as_utc() -> None:
    now = datetime(2026, 11, 24, 9, tzinfo=UTC)
    lost = due_period(Schedule(), Calendar("", "Mars/Olympus"), now)
    assert lost == due_period(Schedule(), NOWHERE, now)


MONDAY = datetime(2026, 11, 23, tzinfo=UTC)
SUNDAY_BEFORE = MONDAY - timedelta(days=1)


async def subscribe(cast: Cast, *names: str, at: datetime = SUNDAY_BEFORE) -> None:
    with clock.at(at):
        for name in names:
            person_id = cast[name].person_id
            assert person_id
            await actions.subscribe(cast[name], person_id, Schedule())


async def keys(name: str, cast: Cast) -> list[str]:
    rows = (
        await DigestIssue.select(DigestIssue.period_key)
        .where(DigestIssue.person == cast[name].person_id)
        .order_by(DigestIssue.id)
    )
    return [row["period_key"] for row in rows]


@pytest.mark.parametrize("portion", [1, 2, 500])
async def test_each_is_due_at_eight_on_monday_at_home(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, portion: int
) -> None:
    monkeypatch.setattr(queries, "PORTION", portion)
    await subscribe(cast, "seoul_mayor", "nairobi_mayor", "lima_mayor")
    made: dict[int, int] = {}
    for hour in range(-4, 24):
        await actions.sweep(MONDAY + timedelta(hours=hour))
        rows = await DigestIssue.select(DigestIssue.person)
        made = {row["person"]: hour for row in rows} | made
    assert made == {
        cast.seoul_mayor.person_id: -1,
        cast.nairobi_mayor.person_id: 5,
        cast.lima_mayor.person_id: 13,
    }


async def test_sweeping_again_owes_nothing_new(cast: Cast) -> None:
    await subscribe(cast, "seoul_mayor")
    now = MONDAY + timedelta(hours=12)
    assert len(await actions.sweep(now)) == 1
    assert await actions.sweep(now) == []
    assert await actions.sweep(now + timedelta(days=6)) == []
    assert len(await actions.sweep(now + timedelta(days=7))) == 1
    assert await keys("seoul_mayor", cast) == ["2026-W48", "2026-W49"]


async def test_a_mayors_own_holidays_are_those_of_the_city(cast: Cast) -> None:
    await subscribe(cast, "seoul_mayor", "lima_mayor", at=datetime(2026, 2, 15, 12, tzinfo=UTC))
    lima, seoul = cast.lima_mayor.person_id, cast.seoul_mayor.person_id
    owed: dict[int, int] = {}
    for day in (16, 17, 18, 19):  # Monday to Thursday; Seollal until Wednesday
        await actions.sweep(datetime(2026, 2, day, 13, 30, tzinfo=UTC))
        for row in await DigestIssue.select(DigestIssue.person):
            owed.setdefault(row["person"], day)
    assert owed == {lima: 16, seoul: 19}


async def test_moving_to_another_zone_owes_no_second_digest_of_the_week(cast: Cast) -> None:
    await subscribe(cast, "seoul_mayor")
    await actions.sweep(MONDAY)
    person = cast.seoul_mayor.person_id
    await DigestSubscription.raw(
        "UPDATE person SET time_zone = 'America/Lima' WHERE id = {}", person
    )
    await actions.sweep(MONDAY + timedelta(hours=14))
    assert await keys("seoul_mayor", cast) == ["2026-W48"]


@pytest.mark.parametrize(
    ("before", "after", "next_turn", "key"),
    [
        (Cadence.WEEKLY, Cadence.QUARTERLY, datetime(2027, 1, 4, tzinfo=UTC), "2027-Q1"),
        (Cadence.WEEKLY, Cadence.MONTHLY, datetime(2026, 12, 2, tzinfo=UTC), "2026-12"),
        (Cadence.DAILY, Cadence.WEEKLY, MONDAY + timedelta(days=7), "2026-W49"),
    ],
)
async def test_another_cadence_tells_nothing_twice(
    cast: Cast, before: Cadence, after: Cadence, next_turn: datetime, key: str
) -> None:
    mayor = cast.seoul_mayor
    with clock.at(datetime(2026, 9, 1, tzinfo=UTC)):
        taken = await actions.subscribe(mayor, mayor.person_id or 0, Schedule(cadence=before))
    assert len(await actions.sweep(MONDAY)) == 1
    await actions.edit_subscription(mayor, taken.id, Schedule(cadence=after))
    assert await actions.sweep(MONDAY) == []
    assert len(await actions.sweep(next_turn)) == 1
    assert (await keys("seoul_mayor", cast))[-1] == key


async def test_earlier_hour_of_the_same_day_still_counts(cast: Cast) -> None:
    mayor = cast.seoul_mayor
    with clock.at(datetime(2026, 9, 1, tzinfo=UTC)):
        taken = await actions.subscribe(mayor, mayor.person_id or 0, Schedule(hour=18))
    assert len(await actions.sweep(MONDAY)) == 1
    assert await keys("seoul_mayor", cast) == ["2026-W47"]
    await actions.edit_subscription(mayor, taken.id, Schedule(hour=8))
    assert len(await actions.sweep(MONDAY)) == 1
    assert await keys("seoul_mayor", cast) == ["2026-W47", "2026-W48"]


async def test_unsubscribed_person_is_owed_nothing(cast: Cast) -> None:
    await subscribe(cast, "seoul_mayor")
    [subscription] = await DigestSubscription.objects()
    await actions.unsubscribe(cast.seoul_mayor, subscription.id)
    assert await actions.sweep(MONDAY) == []


async def test_subscribing_again_makes_nothing_up(cast: Cast) -> None:
    await subscribe(cast, "seoul_mayor")
    [subscription] = await DigestSubscription.objects()
    await actions.unsubscribe(cast.seoul_mayor, subscription.id)
    await subscribe(cast, "seoul_mayor", at=MONDAY + timedelta(days=1))
    assert await actions.sweep(MONDAY + timedelta(days=2)) == []
    assert len(await actions.sweep(MONDAY + timedelta(days=7))) == 1


async def test_subscription_that_cannot_be_is_refused_with_all_reasons(cast: Cast) -> None:
    draft = Schedule(weekday=8, month_day=31, hour=24)
    with pytest.raises(Invalid) as refused:
        await actions.subscribe(cast.seoul_mayor, cast.seoul_mayor.person_id or 0, draft)
    assert set(refused.value.fields) == {"weekday", "month_day", "hour"}


async def test_stale_edit_of_a_subscription_is_a_conflict(cast: Cast) -> None:
    await subscribe(cast, "seoul_mayor")
    [row] = await DigestSubscription.objects()
    await actions.edit_subscription(cast.seoul_mayor, row.id, Schedule(hour=7), seen_version=1)
    with pytest.raises(Conflict, match="hour"):
        await actions.edit_subscription(cast.seoul_mayor, row.id, Schedule(hour=6), seen_version=1)


@pytest.mark.parametrize("name", ["nairobi_mayor", "seoul_coordinator", "officer", "public"])
async def test_nobody_decides_on_anothers_digest(cast: Cast, name: str) -> None:
    await subscribe(cast, "seoul_mayor")
    [row] = await DigestSubscription.objects()
    refusal = (Forbidden, NotFound)
    with pytest.raises(refusal):
        await actions.unsubscribe(cast[name], row.id)
    with pytest.raises(refusal):
        await actions.edit_subscription(cast[name], row.id, Schedule())
    with pytest.raises(refusal):
        await actions.subscribe(cast[name], row.person, Schedule())
    with pytest.raises(refusal):
        await actions.send_now(cast[name], row.person)


async def test_send_now_leaves_the_turn_alone(cast: Cast) -> None:
    await subscribe(cast, "seoul_mayor")
    issue = await actions.send_now(cast.administrator, cast.seoul_mayor.person_id or 0)
    [delivery] = await Delivery.select().where(Delivery.id == issue.delivery)
    assert (delivery["kind"], delivery["state"]) == ("digest", "due")
    assert len(await actions.sweep(MONDAY)) == 1
