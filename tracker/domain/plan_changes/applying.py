"""What an acceptance does to the plan: everything is looked at again, and only then changed."""

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
from tracker.domain.milestones.moving import check_move, move_as_agreed
from tracker.domain.milestones.tables import Milestone
from tracker.domain.outcomes.periods import LOCKED
from tracker.domain.outcomes.tables import Indicator, Period
from tracker.domain.outcomes.targets import check_target, retarget_as_agreed
from tracker.domain.plan_changes import queries
from tracker.domain.plan_changes.drafting import require_open
from tracker.domain.plan_changes.tables import PlanChange, PlanChangeItem, PlanChangeKind
from tracker.domain.problems import Problems
from tracker.domain.projects import rules as project_rules
from tracker.domain.projects.tables import Project

K = PlanChangeKind

READ: dict[str, Callable[[str], Any]] = {
    "due_on": date.fromisoformat,
    "value_on": date.fromisoformat,
    "target_value": Decimal,
    "amount": Decimal,
    "person_days": Decimal,
}
"""Column -> how its value is read from JSON; others are text."""


@dataclass(frozen=True)
class Part:
    """One part of an accepted change, with what it changes as it is now, locked; a line that is
    yet to be added is not there."""

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
    parts = [await _part(item) for item in items]
    _require_unmoved(proposal, parts)
    problems = Problems()
    for part in parts:
        await CHECKS[PlanChangeKind(part.item.kind)](project, part, problems)
    problems.raise_any()
    for part in parts:
        await DEEDS[PlanChangeKind(part.item.kind)](actor, proposal, part)


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


async def _part(item: PlanChangeItem) -> Part:
    subject: Table | None = None
    called: str = word("new budget line")
    if item.milestone:
        [row] = await Milestone.objects().where(Milestone.id == item.milestone)
        subject, called = row, row.title
    elif item.period:
        [period] = await Period.objects().where(Period.id == item.period)
        subject = period
        called = say("{first} to {last}", first=period.starts_on, last=period.ends_on)
    elif item.budget_line:
        [line] = await BudgetLine.objects().where(BudgetLine.id == item.budget_line)
        subject, called = line, line.title
    return Part(item, subject, called, _read(item.before), _read(item.after))


def _read(text: str) -> dict[str, Any]:
    return {
        name: READ[name](value) if name in READ and value is not None else value
        for name, value in orjson.loads(text).items()
    }


async def _check_move(project: Project, part: Part, problems: Problems) -> None:
    assert isinstance(part.subject, Milestone)
    check_move(part.subject, project, part.after["due_on"], problems)


async def _check_target(project: Project, part: Part, problems: Problems) -> None:
    assert isinstance(part.subject, Period)
    require_open(project, problems)
    indicator = await Indicator.objects().where(Indicator.id == part.subject.indicator).first()
    assert indicator is not None
    check_target(indicator, part.after["target_value"], problems, "target_value")
    problems.unless(part.subject.locked_at is None, "period_id", LOCKED)


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
    await move_as_agreed(
        actor, part.item.milestone, part.after["due_on"], proposal.reason, proposal.id
    )


async def _retarget(actor: Actor, proposal: PlanChange, part: Part) -> None:
    await retarget_as_agreed(actor, part.item.period, part.after["target_value"], proposal.id)


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
    K.CHANGE_TARGET: _check_target,
    K.ADD_BUDGET_LINE: _check_new_line,
    K.CHANGE_BUDGET_LINE: _check_line,
    K.REMOVE_BUDGET_LINE: _check_removed,
}

DEEDS: dict[PlanChangeKind, Callable[[Actor, PlanChange, Part], Awaitable[None]]] = {
    K.MOVE_MILESTONE: _move,
    K.CHANGE_TARGET: _retarget,
    K.ADD_BUDGET_LINE: _add_line,
    K.CHANGE_BUDGET_LINE: _change_line,
    K.REMOVE_BUDGET_LINE: _give_line_up,
}
