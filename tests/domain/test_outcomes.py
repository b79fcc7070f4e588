"""Planning what is measured: results, indicators, periods."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests import factories
from tests.cast import ACTORS, Cast
from tests.factories import today
from tracker.domain.errors import Conflict, Forbidden, Invalid, NotFound
from tracker.domain.outcomes import actions, periods
from tracker.domain.outcomes.actions import IndicatorPlan, PeriodPlan, ResultPlan
from tracker.domain.outcomes.rules import percentage
from tracker.domain.outcomes.tables import (
    Aggregation,
    Benefit,
    Indicator,
    Measure,
    Period,
    ResultType,
)

RESULT = ResultPlan(type=ResultType.OUTCOME, title="Permits are quick", benefit=Benefit.BOTH)


def _plan(**changes: Any) -> IndicatorPlan:
    """The factory's indicator without its periods."""
    draft = vars(factories.indicator_draft(**changes))
    return IndicatorPlan(
        **{name: draft[name] for name in draft if name not in ("periods", "dimensions")}
    )


@pytest.mark.parametrize(
    ("numerator", "denominator", "expected"),
    [
        ("1", "4", "25"),
        ("50", "50", "100"),
        ("0", "7", "0"),
        ("3", "2", "150"),
        ("1", "3", "33.333333333333"),
        ("2", "3", "66.666666666667"),
        ("-1", "8", "-12.5"),
        ("999999999999999", "0.000001", "99999999999999900000000"),
    ],
)
def test_percentage_is_exact_or_rounded_late(
    numerator: str, denominator: str, expected: str
) -> None:
    assert str(percentage(Decimal(numerator), Decimal(denominator))) == expected


async def test_indicator_with_its_periods(cast: Cast) -> None:
    project = await factories.joint_project(cast, "draft", planned=False)
    periods = [
        PeriodPlan(starts_on=today(31), ends_on=today(60), target_value=Decimal(10)),
        PeriodPlan(starts_on=today(1), ends_on=today(30), target_value=Decimal("22.5")),
    ]
    indicator = await factories.add_indicator(cast, project.id, periods=periods)
    rows = await Period.select().where(Period.indicator == indicator.id).order_by(Period.starts_on)
    assert [row["target_value"] for row in rows] == [Decimal("22.5"), Decimal(10)]
    assert {row["project"] for row in rows} == {project.id}


@pytest.mark.parametrize(
    ("changes", "problems"),
    [
        ({"title": "x" * 10_000}, {"title"}),
        ({"unit": ""}, {"unit"}),
        ({"unit": "x" * 61}, {"unit"}),
        ({"baseline_on": None}, {"baseline_on"}),
        ({"baseline_value": None}, {"baseline_on"}),
        ({"baseline_on": today(2)}, {"baseline_on"}),
        ({"baseline_value": Decimal("NaN")}, {"baseline_value"}),
        ({"baseline_value": Decimal("Infinity")}, {"baseline_value"}),
        ({"baseline_value": Decimal("1E+15")}, {"baseline_value"}),
        ({"baseline_value": Decimal("100.0000001")}, {"baseline_value"}),
        ({"ascending": True}, {"periods.0.target_value"}),
        ({"aggregation": Aggregation.RATIO_OF_SUMS}, {"aggregation"}),
        ({"measure": Measure.PERCENTAGE, "aggregation": Aggregation.SUM}, {"aggregation"}),
        ({"measure": Measure.QUALITATIVE}, {"baseline_value", "periods.0.target_value"}),
        ({"means_of_verification": "x" * 10_001}, {"means_of_verification"}),
        ({"periods": [PeriodPlan(starts_on=today(), ends_on=today(-1))]}, {"periods.0.ends_on"}),
        (
            {"periods": [PeriodPlan(starts_on=today(1), ends_on=today(3))] * 2},
            {"periods"},
        ),
        (
            {"periods": [PeriodPlan(starts_on=today(n), ends_on=today(n)) for n in range(61)]},
            {"periods"},
        ),
        (
            {
                "periods": [
                    PeriodPlan(starts_on=today(), ends_on=today(), target_value=Decimal("sNaN"))
                ]
            },
            {"periods.0.target_value"},
        ),
        ({"title": "", "unit": "", "baseline_on": today(2)}, {"title", "unit", "baseline_on"}),
    ],
)
async def test_indicator_that_breaks_a_rule(
    cast: Cast, changes: dict[str, Any], problems: set[str]
) -> None:
    project = await factories.joint_project(cast, "draft", planned=False)
    with pytest.raises(Invalid) as refusal:
        await factories.add_indicator(cast, project.id, **changes)
    assert set(refusal.value.fields) == problems
    assert not await Indicator.exists()


