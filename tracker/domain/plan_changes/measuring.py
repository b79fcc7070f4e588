"""The parts of a proposal about what is measured: targets, and what would be measured besides. What
is wrong with any of them is noted at its place in the draft; what is not of this project is not
there."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from tracker.domain.messages import listed, say
from tracker.domain.outcomes import library
from tracker.domain.outcomes.actions import PeriodPlan, checked
from tracker.domain.outcomes.periods import LOCKED, check_new, cut, require_room
from tracker.domain.outcomes.tables import Indicator, IndicatorDefinition, Period, Result
from tracker.domain.outcomes.targets import check_target
from tracker.domain.plan_changes.drafts import (
    AdoptedIndicator,
    Item,
    NewIndicator,
    PlanChangeDraft,
    TargetChange,
    placed,
)
from tracker.domain.plan_changes.rules import require_open
from tracker.domain.plan_changes.tables import PlanChangeKind
from tracker.domain.problems import Problems
from tracker.domain.projects.tables import Project

K = PlanChangeKind


async def items(project: Project, draft: PlanChangeDraft, problems: Problems) -> list[Item | None]:
    """What of the draft is measured, in the project as it would be planned."""
    if draft.new_indicators or draft.adopted or draft.new_periods or draft.new_series:
        require_open(project, problems, adding=True)
    return [
        *[await _target(project, *each, problems) for each in placed("targets", draft.targets)],
        *[
            await _indicator(project, *each, problems)
            for each in placed("new_indicators", draft.new_indicators)
        ],
        *await _all_adopted(project, draft, problems),
        *await _periods(project, draft, problems),
    ]


async def _all_adopted(
    project: Project, draft: PlanChangeDraft, problems: Problems
) -> list[Item | None]:
    """Each once: what is measured twice would count twice wherever it is rolled up."""
    numbers = [each.definition_id for each in draft.adopted]
    for index, number in enumerate(numbers):
        problems.unless(
            number not in numbers[:index],
            f"adopted.{index}.definition_id",
            say("Something stands in it twice; leave one out."),
        )
    return [await _adopted(project, *each, problems) for each in placed("adopted", draft.adopted)]


async def _target(
    project: Project, at: str, draft: TargetChange, problems: Problems
) -> Item | None:
    row = (
        await Period.objects()
        .where(Period.id == draft.period_id, Period.project == project.id)
        .first()
    )
    if row is None:
        problems.add(f"{at}period_id", say("There is no such period in this project."))
        return None
    require_open(project, problems)
    field = f"{at}target_value"
    indicator = await Indicator.objects().where(Indicator.id == row.indicator).first()
    assert indicator is not None
    check_target(indicator, draft.target_value, problems, field)
    problems.unless(
        not row.waived_reason, f"{at}period_id", say("No value is expected for it any more.")
    )
    problems.unless(row.locked_at is None, f"{at}period_id", LOCKED)
    problems.unless(
        draft.target_value != row.target_value, field, say("That is the present target.")
    )
    return Item(
        kind=K.CHANGE_TARGET,
        period=row.id,
        # The days belong to the target: in other days it would be another promise.
        before={name: getattr(row, name) for name in ("target_value", "starts_on", "ends_on")},
        after={"target_value": draft.target_value},
    )


async def _indicator(
    project: Project, at: str, draft: NewIndicator, problems: Problems
) -> Item | None:
    plan = await checked(draft, draft.periods, project, problems, at)
    known = await Result.exists().where(Result.id == draft.result_id, Result.project == project.id)
    if not known:
        problems.add(f"{at}result_id", say("There is no such result in this project."))
        return None
    return _measured(plan, draft.periods, result=draft.result_id)


async def _adopted(
    project: Project, at: str, draft: AdoptedIndicator, problems: Problems
) -> Item | None:
    definition = (
        await IndicatorDefinition.objects()
        .where(IndicatorDefinition.id == draft.definition_id)
        .first()
    )
    if definition is None:
        problems.add(f"{at}definition_id", say("There is no such indicator in the library."))
        return None
    await library.check_offered(definition, project.id, problems, at)
    plan = await checked(library.draft_of(definition, draft), (), project, problems, at)
    result = await library.find_result(project.id, definition)
    number = result.id if result else None
    return _measured(plan, (), result=number, definition=definition.id)


def _measured(
    plan: dict[str, Any],
    periods: Sequence[PeriodPlan],
    *,
    result: int | None,
    definition: int | None = None,
) -> Item:
    first = [vars(_plain(each)) for each in periods]
    after = {**plan, "definition": definition, "periods": first}
    return Item(kind=K.ADD_INDICATOR, result=result, before={}, after=after)


async def _periods(project: Project, draft: PlanChangeDraft, problems: Problems) -> list[Item]:
    """One by one and as series, each looked at beside those before it."""
    found = defaultdict[int, list[PeriodPlan]](list)
    for at, each in placed("new_periods", draft.new_periods):
        number = each.indicator_id
        if indicator := await _of(project, number, problems, at):
            plan = _plain(each)
            await check_new(indicator, project, plan, problems, at)
            _collect(found[number], [plan], problems, at)
            await require_room(number, len(found[number]), f"{at}starts_on", problems)
    for at, each in placed("new_series", draft.new_series):
        number = each.indicator_id
        if indicator := await _of(project, number, problems, at):
            plans = await cut(indicator, project, each, problems, at)
            _collect(found[number], plans, problems, at)
            await require_room(number, len(found[number]), f"{at}length", problems)
    return [
        Item(kind=K.ADD_PERIOD, indicator=number, before={}, after=vars(plan))
        for number, plans in found.items()
        for plan in plans
    ]


def _plain(draft: PeriodPlan) -> PeriodPlan:
    return PeriodPlan(
        starts_on=draft.starts_on, ends_on=draft.ends_on, target_value=draft.target_value
    )


async def _of(project: Project, number: int, problems: Problems, at: str) -> Indicator | None:
    row = (
        await Indicator.objects()
        .where(Indicator.id == number, Indicator.project == project.id)
        .first()
    )
    if row is None:
        problems.add(f"{at}indicator_id", say("There is no such indicator in this project."))
    return row


def _collect(
    found: list[PeriodPlan], plans: Sequence[PeriodPlan], problems: Problems, at: str
) -> None:
    """Put them with the others of the indicator; notes which of those share a day with them."""
    shared = [
        f"{one.starts_on} – {one.ends_on}"
        for one in found
        if any(one.starts_on <= each.ends_on and each.starts_on <= one.ends_on for each in plans)
    ]
    problems.unless(
        not shared,
        f"{at}starts_on",
        say("Overlaps with {shared}; choose other days.", shared=listed(shared)),
    )
    found.extend(plans)
