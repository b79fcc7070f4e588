"""Who asks people to come, and how an invitation is taken up."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from tests import letters
from tests.cast import ACTORS, Cast, email
from tracker.domain import clock
from tracker.domain.actor import Role
from tracker.domain.audit import AuditEvent
from tracker.domain.errors import Forbidden, Invalid, NotFound
from tracker.domain.installation import choosing
from tracker.domain.people import invitations, queries
from tracker.domain.people.invitations import InvitationDraft, accept, offer_of
from tracker.domain.people.profiles import Profile
from tracker.domain.people.tables import Invitation, Membership, Person
from tracker.settings import Limit, Limits, Settings

PROFILE = Profile(name="Wanjiru", language="en", time_zone="Africa/Nairobi")


def draft(cast: Cast, to: str = "Wanjiru@Example.org ") -> InvitationDraft:
    """Somebody asked to coordinate for Nairobi."""
    return InvitationDraft(email=to, role=Role.COORDINATOR, city_id=cast.nairobi)


async def invited(cast: Cast, to: str = "wanjiru@example.org") -> tuple[Invitation, str]:
    """An invitation by the secretariat, and the secret that its mail holds."""
    row = await invitations.send_invitation(cast.administrator, draft(cast, to))
    letter = await letters.invitation()
    assert letter
    return row, letter.secret


async def test_accepting_makes_person_and_membership(cast: Cast) -> None:
    row, secret = await invited(cast)
    offer = await offer_of(secret)
    assert (offer.email, offer.person, offer.invited_by) == (
        "wanjiru@example.org",
        None,
        "Secretariat: administrator",
    )
    person = await accept(secret, PROFILE)
    actor = await queries.actor_by_email("wanjiru@example.org")
    assert actor
    assert actor.memberships == {(Role.COORDINATOR, cast.nairobi)}
    await row.refresh()
    assert row.person == person.id
    with pytest.raises(Invalid):
        await offer_of(secret)
    events = await AuditEvent.select(AuditEvent.verb, AuditEvent.actor).order_by(AuditEvent.id)
    mine = [each["verb"] for each in events if each["actor"] == person.id]
    assert mine == ["join", "accept", "join"]


async def test_accepting_by_somebody_who_is_here_leaves_them_as_they_are(cast: Cast) -> None:
    _, secret = await invited(cast, email("seoul_mayor"))
    nothing = replace(PROFILE, name="", time_zone="nowhere")
    for signed_in in (None, cast.lima_mayor.person_id):
        with pytest.raises(Invalid, match="Sign in as Seoul: mayor first"):
            await accept(secret, nothing, signed_in)
    person = await accept(secret, nothing, cast.seoul_mayor.person_id)
    assert (person.id, person.name) == (cast.seoul_mayor.person_id, "Seoul: mayor")
    assert await queries.holds(person.id, cast.nairobi, Role.COORDINATOR)


async def test_accepting_tells_everything_wrong_with_the_profile_and_can_be_repeated(
    cast: Cast,
) -> None:
    _, secret = await invited(cast)
    with pytest.raises(Invalid) as refusal:
        await accept(secret, Profile(name=" ", language="Kikuyu", time_zone="Nairobi"))
    assert set(refusal.value.fields) == {"name", "language", "time_zone"}
    assert await accept(secret, PROFILE)


async def test_link_is_accepted_once_by_many_at_once(cast: Cast) -> None:
    _, secret = await invited(cast)
    found = await asyncio.gather(
        *(accept(secret, PROFILE) for _ in range(8)), return_exceptions=True
    )
    assert len([each for each in found if isinstance(each, Person)]) == 1
    assert await Membership.count().where(Membership.city == cast.nairobi) == 6


async def test_link_that_is_too_old(cast: Cast) -> None:
    _, secret = await invited(cast)
    with clock.at(clock.now() + timedelta(days=14, seconds=1)), pytest.raises(Invalid):
        await offer_of(secret)


async def test_link_is_dead_once_another_is_sent(cast: Cast) -> None:
    row, old = await invited(cast)
    await invitations.resend_invitation(cast.administrator, row.id)
    with pytest.raises(Invalid):
        await accept(old, PROFILE)
    letter = await letters.invitation()
    assert letter
    assert await accept(letter.secret, PROFILE)


async def test_link_is_dead_once_the_invitation_is_withdrawn(cast: Cast) -> None:
    row, secret = await invited(cast)
    await invitations.withdraw_invitation(cast.administrator, row.id)
    with pytest.raises(Invalid):
        await accept(secret, PROFILE)
    for action in (invitations.withdraw_invitation, invitations.resend_invitation):
        with pytest.raises(Invalid, match="withdrawn before"):
            await action(cast.administrator, row.id)


async def test_expired_invitation_is_sent_again(cast: Cast) -> None:
    row, _ = await invited(cast)
    with clock.at(clock.now() + timedelta(days=20)):
        with pytest.raises(Invalid, match="already invited"):
            await invitations.send_invitation(cast.administrator, draft(cast))
        await invitations.resend_invitation(cast.administrator, row.id)
        letter = await letters.invitation()
        assert letter
        assert await accept(letter.secret, PROFILE)


@pytest.mark.parametrize("name", ACTORS)
async def test_who_invites(cast: Cast, name: str) -> None:
    if name in ("administrator", "system", "nairobi_administrator"):
        await invitations.send_invitation(cast[name], draft(cast))
    else:
        with pytest.raises(Forbidden):
            await invitations.send_invitation(cast[name], draft(cast))
        row, _ = await invited(cast)
        seen = name in ("officer", "auditor")
        with pytest.raises(Forbidden if seen else NotFound):
            await invitations.withdraw_invitation(cast[name], row.id)


async def test_city_s_administrator_invites_to_roles_in_their_city_alone(cast: Cast) -> None:
    them = cast.nairobi_administrator
    here, mayor = draft(cast), replace(draft(cast), role=Role.MAYOR)
    for refused in (
        replace(here, city_id=cast.seoul),
        replace(here, role=Role.AUDITOR, city_id=None),
        replace(mayor, email=email("nairobi_administrator")),
    ):
        with pytest.raises(Forbidden):
            await invitations.send_invitation(them, refused)
    row = await invitations.send_invitation(them, here)
    other = await invitations.send_invitation(cast.administrator, replace(here, city_id=cast.seoul))
    assert await invitations.withdraw_invitation(them, row.id)
    with pytest.raises(NotFound):
        await invitations.withdraw_invitation(them, other.id)


async def test_everything_wrong_with_an_invitation_at_once(cast: Cast) -> None:
    wrong = InvitationDraft(email="nobody", role=Role.MAYOR, language="Korean", days=0)
    with pytest.raises(Invalid) as refusal:
        await invitations.send_invitation(cast.administrator, wrong)
    assert set(refusal.value.fields) == {"email", "city_id", "language", "days"}


async def test_invitation_to_a_role_that_is_held_already(cast: Cast) -> None:
    with pytest.raises(Invalid, match="already is coordinator"):
        await invitations.send_invitation(
            cast.administrator, draft(cast, email("nairobi_coordinator"))
        )


async def test_two_who_invite_the_same_at_once(cast: Cast) -> None:
    found = await asyncio.gather(
        *(invitations.send_invitation(cast.administrator, draft(cast)) for _ in range(5)),
        return_exceptions=True,
    )
    assert sum(isinstance(each, Invitation) for each in found) == 1
    assert all(isinstance(each, Invitation | Invalid) for each in found)


async def test_mail_is_claimed_once(cast: Cast) -> None:
    await invitations.send_invitation(cast.administrator, draft(cast))
    found = await asyncio.gather(*(letters.invitation() for _ in range(5)))
    assert len([each for each in found if each]) == 1


async def test_first_of_all_is_let_in_by_a_link_that_no_worker_mails(cast: Cast) -> None:
    first = InvitationDraft(email=" First@Example.org", role=Role.ADMINISTRATOR)
    letter = await invitations.invite_by_hand(first)
    assert await letters.invitation() is None
    again = await invitations.invite_by_hand(first)
    with pytest.raises(Invalid):
        await accept(letter.secret, PROFILE)
    person = await accept(again.secret, PROFILE)
    assert await queries.holds(person.id, None, Role.ADMINISTRATOR)
    assert ("first@example.org", "Wanjiru", "administrator") in await queries.everybody()
    with pytest.raises(Invalid, match="already is"):
        await invitations.invite_by_hand(first)


async def test_invitation_counts_while_who_invited_may_invite(cast: Cast) -> None:
    inviter = cast.nairobi_administrator.person_id
    await invitations.send_invitation(cast.nairobi_administrator, draft(cast))
    letter = await letters.invitation()
    assert letter
    await Membership.update({Membership.ended_at: clock.now()}).where(Membership.person == inviter)
    with pytest.raises(Invalid, match="ask for another"):
        await accept(letter.secret, PROFILE)


async def test_nobody_takes_up_what_they_offered_to_another_address_of_theirs(cast: Cast) -> None:
    inviter = cast.nairobi_administrator.person_id
    await invitations.send_invitation(cast.nairobi_administrator, draft(cast))
    letter = await letters.invitation()
    assert letter
    await Person.update({Person.email: "wanjiru@example.org"}).where(Person.id == inviter)
    with pytest.raises(Invalid, match="ask for another"):
        await accept(letter.secret, PROFILE, inviter)


async def test_inviter_sends_so_many_a_day(cast: Cast, settings: Settings) -> None:
    few = Limits(Limit(3, 24 * 60 * 60), settings.limits("invitation").address)
    with choosing(replace(settings, limit_invitation=few)):
        await _three_of_six(cast)


async def _three_of_six(cast: Cast) -> None:
    asked = [draft(cast, f"n{number}@example.org") for number in range(6)]
    found = await asyncio.gather(
        *(invitations.send_invitation(cast.nairobi_administrator, each) for each in asked),
        return_exceptions=True,
    )
    assert sum(isinstance(each, Invitation) for each in found) == 3
    assert all("lately" in str(each) for each in found if not isinstance(each, Invitation))
    sent = next(each.id for each in found if isinstance(each, Invitation))
    with pytest.raises(Invalid, match="lately"):
        await invitations.resend_invitation(cast.nairobi_administrator, sent)
    assert await invitations.send_invitation(cast.administrator, draft(cast))
    with clock.at(clock.now() + timedelta(days=2)):
        await invitations.send_invitation(
            cast.nairobi_administrator, draft(cast, "late@example.org")
        )
