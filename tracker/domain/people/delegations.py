"""A mayor lets the city's chief information officer decide in their place, for a time.

Only what `roles.DELEGABLE` lists goes along, which is nothing that could be passed on; and nobody
decides on what they proposed, neither as a deputy nor by one (`independence.py`).
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tracker.domain import clock
from tracker.domain.actor import Actor
from tracker.domain.audit import change, create, load
from tracker.domain.cities import rules as cities
from tracker.domain.cities.tables import City
from tracker.domain.database import transaction
from tracker.domain.errors import Forbidden, Invalid
from tracker.domain.messages import say
from tracker.domain.people import queries
from tracker.domain.people.rules import delegation_visible
from tracker.domain.people.tables import Delegation
from tracker.domain.people.telling import tell_of_delegation
from tracker.domain.problems import Problems
from tracker.domain.roles import DEPUTY, Permission

DAYS_MOST = 186
"""About half a year; who is away for longer hands the office over."""


@dataclass(frozen=True, kw_only=True)
class DelegationPlan:
    """Who decides from which day to which, both included, by the city's calendar."""

    person_id: int
    starts_on: date
    ends_on: date


async def grant(actor: Actor, city_id: int, draft: DelegationPlan) -> Delegation:
    """Let the city's chief information officer settle its decisions for a period.

    Raises Invalid, NotFound, or Forbidden for anybody but the city's mayor.
    """
    problems = Problems()
    async with transaction():
        city = await load(actor, City, city_id, cities.visible)
        if not actor.may(Permission.DELEGATE, city_id):
            raise Forbidden(say("Only the mayor of the city lets somebody decide in their place."))
        _check_days(draft, clock.today(city.time_zone), problems)
        await _check_deputy(actor, city, draft.person_id, problems)
        problems.raise_any()
        starts_at = _midnight(draft.starts_on, city)
        expires_at = _midnight(draft.ends_on + timedelta(days=1), city)
        if await queries.delegates(actor.person_id, city_id, starts_at, expires_at):
            text = say(
                "You have a deputy on some of these days already; end that delegation first."
            )
            raise Invalid({"starts_on": [text]})
        delegation = Delegation(
            city=city_id,
            mayor=actor.person_id,
            deputy=draft.person_id,
            starts_at=starts_at,
            expires_at=expires_at,
            created_at=clock.now(),
        )
        await create(actor, delegation, "delegate")
        await tell_of_delegation(actor, delegation, "delegate")
        return delegation


async def end_delegation(actor: Actor, delegation_id: int) -> Delegation:
    """End it before its time: the mayor takes the right back, or the deputy gives it back.

    Raises Invalid when it has ended, NotFound, or Forbidden for anybody else but whoever looks
    after the city's people.
    """
    async with change(actor, Delegation, delegation_id, delegation_visible, "end") as delegation:
        both = delegation.mayor, delegation.deputy
        own = any(actor.owns(each, delegation.city) for each in both)
        if not own and not actor.may(Permission.MANAGE_MEMBERS, delegation.city):
            raise Forbidden(
                say("Only the mayor, the deputy or an administrator ends a delegation.")
            )
        if delegation.ended_at or delegation.expires_at <= clock.now():
            raise Invalid({"delegation_id": [say("This delegation has already ended.")]})
        delegation.ended_at = clock.now()
        await tell_of_delegation(actor, delegation, "end")
    return delegation


def _check_days(draft: DelegationPlan, today: date, problems: Problems) -> None:
    first = problems.day("starts_on", draft.starts_on)
    last = problems.day("ends_on", draft.ends_on)
    if first is None or last is None:
        return
    problems.unless(
        first >= today,
        "starts_on",
        say("{first} is past; choose {today} or later.", first=first, today=today),
    )
    problems.unless(first <= last, "ends_on", say("Must not be before the first day."))
    most = first + timedelta(days=DAYS_MOST - 1)
    problems.unless(
        last <= most,
        "ends_on",
        say("At most {days} days; choose {most} or earlier.", days=DAYS_MOST, most=most),
    )


async def _check_deputy(actor: Actor, city: City, deputy_id: int, problems: Problems) -> None:
    problems.unless(
        await queries.holds(deputy_id, city.id, DEPUTY),
        "person_id",
        say(
            "Only the chief information officer of {city} can decide in your place.", city=city.name
        ),
    )
    problems.unless(
        deputy_id != actor.person_id,
        "person_id",
        say("You may do this yourself; choose a colleague."),
    )


def _midnight(day: date, city: City) -> datetime:
    """When the day begins in the city."""
    return datetime.combine(day, time(), ZoneInfo(city.time_zone))
