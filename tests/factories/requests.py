"""Requests in any state but matched, which a proposal makes, and expired, which time does."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from tests.cast import Cast
from tracker.domain.requests import actions
from tracker.domain.requests.actions import RequestPlan
from tracker.domain.requests.tables import Request

PLAN = RequestPlan(
    title="Building permits without queues",
    need="Permits take 40 days and three visits; builders start without them.",
    wanted_outcomes="A permit within 10 days, without a visit.",
    themes=["permits"],
    budget_amount=Decimal("1500000.00"),
    budget_currency="KES",
)


def request_plan(**changes: Any) -> RequestPlan:
    """A complete request that names no practice."""
    return replace(PLAN, **changes)


async def request(cast: Cast, **changes: Any) -> Request:
    """An open request of Nairobi's."""
    return await actions.open_(cast.nairobi_coordinator, cast.nairobi, request_plan(**changes))
