"""Periods: cut from a stretch of time, with targets spread over them; changed until locked."""

from collections.abc import Awaitable
from dataclasses import fields, replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import factories
from tests.cast import ACTORS, Cast
from tests.factories import today
from tracker.domain.cities.tables import City
from tracker.domain.errors import Conflict, Forbidden, Invalid
from tracker.domain.outcomes import periods, reporting
from tracker.domain.outcomes.actions import PeriodPlan
from tracker.domain.outcomes.periods import PeriodSeries
from tracker.domain.outcomes.reporting import ValueDraft
from tracker.domain.outcomes.spans import spans, targets
from tracker.domain.outcomes.tables import (
    Accumulation,
    Indicator,
    Period,
    PeriodLength,
    TargetSpread,
)
from tracker.domain.projects import actions as projects
from tracker.domain.projects.actions import ProjectPlan

L = PeriodLength
DAYS = st.dates(date(1990, 1, 1), date(2099, 12, 31))


@pytest.mark.parametrize(
    ("length", "first_month", "ends"),
    [
        (L.MONTH, 1, ["2026-11-30", "2026-12-31", "2027-01-31", "2027-02-10"]),
        (L.QUARTER, 1, ["2026-12-31", "2027-02-10"]),
        (L.HALF_YEAR, 1, ["2026-12-31", "2027-02-10"]),
        (L.YEAR, 1, ["2026-12-31", "2027-02-10"]),
        (L.FISCAL_YEAR, 7, ["2027-02-10"]),  # Nairobi's, July to June
        (L.FISCAL_YEAR, 2, ["2027-01-31", "2027-02-10"]),
        (L.FISCAL_YEAR, 12, ["2026-11-30", "2027-02-10"]),
    ],
)
def test_periods_end_where_the_calendar_or_the_stretch_does(
    length: PeriodLength, first_month: int, ends: list[str]
) -> None:
    found = list(spans(date(2026, 11, 15), date(2027, 2, 10), length, first_month))
    assert [str(last) for _, last in found] == ends
    assert found[0][0] == date(2026, 11, 15)


@given(DAYS, st.integers(0, 2000), st.sampled_from(list(L)), st.integers(1, 12))
def test_periods_cover_the_stretch_without_gap_or_overlap(
    first: date, days: int, length: PeriodLength, month: int
) -> None:
    last = date.fromordinal(min(first.toordinal() + days, date(2100, 12, 31).toordinal()))
    found = list(spans(first, last, length, month))
    assert (found[0][0], found[-1][1]) == (first, last)
    assert all((b[0] - a[1]).days == 1 for a, b in pairwise(found))
    assert all(start <= end for start, end in found)
    begins = month if length == L.FISCAL_YEAR else 1
    assert all(start.day == 1 for start, _ in found[1:])
    if length in (L.YEAR, L.FISCAL_YEAR):
        assert all(start.month == begins for start, _ in found[1:])


@pytest.mark.parametrize(
    ("spread", "baseline", "target", "expected"),
    [
        (TargetSpread.EACH, "40", "10", ["10", "10", "10"]),
        (TargetSpread.LAST, "40", "10", [None, None, "10"]),
        (TargetSpread.LINEAR, "40", "10", ["30", "20", "10"]),
        (TargetSpread.LINEAR, None, "100", ["33.33", "66.67", "100"]),
        (TargetSpread.LINEAR, "0", "0.001", ["0.00033", "0.00067", "0.001"]),
        (TargetSpread.LINEAR, "0", None, [None, None, None]),
    ],
)
def test_targets_are_spread(
    spread: TargetSpread, baseline: str | None, target: str | None, expected: list[str | None]
) -> None:
    def number(text: str | None) -> Decimal | None:
        return None if text is None else Decimal(text)

    found = targets(spread, number(target), number(baseline), 3)
    assert [None if each is None else str(each) for each in found] == expected


async def _indicator(cast: Cast, **changes: Any) -> tuple[factories.JointProject, Indicator]:
    first, last = date(2026, 1, 1), date(2036, 12, 31)
    project = await factories.joint_project(cast, planned_start_on=first, planned_end_on=last)
    snapshot: dict[str, Any] = {"accumulation": Accumulation.SNAPSHOT, "periods": []}
    return project, await factories.add_indicator(cast, project.id, **snapshot | changes)


