"""Taking the digest, and putting those that are due into the ledger."""

from datetime import datetime
from typing import Any

from tracker.domain import clock
from tracker.domain.actor import Actor
from tracker.domain.audit import change, create, load, record_new
from tracker.domain.database import database_now, transaction
from tracker.domain.digests import queries
from tracker.domain.digests.issues import Owed, owe_issues
from tracker.domain.digests.rules import (
    Schedule,
    due_period,
    running_period,
    subscription_visible,
)
from tracker.domain.digests.tables import DigestIssue, DigestSubscription
from tracker.domain.edits import completed, edits
from tracker.domain.errors import Conflict, Forbidden
from tracker.domain.messages import say
from tracker.domain.people import rules as people
from tracker.domain.people.rules import may_manage
from tracker.domain.people.tables import Person
from tracker.domain.problems import Problems


async def subscribe(actor: Actor, person_id: int, draft: Schedule) -> DigestSubscription:
    """Have the digest sent from now on, or again, or at other times.

    Raises Invalid, NotFound, or Forbidden for another's digest.
    """
    schedule = _checked(draft)
    async with transaction():
        await load(actor, Person, person_id, people.visible)
        _require_own(actor, person_id)
        known = await queries.subscription(person_id)
        if known:
            return await edit_subscription(actor, known.id, draft)
        subscription = DigestSubscription(person=person_id, created_at=clock.now(), **schedule)
        return await create(actor, subscription, "subscribe")


@edits
async def edit_subscription(
    actor: Actor,
    digest_subscription_id: int,
    draft: Schedule,
    seen_version: int | None = None,
) -> DigestSubscription:
    """Have the digest sent at other times. One that was stopped begins afresh: what fell due in
    between is not made up for.

    Raises Invalid, NotFound, Conflict, or Forbidden for another's digest.
    """
    async with change(
        actor,
        DigestSubscription,
        digest_subscription_id,
        subscription_visible,
        "edit_subscription",
        seen_version=seen_version,
    ) as subscription:
        _require_own(actor, subscription.person)
        schedule = _checked(completed(draft, subscription))
        if not subscription.active:
            subscription.active, subscription.created_at = True, clock.now()
        for name, value in schedule.items():
            setattr(subscription, name, value)
    return subscription


async def unsubscribe(
    actor: Actor, digest_subscription_id: int, seen_version: int | None = None
) -> DigestSubscription:
    """Have no more digests sent, those included that are due and not yet sent.

    Raises NotFound, Conflict, or Forbidden for another's digest.
    """
    async with change(
        actor,
        DigestSubscription,
        digest_subscription_id,
        subscription_visible,
        "unsubscribe",
        seen_version=seen_version,
    ) as subscription:
        _require_own(actor, subscription.person)
        subscription.active = False
    return subscription


async def send_now(actor: Actor, person_id: int) -> DigestIssue:
    """Owe the person a digest of the period so far, outside its turn. The turn itself stays.

    Raises Invalid where none would be sent, NotFound, Conflict, or Forbidden for another's digest.
    """
    problems = Problems()
    async with transaction():
        await load(actor, Person, person_id, people.visible)
        _require_own(actor, person_id)
        for why in await queries.withheld(person_id):
            problems.add("person_id", why)
        problems.raise_any()
        now = await database_now()
        period = running_period(*await queries.taking(person_id), now)
        made = await owe_issues([Owed(person_id, period)])
        if not made:
            raise Conflict(say("This digest was asked for just now; it is on its way."), version=0)
        issue = await DigestIssue.objects().get(DigestIssue.id == made[0])
        assert issue
        await record_new(actor, issue, "send_now")
        return issue


async def sweep(now: datetime) -> list[int]:
    """Owe everybody the digest that fell due last, unless it is in the ledger already: run it as
    often as you like, by as many as you like. Returns the numbers of the new issues."""
    made: list[int] = []
    async for portion in queries.subscribers():
        made += await owe_issues([
            Owed(each.person_id, period)
            for each in portion
            if (period := due_period(each.schedule, each.calendar, now, each.since))
        ])  # fmt: skip
    return made


def _require_own(actor: Actor, person_id: int) -> None:
    if not may_manage(actor, person_id):
        raise Forbidden(say("Everybody decides on their own digest; the administrator on any."))


def _checked(draft: Schedule) -> dict[str, Any]:
    problems = Problems()
    limits = (("weekday", 1, 7), ("month_day", 1, 28), ("hour", 0, 23))
    for name, low, high in limits:
        value = getattr(draft, name)
        problems.unless(
            low <= value <= high,
            name,
            say("{value} is not between {low} and {high}.", value=value, low=low, high=high),
        )
    problems.raise_any()
    return vars(draft)
