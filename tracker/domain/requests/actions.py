"""Asking for a practice, or for help with a need."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from tracker.domain import clock, currencies
from tracker.domain.actor import SYSTEM, Actor
from tracker.domain.audit import change, create, load
from tracker.domain.cities import rules as cities
from tracker.domain.cities.tables import City
from tracker.domain.database import transaction
from tracker.domain.edits import completed, edits
from tracker.domain.errors import Forbidden, NotFound
from tracker.domain.messages import say, word
from tracker.domain.practices import rules as practices
from tracker.domain.practices.tables import Practice, PracticeState
from tracker.domain.problems import Problems
from tracker.domain.requests import queries
from tracker.domain.requests.rules import may_write, visible
from tracker.domain.requests.tables import Request, RequestState

THEMES_MOST = 10
BUDGET_BELOW = 10**13
"""What the column holds, in any currency."""


@dataclass(frozen=True, kw_only=True)
class RequestPlan:
    """What a city asks for: a practice that it names, or a need only."""

    title: str
    need: str
    practice_id: int | None = None
    wanted_outcomes: str = ""
    themes: Sequence[str] = ()
    deadline_on: date | None = None
    budget_amount: Decimal | None = None
    budget_currency: str | None = None


async def open_(actor: Actor, city_id: int, draft: RequestPlan) -> Request:
    """Ask the other cities, on a city's behalf.

    Raises Invalid, NotFound, or Forbidden for anybody but the city's authors.
    """
    problems = Problems()
    plan = _checked(draft, problems)
    async with transaction():
        city = await load(actor, City, city_id, cities.visible)
        _require_author(actor, city_id)
        _require_future(draft.deadline_on, city, problems)
        await _require_offer(actor, city_id, draft.practice_id, problems)
        problems.raise_any()
        request = Request(city=city_id, created_at=clock.now(), **plan)
        return await create(actor, request, "open")


@edits
async def edit(
    actor: Actor, request_id: int, draft: RequestPlan, seen_version: int | None = None
) -> Request:
    """Rewrite a request that is still open.

    Raises Invalid, NotFound, Conflict, or Forbidden for anybody but the city's authors.
    """
    problems = Problems()
    async with _asked(actor, request_id, "edit", seen_version, problems) as request:
        draft = completed(draft, request)
        plan = _checked(draft, problems)
        city = await load(actor, City, request.city, cities.visible)
        if draft.deadline_on != request.deadline_on:
            _require_future(draft.deadline_on, city, problems)
        if draft.practice_id != request.practice:
            await _require_offer(actor, request.city, draft.practice_id, problems)
        problems.raise_any()
        for name, value in plan.items():
            setattr(request, name, value)
    return request


async def withdraw(actor: Actor, request_id: int, seen_version: int | None = None) -> Request:
    """Take back a request that is still open.

    Raises Invalid, NotFound, Conflict, or Forbidden for anybody but the city's authors.
    """
    problems = Problems()
    async with _asked(actor, request_id, "withdraw", seen_version, problems) as request:
        problems.raise_any()
        request.state = RequestState.WITHDRAWN
    return request


async def expire(now: datetime) -> int:
    """Close the open requests whose deadline has passed; for the timetable, as often as it
    likes. Returns how many there were."""
    expired = 0
    for request_id in await queries.overdue(now):
        async with change(SYSTEM, Request, request_id, visible, "expire") as request:
            # Somebody may have matched or withdrawn it since.
            if request.state == RequestState.OPEN:
                request.state = RequestState.EXPIRED
                expired += 1
    return expired


@asynccontextmanager
async def _asked(
    actor: Actor, request_id: int, verb: str, seen_version: int | None, problems: Problems
) -> AsyncIterator[Request]:
    """The request, for its city's authors; notes when it is no longer open."""
    async with change(
        actor, Request, request_id, visible, verb, seen_version=seen_version
    ) as request:
        _require_author(actor, request.city)
        problems.unless(
            request.state == RequestState.OPEN,
            "state",
            say(
                "The request is {state}; only an open one can be changed.",
                state=word(request.state),
            ),
        )
        yield request


def _require_author(actor: Actor, city_id: int) -> None:
    if not may_write(actor, city_id):
        raise Forbidden(say("Only a coordinator, approver or CIO of the city asks on its behalf."))


def _require_future(deadline_on: date | None, city: City, problems: Problems) -> None:
    today = clock.today(city.time_zone)
    problems.day("deadline_on", deadline_on)
    problems.unless(
        deadline_on is None or deadline_on > today,
        "deadline_on",
        say(
            "{deadline_on} is not in the future; in {city} it is {today}.",
            deadline_on=deadline_on,
            city=city.name,
            today=today,
        ),
    )


async def _require_offer(
    actor: Actor, city_id: int, practice_id: int | None, problems: Problems
) -> None:
    """A practice that is named must be on offer, by another city."""
    if practice_id is None:
        return
    try:
        practice = await load(actor, Practice, practice_id, practices.visible)
    except NotFound as error:
        problems.add("practice_id", error.message)
        return
    problems.unless(
        practice.city != city_id, "practice_id", say("This is your own practice; choose another's.")
    )
    problems.unless(
        practice.state == PracticeState.PUBLISHED,
        "practice_id",
        say(
            "The practice is {state}, not published; choose another or name none.",
            state=word(practice.state),
        ),
    )


def _checked(draft: RequestPlan, problems: Problems) -> dict[str, Any]:
    return {
        "practice": draft.practice_id,
        "title": problems.title("title", draft.title),
        "need": problems.text("need", draft.need, required=True),
        "wanted_outcomes": problems.text("wanted_outcomes", draft.wanted_outcomes),
        "themes": problems.words("themes", draft.themes, most=THEMES_MOST),
        "deadline_on": draft.deadline_on,
        **_checked_budget(draft, problems),
    }


def _checked_budget(draft: RequestPlan, problems: Problems) -> dict[str, Any]:
    amount = problems.number("budget_amount", draft.budget_amount)
    currency = (draft.budget_currency or "").strip().upper() or None
    problems.unless(
        amount is None or (0 <= amount < BUDGET_BELOW and amount == round(amount, 2)),
        "budget_amount",
        say("Must not be negative, and have two decimals at most."),
    )
    if currency:
        currencies.check(currency, clock.today("UTC"), problems, "budget_currency")
    problems.unless(
        draft.budget_amount is None or currency is not None,
        "budget_currency",
        say("Say in which currency the amount is."),
    )
    problems.unless(
        currency is None or draft.budget_amount is not None,
        "budget_amount",
        say("Say how much, or leave the currency out."),
    )
    return {"budget_amount": amount, "budget_currency": currency}
