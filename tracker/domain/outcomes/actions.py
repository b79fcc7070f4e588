"""Planning what a project sets out to change, and how that will be measured."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

from tracker.domain import clock
from tracker.domain.actor import Actor
from tracker.domain.audit import change, create, load
from tracker.domain.cities.tables import City
from tracker.domain.database import transaction
from tracker.domain.edits import completed, edits
from tracker.domain.errors import Forbidden
from tracker.domain.messages import either, say, word
from tracker.domain.outcomes.rules import visible
from tracker.domain.outcomes.tables import (
    Accumulation,
    Aggregation,
    Benefit,
    Dimension,
    Indicator,
    Measure,
    Period,
    Result,
    ResultType,
)
from tracker.domain.outcomes.targets import check_target
from tracker.domain.problems import WORD_MOST, Problems
from tracker.domain.projects import queries as projects
from tracker.domain.projects import rules as project_rules
from tracker.domain.projects.rules import PARTNER, closed_plan, proposed_only
from tracker.domain.projects.span import check_days
from tracker.domain.projects.tables import Project

UNIT_MOST = 60
DIMENSIONS_MOST, CATEGORIES_MOST = 5, 40
"""What somebody would still fill in."""

PERIODS_MOST = 60
"""Five years, month by month."""

PERIODS_IN_ALL_MOST = 96
"""Of one indicator: eight years, month by month. Pages read a hundred; the follow-up comes too."""

AGGREGATIONS = {
    Measure.UNIT: {Aggregation.SUM, Aggregation.LATEST, Aggregation.NONE},
    # Percentages are never averaged or added up: their parts are.
    Measure.PERCENTAGE: {Aggregation.RATIO_OF_SUMS, Aggregation.LATEST, Aggregation.NONE},
    Measure.QUALITATIVE: {Aggregation.NONE},
}
"""How values of each measure may be rolled up over projects."""


@dataclass(frozen=True, kw_only=True)
class ResultPlan:
    """What should change, and for whose benefit."""

    type: ResultType
    title: str
    benefit: Benefit


@dataclass(frozen=True, kw_only=True)
class PeriodPlan:
    """A stretch of days, both ends included, with what should be reached by its end."""

    starts_on: date
    ends_on: date
    target_value: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class DimensionPlan:
    """What values are broken down by, such as gender, and into which parts. They are `additive`
    where each thing is counted in one of them only, so that they should add up."""

    name: str
    categories: Sequence[str]
    additive: bool = True


@dataclass(frozen=True, kw_only=True)
class IndicatorPlan:
    """How a result is measured. Whether more is better is always said, never guessed."""

    title: str
    measure: Measure
    ascending: bool
    accumulation: Accumulation = Accumulation.PERIOD
    aggregation: Aggregation = Aggregation.NONE
    unit: str = ""
    baseline_value: Decimal | None = None
    baseline_on: date | None = None
    means_of_verification: str = ""


@dataclass(frozen=True, kw_only=True)
class IndicatorDraft(IndicatorPlan):
    """A new indicator with its first periods, and what its values are broken down by."""

    periods: Sequence[PeriodPlan] = ()
    dimensions: Sequence[DimensionPlan] = ()


async def add_result(actor: Actor, project_id: int, draft: ResultPlan) -> Result:
    """Say what the project sets out to change. It measures nothing by itself, so a partner adds it
    to an agreed plan as well; how it is measured takes a plan change then.

    Raises Invalid, NotFound, or Forbidden for anybody but the partners' coordinators.
    """
    problems = Problems()
    title = problems.title("title", draft.title)
    async with transaction():
        await planned(actor, project_id, problems)
        problems.raise_any()
        result = Result(project=project_id, type=draft.type, title=title, benefit=draft.benefit)
        return await create(actor, result, "add")


async def add_indicator(actor: Actor, result_id: int, draft: IndicatorDraft) -> Indicator:
    """Say how a result is measured, from which baseline to which targets, until the plan is agreed;
    from then on, propose a plan change.

    Raises Invalid, NotFound, or Forbidden for anybody but the partners' coordinators.
    """
    return await plan_indicator(actor, result_id, draft)


async def plan_indicator(
    actor: Actor, result_id: int, draft: IndicatorDraft, definition_id: int | None = None
) -> Indicator:
    """The same of one that comes from the library, or from nowhere."""
    problems = Problems()
    dimensions = check_dimensions(draft.measure, draft.dimensions, problems, "dimensions.{}.")
    async with transaction():
        result = await load(actor, Result, result_id, visible)
        project = await planned(actor, result.project, problems)
        require_unagreed(project, problems)
        plan = await checked(draft, draft.periods, project, problems)
        problems.raise_any()
        indicator = Indicator(
            project=result.project, result=result_id, definition=definition_id, **plan
        )
        await create(actor, indicator, "add")
        for period in draft.periods:
            await plan_period(actor, indicator, period)
        for dimension in dimensions:
            await declare(actor, indicator, dimension)
    return indicator


@edits
async def edit_indicator(
    actor: Actor, indicator_id: int, draft: IndicatorPlan, seen_version: int | None = None
) -> Indicator:
    """Rewrite how a result is measured. Once the plan is agreed, what the numbers mean stays: only
    the title and the means of verification may change.

    Raises Invalid, NotFound, Conflict, or Forbidden for anybody but the partners' coordinators.
    """
    problems = Problems()
    async with _edited(actor, indicator_id, "edit", seen_version, problems) as (row, project):
        draft = completed(draft, row)
        plan = _checked(draft, problems)
        await _check_baseline_date(draft, project, problems)
        check_periods(draft, await periods_of(indicator_id), problems)
        if proposed_only(project):
            _require_same_meaning(row, plan, problems)
        problems.raise_any()
        for name, value in plan.items():
            setattr(row, name, value)
    return row


async def planned(
    actor: Actor, project_id: int, problems: Problems, *, adding: bool = True
) -> Project:
    """The project, for its partners' coordinators; notes when its plan is closed."""
    project = await load(actor, Project, project_id, project_rules.visible)
    if not PARTNER.holds(actor, await projects.facts(project_id, clock.now())):
        raise Forbidden(say("Only a coordinator of a partner city plans what is measured."))
    if closed := closed_plan(project.state, adding=adding):
        problems.add("project", closed)
    return project


