"""The parts of a proposal with what they would change: before, as it is, and after. What is wrong
with any of them is noted."""

from collections.abc import Collection, Sequence
from copy import copy
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from tracker.domain.budgets import actions as budgets
from tracker.domain.budgets.agreed import CHANGEABLE
from tracker.domain.budgets.tables import BudgetLine
from tracker.domain.messages import say
from tracker.domain.milestones.actions import MilestonePlan, checked
from tracker.domain.milestones.agreed import check_reweigh
from tracker.domain.milestones.moving import check_move, not_past, require_ahead
from tracker.domain.milestones.tables import Milestone
from tracker.domain.plan_changes import measuring
from tracker.domain.plan_changes.drafts import (
    ChangedBudgetLine,
    Item,
    MilestoneMove,
    NewBudgetLine,
    NewMilestone,
    PlanChangeDraft,
    RemovedBudgetLine,
    WeightChange,
    placed,
)
from tracker.domain.plan_changes.rules import require_open
from tracker.domain.plan_changes.tables import PlanChangeKind
from tracker.domain.problems import Problems
from tracker.domain.projects.span import check_order, check_span
from tracker.domain.projects.tables import Project, ProjectState

K = PlanChangeKind

ITEMS_MOST = 50
"""Parts of one proposal: what somebody can still judge as a whole."""


async def items(
    project: Project, draft: PlanChangeDraft, city_ids: Sequence[int], problems: Problems
) -> list[Item]:
    """The parts that the draft would change, with everything that is wrong with any of them noted
    at its place in the draft. What is not of this project is not there."""
    if not _few(draft.parts, problems):
        return []
    planned, known = with_end(project, draft.planned_end_on), set(problems.fields)
    made = [
        *await _end(project, planned, draft, problems),
        *[await _move(planned, *each, problems) for each in placed("moves", draft.moves)],
        *[
            _new_milestone(planned, *each, city_ids, problems)
            for each in placed("new_milestones", draft.new_milestones)
        ],
        *[await _weight(project, *each, problems) for each in placed("weights", draft.weights)],
        *await measuring.items(planned, draft, problems),
        *[
            _new_line(project, *each, city_ids, problems)
            for each in placed("new_lines", draft.new_lines)
        ],
        *[
            await _line(project, *each, problems)
            for each in placed("changed_lines", draft.changed_lines)
        ],
        *[
            await _removed(project, *each, problems)
            for each in placed("removed_lines", draft.removed_lines)
        ],
    ]
    told = bool(made) or problems.fields.keys() > known
    problems.unless(told, "", say("Say what should change: nothing is proposed yet."))
    _few(len(made), problems)
    return [item for item in made if item is not None]


def _few(parts: int, problems: Problems) -> bool:
    """Whether they are no more than one proposal has, which is noted; nothing is looked up for more
    of them, because the project waits meanwhile."""
    few = parts <= ITEMS_MOST
    told = say("{n} changes at once; propose {most} at most.", n=parts, most=ITEMS_MOST)
    problems.unless(few, "", told)
    return few


def with_end(project: Project, ends: date | None) -> Project:
    """The project as it would be if it were planned to end then; as it is where none is given."""
    planned = copy(project)
    planned.planned_end_on = ends or project.planned_end_on
    return planned


async def _end(
    project: Project, planned: Project, draft: PlanChangeDraft, problems: Problems
) -> list[Item]:
    """What is left as it is is no part of the proposal."""
    if planned.planned_end_on == project.planned_end_on:
        return []
    await check_end(planned, [move.milestone_id for move in draft.moves], problems)
    before, after = ({"planned_end_on": each.planned_end_on} for each in (project, planned))
    return [Item(kind=K.MOVE_END, before=before, after=after)]


async def check_end(planned: Project, moving: Collection[int], problems: Problems) -> None:
    """Notes why the project cannot be planned to end as `planned` says, while milestones of these
    numbers move together with it."""
    ends, field = planned.planned_end_on, "planned_end_on"
    if problems.day(field, ends) is None:
        return
    check_order(planned.planned_start_on, ends, problems)
    not_past(problems, field, ends)
    require_open(planned, problems, adding=planned.state == ProjectState.AGREED)
    await check_span(planned.id, planned.planned_start_on, ends, problems, moving)


async def _milestone(
    project: Project, at: str, number: int, problems: Problems
) -> Milestone | None:
    row = (
        await Milestone.objects()
        .where(Milestone.id == number, Milestone.project == project.id)
        .first()
    )
    if row is None:
        problems.add(f"{at}milestone_id", say("There is no such milestone in this project."))
    return row


def _new_milestone(
    project: Project, at: str, draft: NewMilestone, city_ids: Sequence[int], problems: Problems
) -> Item:
    plan = check_new_milestone(project, draft, problems, at)
    problems.unless(
        draft.city_id in city_ids,
        f"{at}city_id",
        say("The owner must be one of the partner cities."),
    )
    return Item(kind=K.ADD_MILESTONE, city=draft.city_id, before={}, after=plan)


def check_new_milestone(
    project: Project, draft: MilestonePlan, problems: Problems, at: str = ""
) -> dict[str, Any]:
    """The milestone as columns; notes why it cannot be added to the agreed plan."""
    require_open(project, problems, adding=True)
    plan = checked(draft, problems, at)
    require_ahead(problems, draft.due_on, project, at)
    return plan


async def _weight(
    project: Project, at: str, draft: WeightChange, problems: Problems
) -> Item | None:
    row = await _milestone(project, at, draft.milestone_id, problems)
    if row is None:
        return None
    require_open(project, problems)
    check_reweigh(row, draft.weight, problems, at)
    return Item(
        kind=K.CHANGE_WEIGHT,
        milestone=row.id,
        city=row.city,
        before={"weight": row.weight},
        after={"weight": draft.weight},
    )


async def _move(project: Project, at: str, draft: MilestoneMove, problems: Problems) -> Item | None:
    row = await _milestone(project, at, draft.milestone_id, problems)
    if row is None:
        return None
    check_move(row, project, draft.due_on, problems, at)
    return Item(
        kind=K.MOVE_MILESTONE,
        milestone=row.id,
        city=row.city,
        before={"due_on": row.due_on},
        after={"due_on": draft.due_on},
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


def _changeable(plan: dict[str, Any]) -> dict[str, Any]:
    return {name: plan[name] for name in CHANGEABLE}


def plain(value: Any) -> Any:
    """As JSON keeps it: decimals as text, so that no digit is lost; days as ISO 8601."""
    if isinstance(value, date | datetime):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value