async def test_series_by_the_fiscal_year_of_a_partner(cast: Cast) -> None:
    await City.update({City.fiscal_year_start_month: 7}).where(City.id == cast.nairobi)
    _, indicator = await _indicator(cast)
    series = PeriodSeries(
        starts_on=date(2026, 1, 1),
        ends_on=date(2028, 6, 30),
        length=L.FISCAL_YEAR,
        target_value=Decimal(10),
        spread=TargetSpread.LINEAR,
        city_id=cast.nairobi,
    )
    made = await periods.generate_periods(cast.nairobi_coordinator, indicator.id, series)
    assert [(str(row.starts_on), str(row.ends_on), row.target_value) for row in made] == [
        ("2026-01-01", "2026-06-30", Decimal(30)),
        ("2026-07-01", "2027-06-30", Decimal(20)),
        ("2027-07-01", "2028-06-30", Decimal(10)),
    ]
    with pytest.raises(Invalid) as refusal:
        await periods.generate_periods(cast.nairobi_coordinator, indicator.id, series)
    assert "Overlaps with 2026-01-01 – 2026-06-30; 2026" in refusal.value.fields["starts_on"][0]
    months = replace(series, length=L.MONTH, spread=TargetSpread.EACH)
    long = replace(months, starts_on=date(2029, 1, 1), ends_on=date(2033, 12, 31))
    await periods.generate_periods(cast.nairobi_coordinator, indicator.id, long)
    more = replace(months, starts_on=date(2034, 1, 1), ends_on=date(2036, 12, 31))
    with pytest.raises(Invalid, match="has 63 periods, and at most 96") as refusal:
        await periods.generate_periods(cast.nairobi_coordinator, indicator.id, more)
    assert set(refusal.value.fields) == {"length"}


@pytest.mark.parametrize(
    ("indicator", "series", "problems"),
    [
        ({}, {"ends_on": date(2020, 1, 1)}, {"ends_on"}),
        ({}, {"ends_on": date(2034, 1, 1)}, {"length"}),
        ({}, {"target_value": Decimal(50)}, {"target_value"}),
        ({"baseline_value": None, "baseline_on": None}, {}, {"spread"}),
        ({"accumulation": Accumulation.PERIOD}, {}, {"spread"}),
        ({}, {"city_id": 999}, {"city_id"}),
    ],
)
async def test_series_that_breaks_a_rule(
    cast: Cast, indicator: dict[str, Any], series: dict[str, Any], problems: set[str]
) -> None:
    _, made = await _indicator(cast, **indicator)
    complete: dict[str, Any] = {
        "starts_on": date(2027, 1, 1),
        "ends_on": date(2027, 12, 31),
        "length": L.MONTH,
        "target_value": Decimal(10),
        "spread": TargetSpread.LINEAR,
    }
    draft = PeriodSeries(**complete | series)
    with pytest.raises(Invalid) as refusal:
        await periods.generate_periods(cast.nairobi_coordinator, made.id, draft)
    assert set(refusal.value.fields) == problems
    assert not await Period.exists().where(Period.indicator == made.id)


async def test_days_that_both_cities_agreed_on_stay(cast: Cast) -> None:
    project = await factories.joint_project(cast, "draft")
    coming = PeriodPlan(starts_on=today(5), ends_on=today(100), target_value=Decimal(10))
    author, indicator = cast.nairobi_coordinator, project.indicator_id
    period = await periods.add_period(author, indicator, coming)
    await factories.advance(cast, project, *factories.projects.ROUTES["active"])
    later = PeriodPlan(starts_on=today(101), ends_on=today(120), target_value=Decimal(9))
    since = await factories.add_period(cast, indicator, later)
    for number, plan in ((period.id, coming), (since.id, later)):
        for ends_on in (today(140), plan.starts_on):
            with pytest.raises(Invalid, match="Both cities agreed on these days"):
                await periods.edit_period(author, number, replace(plan, ends_on=ends_on))


async def test_what_is_measured_lies_within_the_project_and_the_year_after_it(cast: Cast) -> None:
    author, first, last = cast.nairobi_coordinator, date(2027, 3, 1), date(2029, 2, 28)
    leap: dict[str, Any] = {"planned_start_on": first, "planned_end_on": date(2028, 2, 29)}
    project = await factories.joint_project(cast, **leap, planned=False)
    indicator = await factories.add_indicator(cast, project.id, periods=[])
    day = timedelta(days=1)
    outside = PeriodPlan(starts_on=first - day, ends_on=last + day)
    attempts: dict[str, Awaitable[Any]] = {
        "": periods.add_period(author, indicator.id, outside),
        "series": periods.generate_periods(
            author, indicator.id, PeriodSeries(length=L.MONTH, **vars(outside) | {})
        ),
        "periods.0.": factories.add_indicator(cast, project.id, periods=[outside]),
    }
    for at, attempt in attempts.items():
        with pytest.raises(Invalid) as refusal:
            await attempt
        at = at.removeprefix("series")
        assert refusal.value.fields == {
            f"{at}starts_on": ["2027-02-28 lies before the project begins; choose 2027-03-01 or"
                               " later."],
            f"{at}ends_on": ["2029-03-01 is more than a year after the planned end; choose"
                             " 2029-02-28 or earlier."],
        }  # fmt: skip
    row = await periods.add_period(author, indicator.id, PeriodPlan(starts_on=first, ends_on=last))
    kept = PeriodPlan(starts_on=first, ends_on=last)
    longer = (replace(kept, starts_on=first - day), replace(kept, ends_on=last + day))
    for name, plan in zip(("starts_on", "ends_on"), longer, strict=True):
        with pytest.raises(Invalid) as refusal:
            await periods.edit_period(author, row.id, plan)
        assert set(refusal.value.fields) == {name}
    proposal = factories.proposal(cast)
    said = {each.name: getattr(proposal, each.name) for each in fields(ProjectPlan)}
    shorter = {"planned_start_on": first + day, "planned_end_on": date(2028, 2, 27)}
    with pytest.raises(Invalid) as refusal:
        await projects.edit(author, project.id, ProjectPlan(**said | shorter))
    assert {name: told[0].split(",")[0] for name, told in refusal.value.fields.items()} == {
        "planned_start_on": "A period begins on 2027-03-01; choose that day or earlier",
        "planned_end_on": "A period ends on 2029-02-28",
    }
    await projects.edit(author, project.id, ProjectPlan(**said | leap))


