"""What a proposal asks, and its parts with what they would change: before, as it is, and after."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from tracker.domain.budgets import actions as budgets
from tracker.domain.budgets.actions import BudgetLinePlan
from tracker.domain.budgets.agreed import CHANGEABLE
from tracker.domain.budgets.tables import BudgetLine
from tracker.domain.messages import say
from tracker.domain.milestones.moving import check_move
from tracker.domain.milestones.tables import Milestone
from tracker.domain.outcomes.periods import LOCKED
from tracker.domain.outcomes.tables import Indicator, Period
from tracker.domain.outcomes.targets import check_target
from tracker.domain.plan_changes.tables import PlanChangeKind
from tracker.domain.problems import Problems
from tracker.domain.projects.rules import closed_plan
from tracker.domain.projects.tables import Project

K = PlanChangeKind

ITEMS_MOST = 50
"""Parts of one proposal: what somebody can still judge as a whole."""


@dataclass(frozen=True, kw_only=True)
class MilestoneMove:
    """A milestone, and when it would be due."""

    milestone_id: int
    due_on: date


@dataclass(frozen=True, kw_only=True)
class TargetChange:
    """A period, and what should be reached in it; null for no target."""

    period_id: int
    target_value: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class NewBudgetLine(BudgetLinePlan):
    """A budget line that a city would set aside besides."""

    city_id: int


@dataclass(frozen=True, kw_only=True)
class ChangedBudgetLine(BudgetLinePlan):
    """A budget line as it would be, whole."""

    budget_line_id: int


@dataclass(frozen=True, kw_only=True)
class RemovedBudgetLine:
    """A budget line for which nothing would be set aside any more."""

    budget_line_id: int


@dataclass(frozen=True, kw_only=True)
class PlanChangeDraft:
    """What would change in the plan, and why. All of it is accepted or refused together."""

    reason: str
    moves: Sequence[MilestoneMove] = ()
    targets: Sequence[TargetChange] = ()
    new_lines: Sequence[NewBudgetLine] = ()
    changed_lines: Sequence[ChangedBudgetLine] = ()
    removed_lines: Sequence[RemovedBudgetLine] = ()


@dataclass(frozen=True, kw_only=True)
class Item:
    """One part of a proposal that is not kept yet: numbers of what it changes and of whose it is,
    and the columns before and after."""

    kind: PlanChangeKind
    milestone: int | None = None
    period: int | None = None
    budget_line: int | None = None
    city: int | None = None
    before: dict[str, Any]
    after: dict[str, Any]


async def items(
    project: Project, draft: PlanChangeDraft, city_ids: Sequence[int], problems: Problems
) -> list[Item]:
    """The parts that the draft would change, with everything that is wrong with any of them noted
    at its place in the draft. What is not of this project is not there."""
    made = [
        *[await _move(project, *each, problems) for each in _placed("moves", draft.moves)],
        *[await _target(project, *each, problems) for each in _placed("targets", draft.targets)],
        *[
            _new_line(project, *each, city_ids, problems)
            for each in _placed("new_lines", draft.new_lines)
        ],
        *[
            await _line(project, *each, problems)
            for each in _placed("changed_lines", draft.changed_lines)
        ],
        *[
            await _removed(project, *each, problems)
            for each in _placed("removed_lines", draft.removed_lines)
        ],
    ]
    problems.unless(bool(made), "", say("Say what should change: nothing is proposed yet."))
    problems.unless(
        len(made) <= ITEMS_MOST,
        "",
        say("{n} changes at once; propose {most} at most.", n=len(made), most=ITEMS_MOST),
    )
    return [item for item in made if item is not None]


def _placed(name: str, drafts: Sequence[Any]) -> list[tuple[str, Any]]:
    return [(f"{name}.{index}.", each) for index, each in enumerate(drafts)]


async def _move(project: Project, at: str, draft: MilestoneMove, problems: Problems) -> Item | None:
    row = (
        await Milestone.objects()
        .where(Milestone.id == draft.milestone_id, Milestone.project == project.id)
        .first()
    )
    if row is None:
        problems.add(f"{at}milestone_id", say("There is no such milestone in this project."))
        return None
    check_move(row, project, draft.due_on, problems, at)
    return Item(
        kind=K.MOVE_MILESTONE,
        milestone=row.id,
        city=row.city,
        before={"due_on": row.due_on},
        after={"due_on": draft.due_on},
    )


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
        before={"target_value": row.target_value},
        after={"target_value": draft.target_value},
    )


def _new_line(
    project: Project, at: str, draft: NewBudgetLine, city_ids: Sequence[int], problems: Problems
) -> Item:
    require_open(project, problems, adding=True)
    problems.unless(
        draft.city_id in city_ids,
        f"{at}city_id",
        say("Who pays must be one of the partner cities."),
    )
    plan = budgets.checked(draft, problems, at)
    return Item(kind=K.ADD_BUDGET_LINE, city=draft.city_id, before={}, after=_changeable(plan))


async def _line(
    project: Project, at: str, draft: ChangedBudgetLine, problems: Problems
) -> Item | None:
    row = await _budget_line(project, f"{at}budget_line_id", draft.budget_line_id, problems)
    plan = _changeable(budgets.checked(draft, problems, at))
    if row is None:
        return None
    require_open(project, problems)
    present = _changeable(row.to_dict())
    problems.unless(plan != present, f"{at}amount", say("That is what the line says already."))
    return Item(
        kind=K.CHANGE_BUDGET_LINE,
        budget_line=row.id,
        city=row.city,
        before={name: present[name] for name in CHANGEABLE if present[name] != plan[name]},
        after={name: plan[name] for name in CHANGEABLE if present[name] != plan[name]},
    )


async def _removed(
    project: Project, at: str, draft: RemovedBudgetLine, problems: Problems
) -> Item | None:
    field = f"{at}budget_line_id"
    row = await _budget_line(project, field, draft.budget_line_id, problems)
    if row is None:
        return None
    require_open(project, problems)
    before = {name: getattr(row, name) for name in ("amount", "person_days")}
    before = {name: value for name, value in before.items() if value is not None}
    problems.unless(any(before.values()), field, say("Nothing is set aside for it any more."))
    return Item(
        kind=K.REMOVE_BUDGET_LINE,
        budget_line=row.id,
        city=row.city,
        before=before,
        after=dict.fromkeys(before, Decimal(0)),
    )


async def _budget_line(
    project: Project, at: str, number: int, problems: Problems
) -> BudgetLine | None:
    row = (
        await BudgetLine.objects()
        .where(BudgetLine.id == number, BudgetLine.project == project.id)
        .first()
    )
    if row is None:
        problems.add(at, say("There is no such budget line in this project."))
    return row


def require_open(project: Project, problems: Problems, *, adding: bool = False) -> None:
    """Notes once, however many parts ask, when the project's plan is closed."""
    if closed := closed_plan(project.state, adding=adding):
        problems.fields.setdefault("project", [closed])


def _changeable(plan: dict[str, Any]) -> dict[str, Any]:
    return {name: plan[name] for name in CHANGEABLE}


def plain(value: Any) -> Any:
    """As JSON keeps it: decimals as text, so that no digit is lost; days as ISO 8601."""
    if isinstance(value, date | datetime):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value
