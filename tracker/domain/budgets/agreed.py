"""What a plan change that both sides agreed to does to the budget, in the caller's transaction.
Nothing is taken away: a line that is given up stays with nothing set aside, so that what was agreed
at first stays beside it."""

from decimal import Decimal
from typing import Any

from tracker.domain.actor import Actor
from tracker.domain.audit import change, create, note
from tracker.domain.budgets.rules import visible
from tracker.domain.budgets.tables import BudgetLine, BudgetType

CHANGEABLE = ("title", "amount", "currency", "person_days", "value_on")
"""Columns of a line that a plan change may change."""


async def add_as_agreed(
    actor: Actor, project_id: int, city_id: int, plan: dict[str, Any]
) -> BudgetLine:
    """Another line, revised from the start: it was not agreed at first."""
    plan = {**plan, "type": BudgetType.REVISED}
    return await create(actor, BudgetLine(project=project_id, city=city_id, **plan), "add")


async def change_as_agreed(
    actor: Actor, budget_line_id: int, plan: dict[str, Any], plan_change_id: int
) -> BudgetLine:
    """The line as revised; its baseline stays."""
    async with change(actor, BudgetLine, budget_line_id, visible, "edit") as line:
        for name in CHANGEABLE:
            setattr(line, name, plan[name])
        line.type = BudgetType.REVISED
        note(line, "plan_change", None, plan_change_id)
    return line


async def give_up_as_agreed(actor: Actor, budget_line_id: int, plan_change_id: int) -> BudgetLine:
    """Set nothing aside for it any more."""
    async with change(actor, BudgetLine, budget_line_id, visible, "give_up") as line:
        for name in ("amount", "person_days"):
            if getattr(line, name) is not None:
                setattr(line, name, Decimal(0))
        line.type = BudgetType.REVISED
        note(line, "plan_change", None, plan_change_id)
    return line