def require_unagreed(project: Project, problems: Problems) -> None:
    """Notes that what decides how the project fares is added by both sides together by now."""
    if proposed := proposed_only(project):
        problems.add("project", proposed)


@asynccontextmanager
async def _edited(
    actor: Actor, indicator_id: int, verb: str, seen_version: int | None, problems: Problems
) -> AsyncIterator[tuple[Indicator, Project]]:
    async with change(
        actor, Indicator, indicator_id, visible, verb, seen_version=seen_version
    ) as indicator:
        yield indicator, await planned(actor, indicator.project, problems, adding=False)


async def plan_period(actor: Actor, indicator: Indicator, draft: PeriodPlan) -> Period:
    period = Period(
        project=indicator.project,
        indicator=indicator.id,
        starts_on=draft.starts_on,
        ends_on=draft.ends_on,
        target_value=draft.target_value,
    )
    return await create(actor, period, "add")


async def declare(actor: Actor, indicator: Indicator, plan: dict[str, Any]) -> Dimension:
    """A dimension of the indicator, from columns that were checked."""
    dimension = Dimension(project=indicator.project, indicator=indicator.id, **plan)
    return await create(actor, dimension, "add")


def check_dimensions(
    measure: str, plans: Sequence[DimensionPlan], problems: Problems, at: str = ""
) -> list[dict[str, Any]]:
    """The dimensions as columns; notes everything that is wrong with them. `at` says where each
    stands in the input, by its index."""
    problems.unless(
        len(plans) <= DIMENSIONS_MOST,
        "dimensions",
        say("At most {most} dimensions.", most=DIMENSIONS_MOST),
    )
    problems.unless(
        not plans or measure != Measure.QUALITATIVE,
        f"{at.format(0)}name",
        say("A qualitative indicator has no numbers that could be broken down."),
    )
    found = [_dimension(plan, problems, at.format(index)) for index, plan in enumerate(plans)]
    names = [each["name"] for each in found]
    for index, name in enumerate(names):
        problems.unless(
            name not in names[:index],
            f"{at.format(index)}name",
            say("Declared twice; leave one out."),
        )
    return found


def _dimension(plan: DimensionPlan, problems: Problems, at: str) -> dict[str, Any]:
    name = problems.line(f"{at}name", plan.name, WORD_MOST)
    problems.unless(bool(name), f"{at}name", say("Write something here."))
    given = [" ".join(each.split()) for each in plan.categories]
    categories = list(dict.fromkeys(each for each in given if each))
    for each in categories:
        problems.line(f"{at}categories", each, WORD_MOST)
    problems.unless(
        2 <= len(categories) <= CATEGORIES_MOST,
        f"{at}categories",
        say("Name 2 to {most} different parts, such as women and men.", most=CATEGORIES_MOST),
    )
    return {"name": name, "categories": categories, "additive": plan.additive}


def checked_unit(measure: Measure, aggregation: Aggregation, unit: str, problems: Problems) -> str:
    """The unit, % of percentages where none is given; notes a measure that lacks one, and one
    whose values are not rolled up in this way."""
    unit = problems.line("unit", unit, UNIT_MOST) or ("%" if measure == Measure.PERCENTAGE else "")
    problems.unless(
        bool(unit) or measure != Measure.UNIT, "unit", say("Say what is counted, such as days.")
    )
    allowed = AGGREGATIONS[measure]
    problems.unless(
        aggregation in allowed,
        "aggregation",
        say(
            "{measure} values are not rolled up as {aggregation}; choose {allowed}.",
            measure=word(measure),
            aggregation=word(aggregation),
            allowed=either(sorted(allowed)),
        ),
    )
    return unit