async def test_percentage_is_in_percent(cast: Cast) -> None:
    project = await factories.joint_project(cast, "draft", planned=False)
    indicator = await factories.add_indicator(
        cast, project.id, measure=Measure.PERCENTAGE, unit="", aggregation=Aggregation.RATIO_OF_SUMS
    )
    assert indicator.unit == "%"


async def test_period_that_overlaps(cast: Cast) -> None:
    project = await factories.joint_project(cast, "draft")
    # The factory's period ends ten days ago, its last day included.
    draft = PeriodPlan(starts_on=today(-10), ends_on=today(5))
    with pytest.raises(Invalid) as refusal:
        await periods.add_period(cast.nairobi_coordinator, project.indicator_id, draft)
    assert refusal.value.fields == {
        "starts_on": [f"Overlaps with {today(-50)} – {today(-10)}; choose other days."]
    }
    draft = PeriodPlan(starts_on=today(-9), ends_on=today(5))
    assert await periods.add_period(cast.nairobi_coordinator, project.indicator_id, draft)


async def test_planning_by_others(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    period = PeriodPlan(starts_on=today(1), ends_on=today(5))
    allowed = {"nairobi_coordinator", "nairobi_cio", "seoul_coordinator"}
    for who in set(ACTORS) - allowed:
        for attempt in (
            actions.add_result(cast[who], project.id, RESULT),
            actions.add_indicator(cast[who], project.result_id, factories.indicator_draft()),
            periods.add_period(cast[who], project.indicator_id, period),
            actions.edit_indicator(cast[who], project.indicator_id, _plan()),
        ):
            with pytest.raises(Forbidden):
                await attempt


async def test_planning_once_the_project_has_ended(cast: Cast) -> None:
    project = await factories.joint_project(cast, "closed")
    with pytest.raises(Invalid, match="The project is closed; its plan is closed"):
        await actions.add_result(cast.seoul_coordinator, project.id, RESULT)


async def test_editing_what_both_cities_agreed_on(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    author = cast.seoul_coordinator
    plan = _plan(title="Days to a building permit", baseline_value=Decimal(41))
    with pytest.raises(Invalid) as refusal:
        await actions.edit_indicator(author, project.indicator_id, plan)
    assert set(refusal.value.fields) == {"baseline_value"}
    row = await actions.edit_indicator(author, project.indicator_id, _plan(title=plan.title))
    assert row.title == plan.title


async def test_editing_before_anything_was_agreed(cast: Cast) -> None:
    project = await factories.joint_project(cast, "draft")
    plan = _plan(title="Days to a building permit", baseline_value=Decimal(41))
    row = await actions.edit_indicator(
        cast.nairobi_coordinator, project.indicator_id, plan, seen_version=1
    )
    assert (row.title, row.baseline_value, row.version) == (plan.title, Decimal(41), 2)
    with pytest.raises(Conflict):
        await actions.edit_indicator(
            cast.nairobi_coordinator, project.indicator_id, plan, seen_version=1
        )


async def test_editing_against_the_targets(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    with pytest.raises(Invalid, match="the target 10 is worse than the baseline 9"):
        await actions.edit_indicator(
            cast.seoul_coordinator, project.indicator_id, _plan(baseline_value=Decimal(9))
        )


async def test_editing_what_reported_numbers_mean(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    await factories.value(cast, project, "approved")
    plan = _plan(unit="weeks", baseline_value=Decimal(41), title="Weeks to a permit")
    with pytest.raises(Invalid) as refusal:
        await actions.edit_indicator(cast.seoul_coordinator, project.indicator_id, plan)
    assert set(refusal.value.fields) == {"unit", "baseline_value"}
    retitled = _plan(title="Days until a permit is issued")
    row = await actions.edit_indicator(cast.seoul_coordinator, project.indicator_id, retitled)
    assert row.title == retitled.title


async def test_waiving_a_period(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    with pytest.raises(Invalid) as refusal:
        await periods.waive_period(cast.officer, project.period_id, "")
    assert refusal.value.fields == {"reason": ["Write something here."]}
    row = await periods.waive_period(cast.officer, project.period_id, "The register burned.")
    assert row.waived_reason == "The register burned."
    with pytest.raises(Invalid, match="waived already"):
        await periods.waive_period(cast.officer, project.period_id, "Again.")


async def test_waiving_what_was_reported(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    await factories.value(cast, project, "submitted")
    with pytest.raises(Invalid, match="A value is submitted for it"):
        await periods.waive_period(cast.officer, project.period_id, "The register burned.")


async def test_nobody_excuses_themselves(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    for who in set(ACTORS) - {"officer", "administrator"}:
        with pytest.raises(Forbidden):
            await periods.waive_period(cast[who], project.period_id, "Too much work.")


async def test_indicator_of_a_project_that_one_does_not_see(cast: Cast) -> None:
    project = await factories.joint_project(cast, "draft")
    with pytest.raises(NotFound, match="no such indicator"):
        await actions.edit_indicator(cast.lima_coordinator, project.indicator_id, _plan())


async def test_days_that_cannot_be_meant(cast: Cast) -> None:
    project = await factories.joint_project(cast, "draft")
    actor = cast.nairobi_coordinator
    with pytest.raises(Invalid) as refusal:
        await actions.edit_indicator(actor, project.indicator_id, _plan(baseline_on=date.min))
    assert set(refusal.value.fields) == {"baseline_on"}
    endless = PeriodPlan(starts_on=date.min, ends_on=date.max)
    with pytest.raises(Invalid) as refusal:
        await periods.add_period(actor, project.indicator_id, endless)
    assert set(refusal.value.fields) == {"starts_on", "ends_on"}


@pytest.mark.parametrize("number", ["1e999999999", "1e15", "1e-7", "Infinity", "NaN"])
async def test_numbers_that_cannot_be_meant(cast: Cast, number: str) -> None:
    project = await factories.joint_project(cast, "draft", planned=False)
    periods = [PeriodPlan(starts_on=today(1), ends_on=today(2), target_value=Decimal(number))]
    with pytest.raises(Invalid) as refusal:
        await factories.add_indicator(
            cast, project.id, baseline_value=Decimal(number), periods=periods
        )
    assert set(refusal.value.fields) == {"baseline_value", "periods.0.target_value"}


@pytest.mark.parametrize("unit", ["da\x00ys", "da\u202eys", "x" * 61])
async def test_unit_that_cannot_be_shown(cast: Cast, unit: str) -> None:
    project = await factories.joint_project(cast, "draft", planned=False)
    with pytest.raises(Invalid) as refusal:
        await factories.add_indicator(cast, project.id, unit=unit)
    assert set(refusal.value.fields) == {"unit"}


async def test_officer_with_a_role_in_a_partner_city_waives_nothing(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    partial = replace(
        cast.officer, memberships=cast.officer.memberships | cast.seoul_approver.memberships
    )
    with pytest.raises(Forbidden):
        await periods.waive_period(partial, project.period_id, "The register burned.")
