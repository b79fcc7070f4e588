"""What an acceptance does to the plan: everything is looked at again, and only then changed."""

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import orjson
from piccolo.table import Table

from tracker.domain.actor import Actor
from tracker.domain.audit import load
from tracker.domain.budgets import actions as budgets
from tracker.domain.budgets.actions import BudgetLinePlan
from tracker.domain.budgets.agreed import (
    CHANGEABLE,
    add_as_agreed,
    change_as_agreed,
    give_up_as_agreed,
)
from tracker.domain.budgets.tables import BudgetLine
from tracker.domain.errors import Conflict
from tracker.domain.messages import listed, say, word
from tracker.domain.milestones import agreed as milestones
from tracker.domain.milestones.actions import MilestonePlan
from tracker.domain.milestones.moving import check_move
from tracker.domain.milestones.tables import Milestone, MilestoneKind
from tracker.domain.outcomes import agreed as outcomes
from tracker.domain.outcomes.actions import IndicatorPlan, PeriodPlan, checked
from tracker.domain.outcomes.library import check_offered
from tracker.domain.outcomes.periods import LOCKED, check_new, require_room
from tracker.domain.outcomes.tables import (
    Accumulation,
    Aggregation,
    Indicator,
    IndicatorDefinition,
    Measure,
    Period,
)
from tracker.domain.outcomes.targets import check_target, retarget_as_agreed
from tracker.domain.plan_changes import queries
from tracker.domain.plan_changes.drafting import check_end, check_new_milestone, with_end
from tracker.domain.plan_changes.rules import require_open
from tracker.domain.plan_changes.tables import PlanChange, PlanChangeItem, PlanChangeKind
from tracker.domain.problems import Problems
from tracker.domain.projects import rules as project_rules
from tracker.domain.projects.rules import settled_plan
from tracker.domain.projects.span import end_as_agreed
from tracker.domain.projects.tables import Project

K = PlanChangeKind

READ: dict[str, Callable[[Any], Any]] = {
    "due_on": date.fromisoformat,
    "planned_end_on": date.fromisoformat,
    "starts_on": date.fromisoformat,
    "ends_on": date.fromisoformat,
    "kind": MilestoneKind,
    "value_on": date.fromisoformat,
    "baseline_on": date.fromisoformat,
    "baseline_value": Decimal,
    "measure": Measure,
    "accumulation": Accumulation,
    "aggregation": Aggregation,
    "periods": lambda each: [_read(period) for period in each],
    "target_value": Decimal,
    "amount": Decimal,
    "person_days": Decimal,
}
"""Column -> how its value is read from JSON; others are text."""


@dataclass(frozen=True)
class Part:
    """One part of an accepted change, with what it changes as it is now, locked; what is yet to be
    added is not there."""

    item: PlanChangeItem
    subject: Table | None
    called: str
    before: dict[str, Any]
    after: dict[str, Any]

    @property
    def moved(self) -> list[str]:
        """The columns that are not as they were when the change was proposed."""
        return [name for name, value in self.before.items() if getattr(self.subject, name) != value]


async def apply(actor: Actor, proposal: PlanChange) -> None:
    """Change the plan in the caller's transaction.

    Raises Conflict naming what has changed since the proposal, or Invalid where a rule has come in
    between.
    """
    items = await queries.open_items(proposal.id)
    await queries.hold(items)
    project = await load(actor, Project, proposal.project, project_rules.visible)
    parts = [await _part(item, project) for item in items]
    _require_unmoved(proposal, parts)
    await _check(project, parts)
    for part in parts:
        await DEEDS[PlanChangeKind(part.item.kind)](actor, proposal, part)