async def checked(
    draft: IndicatorPlan,
    periods: Sequence[PeriodPlan],
    project: Project,
    problems: Problems,
    at: str = "",
) -> dict[str, Any]:
    """A new indicator of the project as columns; notes everything that is wrong with it and with
    its first periods. `at` says where its fields stand in the input."""
    noted = Problems()
    plan = _checked(draft, noted)
    await _check_baseline_date(draft, project, noted)
    check_periods(draft, periods, noted, "periods.{}.", project)
    problems.include(noted, at)
    return plan


def _checked(draft: IndicatorPlan, problems: Problems) -> dict[str, Any]:
    """The plan as columns; notes everything that is wrong with it."""
    unit = checked_unit(draft.measure, draft.aggregation, draft.unit, problems)
    _check_baseline(draft, problems)
    means = problems.text("means_of_verification", draft.means_of_verification)
    return {
        "title": problems.title("title", draft.title),
        "measure": draft.measure,
        "ascending": draft.ascending,
        "accumulation": draft.accumulation,
        "aggregation": draft.aggregation,
        "unit": unit,
        "baseline_value": draft.baseline_value,
        "baseline_on": draft.baseline_on,
        "means_of_verification": means,
    }


def _check_baseline(draft: IndicatorPlan, problems: Problems) -> None:
    problems.number("baseline_value", draft.baseline_value)
    problems.unless(
        (draft.baseline_value is None) == (draft.baseline_on is None),
        "baseline_on",
        say("A baseline is a value and the day on which it was taken; give both or neither."),
    )
    problems.unless(
        draft.baseline_value is None or draft.measure != Measure.QUALITATIVE,
        "baseline_value",
        say("A qualitative indicator has no numbers; describe the baseline in its title."),
    )


async def _check_baseline_date(draft: IndicatorPlan, project: Project, problems: Problems) -> None:
    """Judged by the leading city's calendar."""
    [city] = await City.select(City.time_zone).where(City.id == project.lead_city)
    problems.not_future("baseline_on", draft.baseline_on, clock.today(city["time_zone"]))


def check_periods(
    indicator: IndicatorPlan,
    periods: Sequence[PeriodPlan],
    problems: Problems,
    at: str = "",
    project: Project | None = None,
) -> None:
    """Notes everything that is wrong with periods of the indicator; with those that are new to its
    `project`, also that their days lie outside of it. `at` says where each stands in the input, by
    its index."""
    problems.unless(
        len(periods) <= PERIODS_MOST,
        "periods",
        say("At most {most} periods at a time.", most=PERIODS_MOST),
    )
    for index, period in enumerate(periods):
        check_period(indicator, period, problems, at.format(index))
        if project:
            check_days(project, period.starts_on, period.ends_on, problems, at.format(index))
    in_order = sorted(periods, key=lambda period: period.starts_on)
    for earlier, later in pairwise(in_order):
        problems.unless(
            earlier.ends_on < later.starts_on,
            "periods",
            say(
                "The periods from {earlier} and from {later} overlap.",
                earlier=earlier.starts_on,
                later=later.starts_on,
            ),
        )


def check_period(indicator: IndicatorPlan, period: PeriodPlan, problems: Problems, at: str) -> None:
    problems.day(f"{at}starts_on", period.starts_on)
    problems.day(f"{at}ends_on", period.ends_on)
    problems.unless(
        period.starts_on <= period.ends_on,
        f"{at}ends_on",
        say(
            "A period that starts on {starts_on} cannot end on {ends_on}.",
            starts_on=period.starts_on,
            ends_on=period.ends_on,
        ),
    )
    check_target(indicator, period.target_value, problems, f"{at}target_value")


async def periods_of(indicator_id: int) -> list[PeriodPlan]:
    rows = await Period.objects().where(Period.indicator == indicator_id)
    return [
        PeriodPlan(starts_on=row.starts_on, ends_on=row.ends_on, target_value=row.target_value)
        for row in rows
    ]


def plan_of(row: Indicator) -> IndicatorPlan:
    return IndicatorPlan(
        title=row.title,
        measure=Measure(row.measure),
        ascending=row.ascending,
        accumulation=Accumulation(row.accumulation),
        baseline_value=row.baseline_value,
    )


AGREED = say("Both cities agreed on the present one; propose another indicator instead.")


def _require_same_meaning(row: Indicator, plan: dict[str, Any], problems: Problems) -> None:
    for name, value in plan.items():
        if name not in ("title", "means_of_verification"):
            problems.unless(getattr(row, name) == value, name, AGREED)
