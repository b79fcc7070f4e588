"""Requests: opened by a city, matched, withdrawn, or expired by the city's calendar."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from tests import factories
from tests.cast import ACTORS, Cast
from tests.factories import today
from tracker.domain import clock
from tracker.domain.audit import AuditEvent
from tracker.domain.errors import Conflict, Forbidden, Invalid, NotFound
from tracker.domain.requests import actions
from tracker.domain.requests.tables import Request

AUTHORS = {"nairobi_coordinator", "nairobi_approver", "nairobi_cio"}


async def test_request_for_a_practice(cast: Cast) -> None:
    practice = await factories.practice(cast)
    row = await factories.request(cast, practice_id=practice.id, deadline_on=today(30))
    assert (row.state, row.city, row.practice) == ("open", cast.nairobi, practice.id)
    assert (row.budget_amount, row.budget_currency) == (Decimal("1500000.00"), "KES")


async def test_request_for_a_need_only(cast: Cast) -> None:
    row = await factories.request(cast, budget_amount=None, budget_currency=None)
    assert [row.practice, row.deadline_on, row.budget_amount] == [None, None, None]


@pytest.mark.parametrize(
    ("changes", "problems"),
    [
        ({"title": " "}, {"title"}),
        ({"title": "x" * 10_000}, {"title"}),
        ({"need": ""}, {"need"}),
        ({"deadline_on": date(2020, 1, 1)}, {"deadline_on"}),
        ({"budget_amount": None}, {"budget_amount"}),
        ({"budget_currency": None}, {"budget_currency"}),
        ({"budget_currency": "shillings"}, {"budget_currency"}),
        ({"budget_currency": "KSH"}, {"budget_currency"}),
        ({"budget_currency": "DEM"}, {"budget_currency"}),
        ({"budget_amount": Decimal(-1)}, {"budget_amount"}),
        ({"budget_amount": Decimal("0.001")}, {"budget_amount"}),
        ({"budget_amount": Decimal("1E+13")}, {"budget_amount"}),
        ({"budget_amount": Decimal("NaN")}, {"budget_amount"}),
        ({"practice_id": 999}, {"practice_id"}),
        ({"title": "", "need": "", "budget_amount": None}, {"title", "need", "budget_amount"}),
    ],
)
async def test_request_that_breaks_a_rule(
    cast: Cast, changes: dict[str, Any], problems: set[str]
) -> None:
    with pytest.raises(Invalid) as refusal:
        await factories.request(cast, **changes)
    assert set(refusal.value.fields) == problems
    assert not await Request.exists()


async def test_currency_in_small_letters(cast: Cast) -> None:
    assert (await factories.request(cast, budget_currency=" kes ")).budget_currency == "KES"


@pytest.mark.parametrize(
    ("state", "problem"), [("draft", "no such practice"), ("archived", "not published")]
)
async def test_request_for_a_practice_that_is_not_on_offer(
    cast: Cast, state: str, problem: str
) -> None:
    practice = await factories.practice(cast, state)
    with pytest.raises(Invalid, match=problem):
        await factories.request(cast, practice_id=practice.id)


async def test_request_for_a_practice_of_ones_own(cast: Cast) -> None:
    practice = await factories.practice(cast)
    plan = factories.request_plan(practice_id=practice.id)
    with pytest.raises(Invalid, match="your own practice"):
        await actions.open_(cast.seoul_coordinator, cast.seoul, plan)


async def test_request_by_others(cast: Cast) -> None:
    row = await factories.request(cast)
    plan = factories.request_plan()
    for who in set(ACTORS) - AUTHORS:
        with pytest.raises(Forbidden):
            await actions.open_(cast[who], cast.nairobi, plan)
        refusal = NotFound if who == "public" else Forbidden
        with pytest.raises(refusal):
            await actions.edit(cast[who], row.id, plan)
        with pytest.raises(refusal):
            await actions.withdraw(cast[who], row.id)


async def test_edit_and_withdrawal(cast: Cast) -> None:
    row = await factories.request(cast)
    plan = factories.request_plan(title="Permits within ten days")
    row = await actions.edit(cast.nairobi_cio, row.id, plan, seen_version=1)
    assert row.title == "Permits within ten days"
    with pytest.raises(Conflict):
        await actions.withdraw(cast.nairobi_cio, row.id, seen_version=1)
    row = await actions.withdraw(cast.nairobi_approver, row.id, seen_version=2)
    assert row.state == "withdrawn"
    for attempt in (
        actions.withdraw(cast.nairobi_cio, row.id),
        actions.edit(cast.nairobi_cio, row.id, plan),
    ):
        with pytest.raises(Invalid, match="The request is withdrawn"):
            await attempt


async def test_edit_keeps_a_deadline_that_has_passed(cast: Cast) -> None:
    row = await factories.request(cast, deadline_on=today(2))
    with clock.at(datetime.combine(today(4), datetime.min.time(), UTC)):
        plan = factories.request_plan(title="New title", deadline_on=today(-2))
        assert (await actions.edit(cast.nairobi_cio, row.id, plan)).title == "New title"


async def test_expiry_by_the_calendar_of_the_city(cast: Cast) -> None:
    await factories.request(cast, deadline_on=date(2031, 5, 1))
    await factories.request(cast, deadline_on=None)
    # Nairobi is three hours ahead of UTC: its 2 May begins at 21:00 UTC of the first.
    assert await actions.expire(datetime(2031, 5, 1, 20, 59, tzinfo=UTC)) == 0
    assert await actions.expire(datetime(2031, 5, 1, 21, 1, tzinfo=UTC)) == 1
    assert await actions.expire(datetime(2031, 5, 1, 21, 1, tzinfo=UTC)) == 0
    rows = await Request.select(Request.state, Request.deadline_on)
    assert {row["state"]: row["deadline_on"] for row in rows} == {
        "expired": date(2031, 5, 1),
        "open": None,
    }
    [event] = await AuditEvent.select().where(AuditEvent.verb == "expire")
    assert event["actor"] is None


async def test_deadline_that_cannot_be_meant(cast: Cast) -> None:
    with pytest.raises(Invalid, match="deadline_on: 9999-12-31 cannot be meant"):
        await factories.request(cast, deadline_on=date.max)
