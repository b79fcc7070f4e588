"""What is measured in an agreed plan: added by both sides, never by one alone."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import asyncpg
import pytest

from tests import factories
from tests.cast import Cast
from tests.domain.waiting import blocked
from tests.factories import JointProject, today
from tracker.domain.database import fetch
from tracker.domain.errors import Forbidden, Invalid
from tracker.domain.outcomes import actions as outcomes
from tracker.domain.outcomes import amending, dimensions, library, periods
from tracker.domain.outcomes.actions import DimensionPlan, PeriodPlan, ResultPlan
from tracker.domain.outcomes.library import Adoption, DefinitionPlan
from tracker.domain.outcomes.periods import PeriodSeries
from tracker.domain.outcomes.tables import (
    Accumulation,
    Aggregation,
    Benefit,
    Indicator,
    IndicatorDefinition,
    Measure,
    Period,
    PeriodLength,
    Result,
    ResultType,
    TargetSpread,
)
from tracker.domain.plan_changes import actions, rules
from tracker.domain.plan_changes.drafts import (
    AdoptedIndicator,
    NewIndicator,
    NewPeriod,
    NewPeriods,
    PlanChangeDraft,
)
from tracker.domain.plan_changes.tables import PlanChange, PlanChangeItem

PROPOSE = "propose this as a plan change"


def _period(project: JointProject, first: int, last: int) -> NewPeriod:
    return NewPeriod(
        indicator_id=project.indicator_id,
        starts_on=today(first),
        ends_on=today(last),
        target_value=Decimal(9),
    )


def _indicator(project: JointProject, **changes: object) -> NewIndicator:
    first = PeriodPlan(starts_on=today(-9), ends_on=today(30), target_value=Decimal("7.50"))
    complete = NewIndicator(
        result_id=project.result_id,
        title="Visits to a counter",
        measure=Measure.UNIT,
        ascending=False,
        unit="visits",
        baseline_value=Decimal(3000),
        baseline_on=today(-70),
        periods=[first],
    )
    return replace(complete, **changes)  # type: ignore[arg-type]


async def _ready(cast: Cast) -> IndicatorDefinition:
    plan = DefinitionPlan(
        title="Delegations received",
        result_title="Known abroad",
        result_type=ResultType.OUTPUT,
        benefit=Benefit.DONOR,
        measure=Measure.UNIT,
        ascending=True,
        accumulation=Accumulation.PERIOD,
        aggregation=Aggregation.SUM,
        unit="delegations",
    )
    return await library.add_definition(cast.officer, plan)


async def test_what_is_measured_besides_is_there_once_the_other_side_accepts(cast: Cast) -> None:
    project, ready = await factories.joint_project(cast, "active"), await _ready(cast)
    series = NewPeriods(
        indicator_id=project.indicator_id,
        starts_on=today(20),
        ends_on=today(20) + timedelta(days=360),
        length=PeriodLength.YEAR,
        target_value=Decimal(8),
        spread=TargetSpread.LAST,
    )
    draft = PlanChangeDraft(
        reason="It shows more.",
        new_indicators=[_indicator(project)],
        adopted=[AdoptedIndicator(definition_id=ready.id)],
        new_periods=[_period(project, -9, 19)],
        new_series=[series],
    )
    proposal = await actions.propose(cast.nairobi_coordinator, project.id, cast.nairobi, draft)
    assert (await Indicator.count(), await Period.count(), await Result.count()) == (1, 1, 1)
    with pytest.raises(Forbidden):
        await actions.accept(cast.nairobi_cio, proposal.id)
    await actions.accept(cast.seoul_approver, proposal.id)
    known, new, adopted = await Indicator.objects().order_by(Indicator.id)
    assert (new.result, new.title, new.baseline_value) == (
        *(project.result_id, "Visits to a counter", Decimal(3000)),
    )
    shown = await Result.objects().get(Result.id == adopted.result)
    assert shown
    assert (adopted.definition, shown.title) == (ready.id, "Known abroad")
    rows = await Period.objects().where(Period.indicator == new.id)
    assert [(row.ends_on, row.target_value) for row in rows] == [(today(30), Decimal("7.50"))]
    rows = await Period.objects().where(Period.indicator == known.id).order_by(Period.starts_on)
    assert [row.target_value for row in rows] == [10, 9, *[None] * (len(rows) - 3), 8]
    assert rows[-1].ends_on == today(20) + timedelta(days=360)
    told = await fetch(
        "SELECT DISTINCT after ->> 'plan_change' AS by FROM audit_event WHERE verb = 'add'"
        " AND (subject_type, subject_id) IN (SELECT 'indicator', id FROM indicator WHERE id <> $1"
        " UNION SELECT 'period', id FROM period WHERE id <> $2)",
        *(project.indicator_id, project.period_id),
    )
    assert [row["by"] for row in told] == [str(proposal.id)]
    items = await PlanChangeItem.objects().order_by(PlanChangeItem.id)
    assert [(each.kind, each.indicator, bool(each.period)) for each in items[:3]] == [
        ("add_indicator", new.id, False),
        ("add_indicator", adopted.id, False),
        ("add_period", known.id, True),
    ]


async def test_one_city_adds_nothing_that_decides_how_an_agreed_plan_fares(cast: Cast) -> None:
    ready = await _ready(cast)
    for state in ("agreed", "active"):
        project = await factories.joint_project(cast, state)
        days = PeriodPlan(starts_on=today(5), ends_on=today(50))
        series = PeriodSeries(length=PeriodLength.MONTH, starts_on=today(5), ends_on=today(50))
        draft = factories.indicator_draft()
        for who in (cast.nairobi_coordinator, cast.seoul_coordinator):
            for attempt in (
                outcomes.add_indicator(who, project.result_id, draft),
                library.adopt(who, project.id, ready.id, Adoption()),
                periods.add_period(who, project.indicator_id, days),
                periods.generate_periods(who, project.indicator_id, series),
            ):
                with pytest.raises(Invalid, match=PROPOSE) as refusal:
                    await attempt
                assert set(refusal.value.fields) == {"project"}


async def test_everything_wrong_with_what_would_be_measured_is_said_at_once(cast: Cast) -> None:
    other = await factories.joint_project(cast, "active")
    project, ready = await factories.joint_project(cast, "active"), await _ready(cast)
    await library.retire_definition(cast.officer, ready.id)
    outside = replace(_period(project, -61, 500), target_value=Decimal(41))
    series = NewPeriods(
        indicator_id=project.indicator_id,
        starts_on=today(-20),
        ends_on=today(40),
        length=PeriodLength.MONTH,
    )
    draft = PlanChangeDraft(
        reason=" ",
        new_indicators=[
            _indicator(project, unit="", periods=[_plain(outside)] * 2),
            _indicator(other),
        ],
        adopted=[AdoptedIndicator(definition_id=ready.id), AdoptedIndicator(definition_id=999)],
        new_periods=[
            outside,
            _period(project, 1, 9),
            _period(project, 9, 12),
            _period(other, 1, 9),
        ],
        new_series=[series],
    )
    with pytest.raises(Invalid) as refusal:
        await actions.propose(cast.nairobi_coordinator, project.id, cast.nairobi, draft)
    days = [
        f"new_indicators.0.periods.{n}.{name}" for n in (0, 1) for name in ("starts_on", "ends_on")
    ]
    assert set(refusal.value.fields) == {
        *("reason", "new_indicators.0.unit", "new_indicators.0.periods", *days),
        *("new_indicators.1.result_id", "adopted.0.definition_id", "adopted.1.definition_id"),
        *(f"new_periods.0.{name}" for name in ("starts_on", "ends_on", "target_value")),
        *("new_periods.1.starts_on", "new_periods.2.starts_on", "new_periods.3.indicator_id"),
        "new_series.0.starts_on",
    }
    assert not await PlanChange.count()


async def test_series_that_overlaps_is_not_called_nothing_as_well(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    [known] = await Period.objects().where(Period.id == project.period_id)
    series = NewPeriods(
        indicator_id=project.indicator_id,
        starts_on=known.starts_on,
        ends_on=known.ends_on + timedelta(days=360),
        length=PeriodLength.YEAR,
    )
    draft = PlanChangeDraft(reason="Longer.", new_series=[series])
    with pytest.raises(Invalid) as refusal:
        await actions.propose(cast.nairobi_coordinator, project.id, cast.nairobi, draft)
    assert set(refusal.value.fields) == {"new_series.0.starts_on"}


def _plain(plan: PeriodPlan) -> PeriodPlan:
    return PeriodPlan(starts_on=plan.starts_on, ends_on=plan.ends_on)


async def test_rules_are_asked_again_when_it_is_accepted(cast: Cast) -> None:
    project, ready = await factories.joint_project(cast, "active"), await _ready(cast)
    drafts = [
        PlanChangeDraft(reason="Why not.", new_periods=[_period(project, 1, 9)]),
        PlanChangeDraft(reason="Why not.", adopted=[AdoptedIndicator(definition_id=ready.id)]),
    ]
    for draft in drafts:
        first, second = [
            await actions.propose(cast.nairobi_coordinator, project.id, cast.nairobi, draft)
            for _ in range(2)
        ]
        await actions.accept(cast.seoul_coordinator, first.id)
        with pytest.raises(Invalid, match=r"Overlaps with|measures this already"):
            await actions.accept(cast.seoul_coordinator, second.id)
    assert (await Indicator.count(), await Period.count()) == (2, 2)


async def test_what_measures_nothing_one_city_adds_and_takes_out_again(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    who, plan = cast.nairobi_coordinator, DimensionPlan(name="age", categories=["young", "old"])
    title = ResultPlan(type=ResultType.IMPACT, title="Trust grows", benefit=Benefit.BOTH)
    result = await outcomes.add_result(who, project.id, title)
    dimension = await dimensions.add_dimension(who, project.indicator_id, plan)
    await dimensions.remove_dimension(who, dimension.id)
    await amending.remove_result(who, result.id)
    named = await outcomes.add_result(who, project.id, title)
    new = _indicator(project, result_id=named.id)
    draft = PlanChangeDraft(reason="It shows more.", new_indicators=[new])
    await actions.propose(who, project.id, cast.nairobi, draft)
    with pytest.raises(Invalid, match="A change of the plan is about it"):
        await amending.remove_result(who, named.id)
    with pytest.raises(Invalid, match="this stays in it"):
        await amending.remove_result(who, project.result_id)


async def test_breakdown_that_both_cities_agreed_on_stays(cast: Cast) -> None:
    project = await factories.joint_project(cast, "draft")
    who, plan = cast.nairobi_coordinator, DimensionPlan(name="age", categories=["young", "old"])
    dimension = await dimensions.add_dimension(who, project.indicator_id, plan)
    await factories.advance(cast, project, *factories.projects.ROUTES["active"])
    for attempt in (
        dimensions.edit_dimension(who, dimension.id, replace(plan, additive=False)),
        dimensions.remove_dimension(who, dimension.id),
    ):
        with pytest.raises(Invalid, match="Both cities agreed to break values down by it"):
            await attempt


async def test_nobody_is_asked_while_the_work_counts_as_done(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    draft = PlanChangeDraft(reason="It goes on.", new_periods=[_period(project, 1, 9)])
    proposal = await actions.propose(cast.nairobi_coordinator, project.id, cast.nairobi, draft)
    judge, asked = cast.seoul_coordinator, f"SELECT {rules.awaits('c', '$2')} FROM plan_change c"
    for steps, awaited in ((), True), (("settle", "finalise"), False), (("resume",), True):
        await factories.advance(cast, project, *steps)
        [row] = await fetch(f"{asked} WHERE c.id = $1", proposal.id, judge.person_id)
        assert row[0] is awaited
        if not awaited:
            with pytest.raises(Invalid, match="resume it first"):
                await actions.accept(judge, proposal.id)
    await actions.accept(judge, proposal.id)


async def test_ready_indicator_is_adopted_once_in_one_proposal(cast: Cast) -> None:
    project, ready = await factories.joint_project(cast, "active"), await _ready(cast)
    twice = [AdoptedIndicator(definition_id=ready.id)] * 2
    draft = PlanChangeDraft(reason="It shows more.", adopted=twice)
    with pytest.raises(Invalid) as refusal:
        await actions.propose(cast.nairobi_coordinator, project.id, cast.nairobi, draft)
    assert set(refusal.value.fields) == {"adopted.1.definition_id"}


async def test_nothing_is_looked_up_for_more_parts_than_a_proposal_has(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    unknown = [NewPeriod(indicator_id=0, starts_on=today(), ends_on=today())] * 51
    draft = PlanChangeDraft(reason="It shows more.", new_periods=unknown)
    with pytest.raises(Invalid) as refusal:
        await actions.propose(cast.nairobi_coordinator, project.id, cast.nairobi, draft)
    assert set(refusal.value.fields) == {""}, "fifty-one times nothing was found otherwise"


def _days(project: JointProject, first: int, many: int) -> list[NewPeriod]:
    """So many periods of a day each."""
    return [_period(project, day, day) for day in range(first, first + many)]


async def test_two_acceptances_at_once_give_an_indicator_no_more_periods_than_one_has(
    cast: Cast, connection: asyncpg.Connection
) -> None:
    project = await factories.joint_project(cast, "active")
    numbers = []
    for first in 1, 60:
        draft = PlanChangeDraft(reason="Daily.", new_periods=_days(project, first, 48))
        made = await actions.propose(cast.nairobi_coordinator, project.id, cast.nairobi, draft)
        numbers.append(made.id)
    async with connection.transaction():
        await connection.execute(
            "SELECT FROM indicator WHERE id = $1 FOR UPDATE", project.indicator_id
        )
        judges = cast.seoul_coordinator, cast.seoul_approver
        both = [
            asyncio.create_task(actions.accept(*each)) for each in zip(judges, numbers, strict=True)
        ]
        await blocked(connection, 2)
    ends = await asyncio.gather(*both, return_exceptions=True)
    [refused] = [end for end in ends if isinstance(end, Invalid)]
    assert "has 49 periods, and at most 96" in str(refused)
    assert await Period.count() == 49


async def test_series_and_periods_of_one_proposal_share_the_room(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active", planned_end_on=today(300))
    for first in 1, 50:
        draft = PlanChangeDraft(reason="Daily.", new_periods=_days(project, first, 46))
        made = await actions.propose(cast.nairobi_coordinator, project.id, cast.nairobi, draft)
        await actions.accept(cast.seoul_coordinator, made.id)
    series = NewPeriods(
        indicator_id=project.indicator_id,
        starts_on=today(110),
        ends_on=today(150),
        length=PeriodLength.MONTH,
    )
    draft = PlanChangeDraft(
        reason="Daily.", new_periods=_days(project, 100, 2), new_series=[series]
    )
    with pytest.raises(Invalid, match="has 93 periods, and at most 96") as refusal:
        await actions.propose(cast.nairobi_coordinator, project.id, cast.nairobi, draft)
    assert set(refusal.value.fields) == {"new_series.0.length"}
