"""Transactions: each city books its own; what was wrong is taken back, never edited."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests import factories
from tests.cast import ACTORS, Cast
from tests.domain.test_budgets import PLAN
from tests.domain.test_visibility import INSIDE, _viewers
from tests.factories import today
from tracker.domain.budgets import rules, transactions
from tracker.domain.budgets.tables import Transaction, TransactionType
from tracker.domain.budgets.transactions import TransactionDraft
from tracker.domain.errors import Forbidden, Invalid, NotFound

DRAFT = TransactionDraft(
    type=TransactionType.EXPENDITURE,
    description="Servers",
    value_on=today(-3),
    amount=Decimal("1200.50"),
    currency="kes",
)


async def test_reversal_takes_back_all_of_it_once_and_says_why(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    actor = cast.nairobi_coordinator
    line = await factories.add_budget_line(cast, project.id, cast.nairobi, PLAN)
    draft = replace(DRAFT, person_days=Decimal(4), budget_line_id=line.id)
    booked = await transactions.book(actor, project.id, cast.nairobi, draft)
    opposite = await transactions.reverse(actor, booked.id, "It was another project's.")
    assert [opposite.amount, opposite.person_days] == [Decimal("-1200.50"), Decimal(-4)]
    assert (opposite.currency, opposite.value_on) == ("KES", booked.value_on)
    assert (opposite.reverses, opposite.reason) == (booked.id, "It was another project's.")
    for number in (booked.id, opposite.id):
        with pytest.raises(Invalid):
            await transactions.reverse(actor, number, "Again.")
    assert await Transaction.count() == 2


async def test_everything_wrong_with_a_booking_is_said_at_once(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    theirs = await factories.add_budget_line(cast, project.id, cast.seoul, PLAN)
    bad = TransactionDraft(
        type=TransactionType.DISBURSEMENT,
        description=" ",
        value_on=today(3),
        amount=Decimal("-1"),
        currency="XQZ",
        budget_line_id=theirs.id,
    )
    with pytest.raises(Invalid) as refusal:
        await transactions.book(cast.nairobi_coordinator, project.id, cast.nairobi, bad)
    fields = {"description", "value_on", "amount", "currency", "budget_line_id"}
    assert set(refusal.value.fields) == fields
    draft = await factories.joint_project(cast, "submitted")
    with pytest.raises(Invalid, match="from the agreement to the close"):
        await transactions.book(cast.nairobi_coordinator, draft.id, cast.nairobi, DRAFT)


async def test_only_the_citys_own_coordinators_keep_its_books(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    for who in ACTORS:
        if who not in ("nairobi_coordinator", "nairobi_cio"):
            with pytest.raises(Forbidden):
                await transactions.book(cast[who], project.id, cast.nairobi, DRAFT)
    booked = await transactions.book(cast.nairobi_cio, project.id, cast.nairobi, DRAFT)
    for who in ("seoul_coordinator", "officer", "nairobi_mayor", "lima_coordinator"):
        with pytest.raises((Forbidden, NotFound)):
            await transactions.reverse(cast[who], booked.id, "Why not.")
    assert await _viewers(cast, Transaction, rules.visible) == INSIDE
