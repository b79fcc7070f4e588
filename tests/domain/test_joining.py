"""What begins with a role: the digest, for those whose role it is to read it."""

import pytest

from tests import letters
from tests.cast import Cast
from tracker.domain import clock
from tracker.domain.actor import SECRETARIAT, Actor, Role
from tracker.domain.audit import AuditEvent
from tracker.domain.cities.calendar import DAY
from tracker.domain.digests import actions as digests
from tracker.domain.digests.queries import subscription
from tracker.domain.digests.rules import Schedule
from tracker.domain.digests.tables import Cadence, DigestIssue, DigestSubscription
from tracker.domain.joining.actions import LATELY, accept, begin_digest, grant
from tracker.domain.people.invitations import InvitationDraft, send_invitation
from tracker.domain.people.profiles import Profile

PROFILE = Profile(name="Wanjiru", language="en", time_zone="Africa/Nairobi")


async def _joined(cast: Cast, role: Role) -> int:
    """The number of somebody who accepted."""
    city = None if role in SECRETARIAT else cast.nairobi
    draft = InvitationDraft(email="wanjiru@example.org", role=role, city_id=city)
    await send_invitation(cast.administrator, draft)
    letter = await letters.invitation()
    assert letter
    return (await accept(letter.secret, PROFILE)).id


@pytest.mark.parametrize("role", list(Role))
async def test_digest_begins_with_the_roles_that_read_it(cast: Cast, role: Role) -> None:
    person = await _joined(cast, role)
    taken = await subscription(person)
    usual = {
        Role.MAYOR: Cadence.WEEKLY,
        Role.OFFICER: Cadence.WEEKLY,
        Role.ADMINISTRATOR: Cadence.WEEKLY,
        Role.CIO: Cadence.MONTHLY,
    }
    assert (taken.cadence if taken and taken.active else None) == usual.get(role)
    begun = await AuditEvent.select().where(AuditEvent.verb == "begin")
    assert [each["actor"] for each in begun] == [None] * (role in usual), "nobody chose it"


async def test_officer_is_owed_the_portfolio_digest_on_the_next_monday(cast: Cast) -> None:
    person = await _joined(cast, Role.OFFICER)
    await digests.sweep(clock.now())
    assert await DigestIssue.count() == 0
    await digests.sweep(clock.now() + 8 * DAY)
    [issue] = await DigestIssue.objects()
    assert issue.person == person


async def test_role_that_is_given_brings_the_digest_to_who_never_chose(cast: Cast) -> None:
    coordinator, approver = cast.nairobi_coordinator, cast.nairobi_approver
    taken = await digests.subscribe(approver, approver.person_id or 0, Schedule())
    await digests.unsubscribe(approver, taken.id)
    for actor in (coordinator, approver):
        await grant(cast.administrator, actor.person_id or 0, cast.lima, Role.MAYOR)
    assert await _takes(coordinator)
    assert not await _takes(approver), "it was stopped once, and so it stays"


async def test_whoever_held_the_role_before_is_left_in_peace(cast: Cast) -> None:
    with clock.at(clock.now() + LATELY + DAY):
        await begin_digest(cast.nairobi_mayor.person_id or 0)
    assert await DigestSubscription.count() == 0


async def _takes(actor: Actor) -> bool:
    found = await subscription(actor.person_id or 0)
    return found is not None and found.active