async def _check(project: Project, parts: Sequence[Part]) -> None:
    """Raises Invalid with every rule that has come in between."""
    problems = Problems()
    if settled := settled_plan(project.state):
        problems.add("project", settled)
    ends = [part.after["planned_end_on"] for part in parts if part.item.kind == K.MOVE_END]
    planned = with_end(project, next(iter(ends), None))
    if ends:
        moves = [part.item.milestone for part in parts if part.item.kind == K.MOVE_MILESTONE]
        await check_end(planned, moves, problems)
    for part in parts:
        if check := CHECKS.get(PlanChangeKind(part.item.kind)):
            await check(planned, part, problems)
    more = Counter(part.item.indicator for part in parts if part.item.kind == K.ADD_PERIOD)
    for indicator_id, periods in more.items():
        await require_room(indicator_id, periods, "starts_on", problems)
    problems.raise_any()


def _require_unmoved(proposal: PlanChange, parts: Sequence[Part]) -> None:
    moved = {part.called: part.moved for part in parts if part.moved}
    if moved:
        raise Conflict(
            say(
                "The plan has changed since this was proposed: {parts}. Refuse it, or have it"
                " proposed anew from the plan as it is.",
                parts=listed(moved),
            ),
            version=proposal.version,
            changed=sorted({name for names in moved.values() for name in names}),
        )


async def _part(item: PlanChangeItem, project: Project) -> Part:
    subject: Table | None = None
    called: str = ""  # of what is yet to be added nothing can have moved
    if item.kind == K.MOVE_END:
        subject, called = project, word("planned end")
    elif item.milestone:
        [row] = await Milestone.objects().where(Milestone.id == item.milestone)
        subject, called = row, row.title
    elif item.period:
        [period] = await Period.objects().where(Period.id == item.period)
        subject = period
        called = say("{first} to {last}", first=period.starts_on, last=period.ends_on)
    elif item.budget_line:
        [line] = await BudgetLine.objects().where(BudgetLine.id == item.budget_line)
        subject, called = line, line.title
    before, after = (_read(orjson.loads(side)) for side in (item.before, item.after))
    return Part(item, subject, called, before, after)


def _read(told: dict[str, Any]) -> dict[str, Any]:
    return {
        name: READ[name](value) if name in READ and value is not None else value
        for name, value in told.items()
    }


async def _check_move(project: Project, part: Part, problems: Problems) -> None:
    assert isinstance(part.subject, Milestone)
    check_move(part.subject, project, part.after["due_on"], problems)


async def _check_new_milestone(project: Project, part: Part, problems: Problems) -> None:
    check_new_milestone(project, MilestonePlan(**part.after), problems)


async def _check_weight(project: Project, part: Part, problems: Problems) -> None:
    assert isinstance(part.subject, Milestone)
    require_open(project, problems)
    milestones.check_reweigh(part.subject, part.after["weight"], problems)


async def _check_target(project: Project, part: Part, problems: Problems) -> None:
    assert isinstance(part.subject, Period)
    require_open(project, problems)
    indicator = await Indicator.objects().where(Indicator.id == part.subject.indicator).first()
    assert indicator is not None
    check_target(indicator, part.after["target_value"], problems, "target_value")
    problems.unless(part.subject.locked_at is None, "period_id", LOCKED)


async def _check_new_indicator(project: Project, part: Part, problems: Problems) -> None:
    require_open(project, problems, adding=True)
    plan = {name: value for name, value in part.after.items() if name != "definition"}
    periods = [PeriodPlan(**period) for period in plan.pop("periods")]
    await checked(IndicatorPlan(**plan), periods, project, problems)
    if number := part.after["definition"]:
        definition = await IndicatorDefinition.objects().get(IndicatorDefinition.id == number)
        assert definition is not None
        await check_offered(definition, project.id, problems)


async def _check_new_period(project: Project, part: Part, problems: Problems) -> None:
    require_open(project, problems, adding=True)
    indicator = await Indicator.objects().get(Indicator.id == part.item.indicator)
    assert indicator is not None
    await check_new(indicator, project, PeriodPlan(**part.after), problems)


async def _check_new_line(project: Project, part: Part, problems: Problems) -> None:
    require_open(project, problems, adding=True)
    budgets.checked(BudgetLinePlan(**part.after), problems)


