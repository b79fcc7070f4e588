"""The demonstration portfolio: walked through the same actions as everybody's data, at the times
that its story says, so that it keeps every rule and its history is true to itself."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from operator import attrgetter

from tracker.demo import drafts
from tracker.demo.data.ahead import AHEAD
from tracker.demo.data.budgets import SOURCE
from tracker.demo.data.closed import CLOSED
from tracker.demo.data.given_up import GIVEN_UP
from tracker.demo.data.in_trouble import IN_TROUBLE
from tracker.demo.data.needs import NEEDS
from tracker.demo.data.offers import OFFERS
from tracker.demo.data.on_course import ON_COURSE
from tracker.demo.data.shapes import Need, Offer
from tracker.demo.dates import Calendar
from tracker.demo.people import SECRETARIAT, Account, Cast, accounts, address, appoint
from tracker.demo.walk import Links, Step, Walk
from tracker.domain import clock
from tracker.domain.actor import SYSTEM, Role
from tracker.domain.budgets.rates import import_rates
from tracker.domain.database import connected, transaction
from tracker.domain.digests.actions import subscribe
from tracker.domain.errors import Refusal
from tracker.domain.joining.actions import USUAL
from tracker.domain.people import delegations
from tracker.domain.people.delegations import DelegationPlan
from tracker.domain.people.invitations import InvitationDraft, send_invitation
from tracker.domain.people.queries import actor_by_email
from tracker.domain.practices import actions as practices
from tracker.domain.requests import actions as requests
from tracker.settings import Settings

__all__ = ["PROJECTS", "Account", "accounts", "plant", "seed"]

PROJECTS = (*ON_COURSE, *IN_TROUBLE, *CLOSED, *GIVEN_UP, *AHEAD)

FOUNDED = -1000
"""Day on which the cities joined: before anything else in the data."""

SUBSCRIBED = -30
"""Day on which leaders began to take the digest: after the last closing in the data, or closing
digests of long ago would go out at the first start."""

INVITED = -3
"""Day on which somebody was invited; the link's fourteen days are not over."""

RATED = -2
"""Day on which exchange rates were imported: the last before the portfolio is made, so that its
history ends before today."""

DEPUTISED, DEPUTISED_DAYS = "barcelona", 60
"""The city whose mayor is away at present, and for how many days."""


async def seed(settings: Settings) -> None:
    """Make the portfolio unless it is there, as the owner of the tables: the application's role
    could not say that something happened in the past."""
    owner = replace(settings, database_url=settings.database_owner_url or settings.database_url)
    async with connected(owner):
        await plant()


async def plant() -> bool:
    """Make the portfolio in the connected database; False when it was there.

    All of it is one transaction: whoever is killed in the middle leaves nothing behind, so that
    one of its people stands for the whole.
    """
    if await actor_by_email(address("seoul", Role.MAYOR)):
        return False
    calendar = Calendar.of_now()
    async with transaction():
        with clock.at(calendar.at(FOUNDED, "UTC")):
            cast = await appoint()
        for step in sorted(_steps(cast, calendar), key=attrgetter("at")):
            with clock.at(step.at):
                await _take(step)
    return True


async def _take(step: Step) -> None:
    try:
        await step.take()
    except Refusal as refusal:
        refusal.add_note(f"This was {step.what}.")
        raise


def _steps(cast: Cast, calendar: Calendar) -> Iterator[Step]:
    """Everything that happens, noun by noun."""
    links = Links({}, {})
    rates = partial(import_rates, SYSTEM, drafts.exchange_rates(calendar), SOURCE)
    yield Step(calendar.at(RATED, "UTC"), "the exchange rates", rates)
    for (_, role), actor in cast.actors.items():
        if role in USUAL and actor.person_id is not None:
            take = partial(subscribe, actor, actor.person_id, USUAL[role])
            yield Step(calendar.at(SUBSCRIBED, "UTC"), f"the digest of {actor.name}", take)
    invite = partial(send_invitation, cast.actors[SECRETARIAT, Role.ADMINISTRATOR], _invited(cast))
    yield Step(calendar.at(INVITED, "UTC"), "the invitation", invite)
    yield _deputised(cast, calendar)
    for name, offer in OFFERS.items():
        yield from _offered(name, offer, cast, calendar, links)
    for name, need in NEEDS.items():
        yield from _needed(name, need, cast, calendar, links)
    for joint in PROJECTS:
        yield from Walk(joint, cast, calendar, links).steps()


def _invited(cast: Cast) -> InvitationDraft:
    """Somebody who has not accepted yet."""
    city = cast.cities["nairobi"]
    email = "data.officer@nairobi.example"
    return InvitationDraft(email=email, role=Role.COORDINATOR, city_id=city.id)


def _deputised(cast: Cast, calendar: Calendar) -> Step:
    """A mayor is away for some weeks, and lets the chief information officer decide."""
    mayor, city = cast.actors[DEPUTISED, Role.MAYOR], cast.cities[DEPUTISED]
    deputy = cast.actors[DEPUTISED, Role.CIO].person_id
    assert deputy is not None

    async def delegate() -> None:
        today = clock.today(city.time_zone)
        plan = DelegationPlan(
            person_id=deputy, starts_on=today, ends_on=today + timedelta(days=DEPUTISED_DAYS)
        )
        await delegations.grant(mayor, city.id, plan)

    return Step(calendar.at(RATED, city.time_zone), f"the deputy of {mayor.name}", delegate)


def _offered(
    name: str, offer: Offer, cast: Cast, calendar: Calendar, links: Links
) -> Iterator[Step]:
    author, city = cast.actors[offer.city, Role.COORDINATOR], cast.cities[offer.city]

    async def draft() -> None:
        plan = drafts.practice(offer)
        links.practices[name] = (await practices.draft(author, city.id, plan)).id

    async def publish() -> None:
        await practices.publish(author, links.practices[name])

    async def archive() -> None:
        await practices.archive(author, links.practices[name])

    days = ((offer.drafted, draft), (offer.published, publish), (offer.archived, archive))
    for day, take in days:
        if day is not None:
            yield Step(calendar.at(day, city.time_zone), f"the practice {name}", take)


def _needed(name: str, need: Need, cast: Cast, calendar: Calendar, links: Links) -> Iterator[Step]:
    author, city = cast.actors[need.city, Role.COORDINATOR], cast.cities[need.city]

    async def open_() -> None:
        practice_id = links.practices[need.offer] if need.offer else None
        plan = drafts.request(need, practice_id, calendar)
        links.requests[name] = (await requests.open_(author, city.id, plan)).id

    async def withdraw() -> None:
        await requests.withdraw(author, links.requests[name])

    what = f"the request {name}"
    yield Step(calendar.at(need.opened, city.time_zone), what, open_)
    if need.withdrawn is not None:
        yield Step(calendar.at(need.withdrawn, city.time_zone), what, withdraw)
    if need.deadline < 0:
        # Both may move to the Friday before: three days are more than a weekend.
        yield _expiry(calendar.at(need.deadline + 3, city.time_zone))


def _expiry(at: datetime) -> Step:
    """What the timetable does once a deadline has passed; nothing to what was answered."""
    return Step(at, "what requests expired", partial(requests.expire, at))
