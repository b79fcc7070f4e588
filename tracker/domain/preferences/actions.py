"""Doing without mails of a kind, or taking them again; hours without any. Workers look again before
a mail is sent, some seconds before at most, so that what is owed already goes by it too."""

from tracker.domain.actor import Actor
from tracker.domain.audit import change
from tracker.domain.database import transaction
from tracker.domain.deliveries import ledger
from tracker.domain.deliveries.quiet import QuietHours
from tracker.domain.deliveries.tables import OPTIONAL, DeliveryKind
from tracker.domain.digests import actions as digests
from tracker.domain.digests import queries
from tracker.domain.errors import Forbidden
from tracker.domain.messages import say
from tracker.domain.people.rules import may_manage, visible
from tracker.domain.people.tables import Person
from tracker.domain.problems import Problems

OFFERED = [DeliveryKind(each) for each in OPTIONAL[1:]]
"""Kinds that are chosen by themselves; the digest comes with its schedule."""


async def choose_mails(actor: Actor, person_id: int, kind: DeliveryKind, wanted: bool) -> Person:
    """Have mails of a kind sent to the person, or no more, those included that are due and not yet
    sent. Choosing what holds changes nothing.

    Raises Invalid for a kind that cannot be switched off, NotFound, or Forbidden for another's.
    """
    problems = Problems()
    problems.unless(
        wanted or kind.value in OPTIONAL,
        "kind",
        say("Mails about accounts, roles and invitations always come; choose another kind."),
    )
    problems.raise_any()
    async with (
        transaction(),
        change(actor, Person, person_id, visible, "choose_mails") as person,
    ):
        _require_own(actor, person_id)
        if kind is DeliveryKind.DIGEST:
            await _choose_digest(actor, person_id, wanted)
        else:
            left = [each for each in person.unwanted_mails if each != kind]
            person.unwanted_mails = left if wanted else sorted([*left, kind.value])
    return person


async def set_quiet_hours(actor: Actor, person_id: int, draft: QuietHours) -> Person:
    """Have mails wait from one hour until another by the person's clock, but those about signing in
    and the account; without hours, never.

    Raises Invalid, NotFound, or Forbidden for another's.
    """
    problems = Problems()
    draft.check(problems)
    async with change(actor, Person, person_id, visible, "set_quiet_hours") as person:
        _require_own(actor, person_id)
        problems.raise_any()
        person.quiet_from, person.quiet_until = draft.quiet_from, draft.quiet_until
        await ledger.wake(person_id)
    return person


async def _choose_digest(actor: Actor, person_id: int, wanted: bool) -> None:
    taken = await queries.subscription(person_id)
    if wanted and not (taken and taken.active):
        schedule, _ = await queries.taking(person_id)
        await digests.subscribe(actor, person_id, schedule)
    if taken and taken.active and not wanted:
        await digests.unsubscribe(actor, taken.id)


def _require_own(actor: Actor, person_id: int) -> None:
    if not may_manage(actor, person_id):
        raise Forbidden(say("Everybody decides on their own mails; the administrator on any."))
