"""What a project really cost: each partner city books its own, and takes back what was wrong.

Nothing that is booked is ever edited. A mistake is reversed by an entry of the same value date with
the opposite sign, which says why, and booked anew; so sums are right on every day, and books that
were read yesterday are explained by those of today.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from tracker.domain import clock
from tracker.domain.actor import Actor
from tracker.domain.audit import create, load
from tracker.domain.budgets.amounts import amounts, currency_of
from tracker.domain.budgets.rules import visible
from tracker.domain.budgets.tables import BudgetLine, Transaction, TransactionType
from tracker.domain.cities.tables import City
from tracker.domain.database import transaction
from tracker.domain.errors import Forbidden
from tracker.domain.messages import say, word
from tracker.domain.problems import Problems
from tracker.domain.projects import queries as projects
from tracker.domain.projects import rules as project_rules
from tracker.domain.projects.rules import RUNNING
from tracker.domain.projects.tables import Project, ProjectState
from tracker.domain.roles import Permission

BOOKABLE = RUNNING | {ProjectState.AGREED}
"""States in which something is bound, spent or received: from the agreement to the close."""


TYPES = [each.value for each in TransactionType]
"""As forms offer them."""


@dataclass(frozen=True, kw_only=True)
class TransactionDraft:
    """What was committed, spent, given or received, when, and what it was: money in a currency,
    work in person-days, or both where the work is valued."""

    type: TransactionType
    description: str
    value_on: date
    amount: Decimal | None = None
    currency: str | None = None
    person_days: Decimal | None = None
    budget_line_id: int | None = None


async def book(actor: Actor, project_id: int, city_id: int, draft: TransactionDraft) -> Transaction:
    """Book for a partner city what happened.

    Raises Invalid with all that is wrong, NotFound, or Forbidden for anybody but that city's
    coordinators.
    """
    problems = Problems()
    description = problems.title("description", draft.description)
    amount, days = amounts(draft.amount, draft.person_days, problems)
    currency = currency_of(draft.currency, draft.amount, draft.value_on, problems)
    async with transaction():
        project = await load(actor, Project, project_id, project_rules.visible)
        facts = await projects.facts(project_id, clock.now())
        if city_id not in facts.city_ids or not actor.may(Permission.REPORT, city_id):
            raise Forbidden(say("Only a coordinator of a partner city books, and for that city."))
        _require_open(project, problems)
        problems.not_future("value_on", draft.value_on, await _today(city_id))
        await _require_own_line(draft.budget_line_id, project_id, city_id, problems)
        problems.raise_any()
        booked = Transaction(
            project=project_id,
            city=city_id,
            type=draft.type,
            description=description,
            budget_line=draft.budget_line_id,
            amount=amount,
            currency=currency,
            person_days=days,
            value_on=draft.value_on,
            author=actor.person_id,
            created_at=clock.now(),
        )
        return await create(actor, booked, "book")


async def reverse(actor: Actor, transaction_id: int, reason: str) -> Transaction:
    """Take a transaction back by its opposite, with a reason; book it anew if it was wrong only.

    Raises Invalid, also when it is taken back already, NotFound, or Forbidden for anybody but the
    coordinators of the city whose books it is in.
    """
    problems = Problems()
    reason = problems.text("reason", reason, required=True)
    async with transaction():
        booked = await load(actor, Transaction, transaction_id, visible)
        if not actor.may(Permission.REPORT, booked.city):
            raise Forbidden(say("Only a coordinator of the city whose books it is in does this."))
        project = await load(actor, Project, booked.project, project_rules.visible)
        _require_open(project, problems)
        await _require_standing(booked, problems)
        problems.raise_any()
        taken: dict[str, Any] = {name: getattr(booked, name) for name in KEPT}
        for name in ("amount", "person_days"):
            value = getattr(booked, name)
            taken[name] = None if value is None else -value
        opposite = Transaction(
            **taken,
            reverses=booked.id,
            reason=reason,
            author=actor.person_id,
            created_at=clock.now(),
        )
        return await create(actor, opposite, "reverse")


KEPT = ("project", "city", "type", "description", "budget_line", "currency", "value_on")
"""Columns that a transaction and its opposite share."""


def _require_open(project: Project, problems: Problems) -> None:
    problems.unless(
        project.state in BOOKABLE,
        "project",
        say(
            "The project is {state}; books are kept from the agreement to the close.",
            state=word(project.state),
        ),
    )


async def _require_standing(booked: Transaction, problems: Problems) -> None:
    problems.unless(
        booked.reverses is None,
        "transaction_id",
        say("It takes another one back itself; book that one anew instead."),
    )
    problems.unless(
        not await Transaction.exists().where(Transaction.reverses == booked.id),
        "transaction_id",
        say("It is taken back already."),
    )


async def _require_own_line(
    number: int | None, project_id: int, city_id: int, problems: Problems
) -> None:
    problems.unless(
        number is None
        or await BudgetLine.exists().where(
            BudgetLine.id == number,
            BudgetLine.project == project_id,
            BudgetLine.city == city_id,
        ),
        "budget_line_id",
        say("The city has no such budget line in this project."),
    )


async def _today(city_id: int) -> date:
    """The civil date in the city whose books they are."""
    [city] = await City.select(City.time_zone).where(City.id == city_id)
    return clock.today(city["time_zone"])