async def _check_line(project: Project, part: Part, problems: Problems) -> None:
    require_open(project, problems)
    budgets.checked(BudgetLinePlan(**_line_after(part)), problems)


async def _check_removed(project: Project, part: Part, problems: Problems) -> None:
    require_open(project, problems)


def _line_after(part: Part) -> dict[str, Any]:
    """The whole line as it would be: what the change does not name stays as it is now."""
    present = {name: getattr(part.subject, name) for name in CHANGEABLE}
    return present | part.after


async def _move(actor: Actor, proposal: PlanChange, part: Part) -> None:
    await milestones.move_as_agreed(
        actor, part.item.milestone, part.after["due_on"], proposal.reason, proposal.id
    )


async def _move_end(actor: Actor, proposal: PlanChange, part: Part) -> None:
    await end_as_agreed(actor, proposal.project, part.after["planned_end_on"], proposal.id)


async def _add_milestone(actor: Actor, proposal: PlanChange, part: Part) -> None:
    city = part.item.city
    row = await milestones.add_as_agreed(actor, proposal.project, city, part.after, proposal.id)
    part.item.milestone = row.id
    await part.item.save()


async def _reweigh(actor: Actor, proposal: PlanChange, part: Part) -> None:
    await milestones.reweigh_as_agreed(
        actor, part.item.milestone, part.after["weight"], proposal.id
    )


async def _retarget(actor: Actor, proposal: PlanChange, part: Part) -> None:
    await retarget_as_agreed(actor, part.item.period, part.after["target_value"], proposal.id)


async def _add_indicator(actor: Actor, proposal: PlanChange, part: Part) -> None:
    row = await outcomes.add_indicator_as_agreed(
        actor, proposal.project, part.item.result, part.after, proposal.id
    )
    part.item.indicator, part.item.result = row.id, row.result
    await part.item.save()


async def _add_period(actor: Actor, proposal: PlanChange, part: Part) -> None:
    row = await outcomes.add_period_as_agreed(
        actor, proposal.project, part.item.indicator, part.after, proposal.id
    )
    part.item.period = row.id
    await part.item.save()


async def _add_line(actor: Actor, proposal: PlanChange, part: Part) -> None:
    line = await add_as_agreed(actor, proposal.project, part.item.city, part.after)
    part.item.budget_line = line.id
    await part.item.save()


async def _change_line(actor: Actor, proposal: PlanChange, part: Part) -> None:
    await change_as_agreed(actor, part.item.budget_line, _line_after(part), proposal.id)


async def _give_line_up(actor: Actor, proposal: PlanChange, part: Part) -> None:
    await give_up_as_agreed(actor, part.item.budget_line, proposal.id)


CHECKS: dict[PlanChangeKind, Callable[[Project, Part, Problems], Awaitable[None]]] = {
    K.MOVE_MILESTONE: _check_move,
    K.ADD_MILESTONE: _check_new_milestone,
    K.CHANGE_WEIGHT: _check_weight,
    K.CHANGE_TARGET: _check_target,
    K.ADD_INDICATOR: _check_new_indicator,
    K.ADD_PERIOD: _check_new_period,
    K.ADD_BUDGET_LINE: _check_new_line,
    K.CHANGE_BUDGET_LINE: _check_line,
    K.REMOVE_BUDGET_LINE: _check_removed,
}

DEEDS: dict[PlanChangeKind, Callable[[Actor, PlanChange, Part], Awaitable[None]]] = {
    K.MOVE_MILESTONE: _move,
    K.ADD_MILESTONE: _add_milestone,
    K.CHANGE_WEIGHT: _reweigh,
    K.MOVE_END: _move_end,
    K.CHANGE_TARGET: _retarget,
    K.ADD_INDICATOR: _add_indicator,
    K.ADD_PERIOD: _add_period,
    K.ADD_BUDGET_LINE: _add_line,
    K.CHANGE_BUDGET_LINE: _change_line,
    K.REMOVE_BUDGET_LINE: _give_line_up,
}