async def test_period_is_changed_until_both_cities_have_agreed_on_it(cast: Cast) -> None:
    project = await factories.joint_project(cast, "draft")
    author, number = cast.nairobi_coordinator, project.period_id
    wider = PeriodPlan(starts_on=today(-50), ends_on=today(-5), target_value=Decimal(10))
    row = await periods.edit_period(author, number, wider, seen_version=1)
    assert (row.ends_on, row.target_value, row.version) == (today(-5), Decimal(10), 2)
    with pytest.raises(Conflict):
        await periods.edit_period(author, number, wider, seen_version=1)
    project = await factories.joint_project(cast, "active")
    number = project.period_id
    await factories.value(cast, project)
    lower = replace(wider, target_value=Decimal(8))
    with pytest.raises(Invalid, match="propose this as a plan change"):
        await periods.edit_period(author, number, lower)
    draft = await factories.joint_project(cast, "draft")
    row = await periods.edit_period(author, draft.period_id, lower)
    assert row.target_value == Decimal(8)
    with pytest.raises(Invalid) as refusal:
        await periods.edit_period(author, number, replace(wider, starts_on=today(-40)))
    assert set(refusal.value.fields) == {"starts_on"}


async def test_locked_period_stays_as_it_is(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    number, plan = project.period_id, PeriodPlan(starts_on=today(-50), ends_on=today(-10))
    value = await factories.value(cast, project)
    with pytest.raises(Invalid, match="waits for approval"):
        await periods.lock_period(cast.officer, number)
    with pytest.raises(Invalid, match="wait for approval"):
        await periods.lock_periods(cast.officer, project.id, today(-2))
    await reporting.return_(cast.seoul_approver, value.id, "Again.")
    [locked] = await periods.lock_periods(cast.officer, project.id, today(-10))
    assert (locked.id, locked.locked_at is not None) == (number, True)
    for attempt in (
        periods.lock_period(cast.officer, number),
        periods.edit_period(cast.nairobi_coordinator, number, plan),
        reporting.revise(cast.nairobi_coordinator, value.id, ValueDraft(value=Decimal(1))),
    ):
        with pytest.raises(Invalid, match="locked"):
            await attempt
    with pytest.raises(Invalid) as refusal:
        await periods.reopen_period(cast.officer, number, " ")
    assert set(refusal.value.fields) == {"reason"}
    row = await periods.reopen_period(cast.officer, number, "Nairobi found an error.")
    assert not row.locked_at
    assert row.reopen_reason == "Nairobi found an error."
    await reporting.revise(cast.nairobi_coordinator, value.id, ValueDraft(value=Decimal(1)))
    await reporting.approve(cast.seoul_approver, value.id)
    await periods.lock_period(cast.officer, number)
    draft = ValueDraft(value=Decimal(2))
    with pytest.raises(Invalid, match="locked"):
        await reporting.correct(cast.nairobi_coordinator, value.id, draft, "Twice.")


async def test_period_that_is_not_over_is_not_locked(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    plan = PeriodPlan(starts_on=today(-5), ends_on=today(5))
    period = await factories.add_period(cast, project.indicator_id, plan)
    with pytest.raises(Invalid, match="lock it once it is over"):
        await periods.lock_period(cast.officer, period.id)


async def test_locks_are_the_secretariats(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    for who in set(ACTORS) - {"officer", "administrator", "system"}:
        for attempt in (
            periods.lock_period(cast[who], project.period_id),
            periods.lock_periods(cast[who], project.id, today(-2)),
            periods.reopen_period(cast[who], project.period_id, "Why not."),
        ):
            with pytest.raises(Forbidden):
                await attempt


async def test_period_is_removed_before_the_agreement_only(cast: Cast) -> None:
    drafted = await factories.joint_project(cast, "draft")
    await periods.remove_period(cast.nairobi_coordinator, drafted.period_id)
    assert not await Period.exists().where(Period.id == drafted.period_id)
    running = await factories.joint_project(cast, "active")
    with pytest.raises(Invalid, match="waive the value instead"):
        await periods.remove_period(cast.nairobi_coordinator, running.period_id)
