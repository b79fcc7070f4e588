"""Planning what a project costs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from tracker.domain import clock, currencies
from tracker.domain.actor import Actor
from tracker.domain.audit import change, create, load, record_gone
from tracker.domain.budgets.rules import visible
from tracker.domain.budgets.tables import BudgetLine, BudgetType
from tracker.domain.database import transaction
from tracker.domain.errors import Forbidden
from tracker.domain.messages import say
from tracker.domain.problems import Problems
from tracker.domain.projects import queries as projects
from tracker.domain.projects import rules as project_rules
from tracker.domain.projects.rules import PARTNER, closed_plan
from tracker.domain.projects.tables import Project

AMOUNT_BELOW = 10**13
"""What the column holds, in any currency."""


@dataclass(frozen=True, kw_only=True)
class BudgetLinePlan:
    """How much is set aside, for what, in which currency, at the rates of which day."""

    title: str
    amount: Decimal
    currency: str
    value_on: date
    type: BudgetType = BudgetType.ORIGINAL


async def add(actor: Actor, project_id: int, city_id: int, draft: BudgetLinePlan) -> BudgetLine:
    """Plan what a partner city sets aside for one purpose.

    Raises Invalid, NotFound, or Forbidden for anybody but the partners' coordinators.
    """
    problems = Problems()
    plan = _checked(draft, problems)
    async with transaction():
        project = await load(actor, Project, project_id, project_rules.visible)
        facts = await projects.facts(project_id, clock.now())
        if not PARTNER.holds(actor, facts):
            raise Forbidden(say("Only {who} plans what the project costs.", who=PARTNER.who))
        if closed := closed_plan(project.state, adding=True):
            problems.add("project_id", closed)
        problems.unless(
            city_id in facts.city_ids, "city_id", say("Who pays must be one of the partner cities.")
        )
        problems.raise_any()
        return await create(actor, BudgetLine(project=project_id, city=city_id, **plan), "add")


async def edit(
    actor: Actor, budget_line_id: int, draft: BudgetLinePlan, seen_version: int | None = None
) -> BudgetLine:
    """Rewrite the line.

    Raises Invalid, NotFound, Conflict, or Forbidden for anybody but the partners' coordinators.
    """
    problems = Problems()
    plan = _checked(draft, problems)
    async with _open(actor, budget_line_id, "edit", seen_version, problems) as line:
        for name, value in plan.items():
            setattr(line, name, value)
    return line


async def remove(actor: Actor, budget_line_id: int, seen_version: int | None = None) -> BudgetLine:
    """Take the line out of the plan; the audit trail remembers it.

    Raises Invalid, NotFound, Conflict, or Forbidden for anybody but the partners' coordinators.
    """
    async with _open(actor, budget_line_id, "remove", seen_version, Problems()) as line:
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
        if closed := closed_plan(project.state):
            problems.add("project", closed)
        problems.raise_any()
        yield line


def _checked(draft: BudgetLinePlan, problems: Problems) -> dict[str, Any]:
    amount = problems.number("amount", draft.amount)
    problems.unless(
        amount is None or (0 <= amount < AMOUNT_BELOW and amount == round(amount, 2)),
        "amount",
        say("Must not be negative, and have two decimals at most."),
    )
    day = problems.day("value_on", draft.value_on)
    return {
        "type": draft.type,
        "title": problems.title("title", draft.title),
        "amount": amount,
        "currency": _currency(draft.currency, day, problems),
        "value_on": day,
    }


def _currency(text: str, day: date | None, problems: Problems) -> str:
    code = text.strip().upper()
    if not currencies.known(code):
        message = say(
            "{code!r} is no currency; write its ISO 4217 code, such as KES.", code=code[:20]
        )
        problems.add("currency", message)
    elif day and not currencies.in_use(code, day):
        problems.add(
            "currency", say("{code} is no longer, or not yet, in use on {day}.", code=code, day=day)
        )
    return code
