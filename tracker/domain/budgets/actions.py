"""Planning what a project costs, until the plan is agreed; from then on, lines change by a plan
change only (`agreed.py`)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from tracker.domain import clock
from tracker.domain.actor import Actor
from tracker.domain.audit import change, create, load, record_gone
from tracker.domain.budgets.amounts import amounts, currency_of
from tracker.domain.budgets.rules import visible
from tracker.domain.budgets.tables import BudgetLine, BudgetType
from tracker.domain.database import transaction
from tracker.domain.discussed import require_undiscussed
from tracker.domain.edits import completed, edits
from tracker.domain.errors import Forbidden
from tracker.domain.messages import say
from tracker.domain.problems import Problems
from tracker.domain.projects import queries as projects
from tracker.domain.projects import rules as project_rules
from tracker.domain.projects.rules import PARTNER, closed_plan, proposed_only
from tracker.domain.projects.tables import Project


@dataclass(frozen=True, kw_only=True)
class BudgetLinePlan:
    """How much is set aside, for what: money in a currency at the rates of a day, work in kind in
    person-days, or both where the work is valued."""

    title: str
    value_on: date
    amount: Decimal | None = None
    currency: str | None = None
    person_days: Decimal | None = None
    type: BudgetType = BudgetType.ORIGINAL


async def add(actor: Actor, project_id: int, city_id: int, draft: BudgetLinePlan) -> BudgetLine:
    """Plan what a partner city sets aside for one purpose, until the plan is agreed; from then on,
    propose a plan change.

    Raises Invalid, NotFound, or Forbidden for anybody but the partners' coordinators.
    """
    problems = Problems()
    plan = checked(draft, problems)
    async with transaction():
        project = await load(actor, Project, project_id, project_rules.visible)
        facts = await projects.facts(project_id, clock.now())
        if not PARTNER.holds(actor, facts):
            raise Forbidden(say("Only {who} plans what the project costs.", who=PARTNER.who))
        if closed := closed_plan(project.state, adding=True) or proposed_only(project):
            problems.add("project_id", closed)
        problems.unless(
            city_id in facts.city_ids, "city_id", say("Who pays must be one of the partner cities.")
        )
        problems.raise_any()
        return await create(actor, BudgetLine(project=project_id, city=city_id, **plan), "add")


@edits
async def edit(
    actor: Actor, budget_line_id: int, draft: BudgetLinePlan, seen_version: int | None = None
) -> BudgetLine:
    """Rewrite the line, until the plan is agreed; from then on, propose a plan change.

    Raises Invalid, NotFound, Conflict, or Forbidden for anybody but the partners' coordinators.
    """
    problems = Problems()
    async with _open(actor, budget_line_id, "edit", seen_version, problems) as line:
        plan = checked(completed(draft, line), problems)
        problems.raise_any()
        for name, value in plan.items():
            setattr(line, name, value)
    return line


async def remove(actor: Actor, budget_line_id: int, seen_version: int | None = None) -> BudgetLine:
    """Take the line out of a plan that is not agreed yet; the audit trail remembers it. From then
    on, propose a plan change.

    Raises Invalid, also once it was commented on, NotFound, Conflict, or Forbidden for anybody but
    the partners' coordinators.
    """
    problems = Problems()
    async with _open(actor, budget_line_id, "remove", seen_version, problems) as line:
        await require_undiscussed("budget_line", budget_line_id, problems)
        problems.raise_any()
        await record_gone(actor, line, "remove")
        await BudgetLine.delete().where(BudgetLine.id == budget_line_id)
    return line


@asynccontextmanager
async def _open(
    actor: Actor, budget_line_id: int, verb: str, seen_version: int | None, problems: Problems
) -> AsyncIterator[BudgetLine]:
    """The line, for its partners' coordinators, while its project's plan is open."""
    async with change(
        actor, BudgetLine, budget_line_id, visible, verb, seen_version=seen_version
    ) as line:
        project = await load(actor, Project, line.project, project_rules.visible)
        if not PARTNER.holds(actor, await projects.facts(line.project, clock.now())):
            raise Forbidden(say("Only {who} plans what the project costs.", who=PARTNER.who))
        if closed := closed_plan(project.state) or proposed_only(project):
            problems.add("project", closed)
        problems.raise_any()
        yield line


def checked(draft: BudgetLinePlan, problems: Problems, at: str = "") -> dict[str, Any]:
    """The plan as columns; notes everything that is wrong with it. `at` says where its fields
    stand in the input."""
    amount, days = amounts(draft.amount, draft.person_days, problems, at)
    day = problems.day(f"{at}value_on", draft.value_on)
    return {
        "type": draft.type,
        "title": problems.title(f"{at}title", draft.title),
        "amount": amount,
        "currency": currency_of(draft.currency, draft.amount, day, problems, at),
        "person_days": days,
        "value_on": day,
    }
