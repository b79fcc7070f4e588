"""What a mayor reads of the plan before deciding on it, from a mail and signed in."""

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import pytest

from tests.cast import Cast, email
from tests.factories.projects import (
    add_indicator,
    add_milestone,
    advance,
    joint_project,
    proposal,
    today,
)
from tests.web.browser import Browser
from tests.web.conftest import SignedIn
from tests.workers.conftest import Outbox, outbox
from tracker.domain.budgets import actions as budgets
from tracker.domain.budgets.actions import BudgetLinePlan
from tracker.domain.projects.tables import Decision
from tracker.locale import Reader

__all__ = ["outbox"]

pytestmark = pytest.mark.usefixtures("app")

MAYOR = "nairobi_mayor"


async def test_plan_is_in_brief_where_it_is_decided(
    browser: Browser, signed_in: SignedIn, cast: Cast, outbox: Outbox
) -> None:
    project = await joint_project(cast, "submitted", anew=True)
    for _ in range(4):
        await add_indicator(cast, project.id)
    await add_milestone(cast, project.id, due_on=today(90))
    for city, amount, currency, days in (
        (cast.nairobi, "1000", "KES", None), (cast.nairobi, "500.5", "KES", None),
        (cast.nairobi, "20.5", "EUR", None), (cast.nairobi, None, None, "9"),
        (cast.seoul, "7", "EUR", None),
    ):  # fmt: skip
        plan = BudgetLinePlan(
            title="Servers", value_on=today(), currency=currency,
            amount=Decimal(amount) if amount else None,
            person_days=Decimal(days) if days else None,
        )  # fmt: skip
        await budgets.add(cast.nairobi_coordinator, project.id, city, plan)
    await advance(cast, project, "review")
    for text in await _pages(browser, signed_in, cast, outbox):
        costs = "Budget Nairobi : €20.50 , KES 1,500.50 , 9 person-days Seoul : €7.00"
        steps = f"Milestones 2, due from {_day(today(30))} to {_day(today(90))}"
        changes = "Outcomes Permits are quick Permits are quick Permits are quick and 2 more"
        assert f"{_planned(cast)} {costs} {steps} {changes}" in text


async def test_plan_without_a_budget_says_so(
    browser: Browser, signed_in: SignedIn, cast: Cast, outbox: Outbox
) -> None:
    await joint_project(cast, "under_review")
    for text in await _pages(browser, signed_in, cast, outbox):
        steps = f"Milestones 1, due {_day(today(30))} Outcomes Permits are quick"
        assert f"{_planned(cast)} Budget No budget lines yet. {steps}" in text
        assert text.count("No budget lines yet") == 1
        assert "more" not in text.partition(steps)[2][:10]


async def _pages(
    browser: Browser, signed_in: SignedIn, cast: Cast, outbox: Outbox
) -> Sequence[str]:
    """The page behind the mail, and the one behind the sign-in."""
    [decision] = await Decision.objects().where(Decision.city == cast.nairobi)
    await outbox.drain()
    text, _ = outbox.bodies(email(MAYOR))
    [path] = re.findall(r"example\.org(/answers/[\w-]{43})", text)
    await browser.open(path)
    mayor = await signed_in(MAYOR)
    await mayor.open(f"/decisions/{decision.id}")
    return [each.text.replace("\u00a0", " ") for each in (browser, mayor)]


def _planned(cast: Cast) -> str:
    plan = proposal(cast)
    return f"Planned {_day(plan.planned_start_on)} – {_day(plan.planned_end_on)}"


def _day(day: date) -> str:
    return Reader("en").day(day).replace("\u00a0", " ")
