"""Somebody leaves a role: open work is handed over, and nothing is deleted."""

import asyncio
from decimal import Decimal

import pytest

from tests import factories
from tests.cast import ACTORS, Cast, email
from tests.domain.test_delegations import delegate
from tests.domain.test_risks import draft as risk_draft
from tracker.domain.actor import SYSTEM, Actor, Role
from tracker.domain.digests.actions import subscribe
from tracker.domain.digests.rules import Schedule
from tracker.domain.digests.tables import DigestSubscription
from tracker.domain.errors import Forbidden, Invalid, NotFound
from tracker.domain.leaving.actions import HandoverDraft, consequences, end_membership
from tracker.domain.leaving.erasure import erase
from tracker.domain.outcomes import reporting
from tracker.domain.outcomes.reporting import ValueDraft
from tracker.domain.people import queries
from tracker.domain.people.actions import grant
from tracker.domain.people.tables import ApiToken, Delegation, Handover, Membership
from tracker.domain.people.tokens import issue_token
from tracker.domain.references import Reference
from tracker.domain.risks import actions as risks
from tracker.domain.risks.tables import Risk


async def membership_of(actor: Actor) -> int:
    """The number of the person's only role."""
    [row] = await Membership.select(Membership.id).where(
        Membership.person == actor.person_id, Membership.ended_at.is_null()
    )
    number: int = row["id"]
    return number


async def test_role_ended_by_each_member_of_the_cast(cast: Cast) -> None:
    may = {"nairobi_approver", "nairobi_administrator", "administrator", "system"}
    number = await membership_of(cast.nairobi_approver)
    for who in set(ACTORS) - may:
        with pytest.raises(NotFound if who == "public" else Forbidden):
            await end_membership(cast[who], number)
    assert cast.nairobi_approver.person_id
    for who in sorted(may):
        await end_membership(cast[who], await membership_of(cast.nairobi_approver))
        await grant(SYSTEM, cast.nairobi_approver.person_id, cast.nairobi, Role.APPROVER)


async def test_open_work_is_named_or_left(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    draft = ValueDraft(value=Decimal(12))
    value = await reporting.report(cast.nairobi_coordinator, project.period_id, cast.nairobi, draft)
    number = await membership_of(cast.nairobi_coordinator)
    with pytest.raises(Invalid) as refusal:
        await end_membership(cast.nairobi_administrator, number)
    assert [text.split(" (")[0] for text in refusal.value.fields["handovers"]] == [
        f"milestone {project.milestone_id}",
        f"value {value.id}",
    ]
    cio = cast.nairobi_cio.person_id
    named = HandoverDraft(subject_id=Reference("milestone", project.milestone_id), person_id=cio)
    await end_membership(cast.nairobi_administrator, number, [named], left_to_city=True)
    rows = await Handover.select().order_by(Handover.id)
    assert [(row["subject_type"], row["subject_id"], row["successor"]) for row in rows] == [
        ("milestone", project.milestone_id, cio),
        ("value", value.id, None),
    ]
    # What was taken over is the successor's open work now.
    found = await consequences(SYSTEM, await membership_of(cast.nairobi_cio))
    assert [(work.kind, work.number) for work in found.work] == [
        ("milestone", project.milestone_id)
    ]


async def test_risks_of_somebody_who_leaves_are_looked_after(cast: Cast) -> None:
    project = await factories.joint_project(cast, "draft")
    owner, cio = cast.nairobi_coordinator.person_id, cast.nairobi_cio.person_id
    named, other, closed = [
        await risks.add(cast.nairobi_cio, project.id, cast.nairobi, risk_draft(person_id=person))
        for person in (owner, None, owner)
    ]
    await risks.close(cast.nairobi_cio, closed.id, "It cannot happen any more.")
    number = await membership_of(cast.nairobi_coordinator)
    found = await consequences(SYSTEM, number)
    assert ("risk", named.id) in {(work.kind, work.number) for work in found.work}
    assert not {("risk", other.id), ("risk", closed.id)} & {(w.kind, w.number) for w in found.work}
    await end_membership(cast.nairobi_administrator, number, person_id=cio)
    rows = await Risk.select(Risk.id, Risk.person).order_by(Risk.id)
    assert [row["person"] for row in rows] == [cio, None, owner]


async def test_work_handed_to_somebody_of_another_city(cast: Cast) -> None:
    await factories.joint_project(cast, "active")
    number = await membership_of(cast.nairobi_coordinator)
    with pytest.raises(Invalid, match="Only somebody else of the same city"):
        await end_membership(
            cast.nairobi_administrator, number, person_id=cast.seoul_coordinator.person_id
        )


async def test_work_that_another_role_still_carries(cast: Cast) -> None:
    await factories.joint_project(cast, "active")
    number = await membership_of(cast.nairobi_coordinator)
    assert cast.nairobi_coordinator.person_id
    await grant(SYSTEM, cast.nairobi_coordinator.person_id, cast.nairobi, Role.CIO)
    assert (await consequences(SYSTEM, number)).work == []


async def test_last_mayor_leaves_decisions_that_wait(cast: Cast) -> None:
    await factories.joint_project(cast, "under_review")
    await delegate(cast)
    number = await membership_of(cast.nairobi_mayor)
    found = await consequences(cast.nairobi_administrator, number)
    assert found.last
    assert [work.kind for work in found.work] == ["decision"]
    await end_membership(cast.nairobi_administrator, number, left_to_city=True)
    [row] = await Delegation.select(Delegation.ended_at)
    assert row["ended_at"]


async def test_keys_of_the_city_and_the_digest_end_with_the_last_role(cast: Cast) -> None:
    person = cast.seoul_mayor.person_id
    assert person
    await issue_token(cast.seoul_mayor, person, city_id=cast.seoul)
    await subscribe(cast.seoul_mayor, person, Schedule())
    await end_membership(SYSTEM, await membership_of(cast.seoul_mayor))
    [token] = await ApiToken.select(ApiToken.revoked_at)
    [digest] = await DigestSubscription.select(DigestSubscription.active)
    assert token["revoked_at"]
    assert not digest["active"]


async def test_last_administrator_stays(cast: Cast) -> None:
    number = await membership_of(cast.administrator)
    with pytest.raises(Invalid, match="make somebody else administrator first"):
        await end_membership(cast.administrator, number)
    assert cast.officer.person_id
    await grant(SYSTEM, cast.officer.person_id, None, Role.ADMINISTRATOR)
    await end_membership(cast.administrator, number)
    actor = await queries.actor_by_email(email("administrator"))
    assert actor
    assert actor.memberships == frozenset()


@pytest.mark.parametrize("how", ["leave", "erase"])
async def test_administrators_who_leave_at_once_leave_one(cast: Cast, how: str) -> None:
    assert cast.officer.person_id
    await grant(SYSTEM, cast.officer.person_id, None, Role.ADMINISTRATOR)
    other = await queries.actor_by_email(email("officer"))
    assert other
    both = cast.administrator, other
    rows = await Membership.select().where(Membership.role == Role.ADMINISTRATOR)
    numbers = {row["person"]: row["id"] for row in rows}
    ends = await asyncio.gather(
        *(
            end_membership(each, numbers[each.person_id])
            if how == "leave"
            else erase(each, each.person_id or 0)
            for each in both
        ),
        return_exceptions=True,
    )
    assert [type(end) for end in ends if isinstance(end, BaseException)] == [Invalid]


async def test_drafts_of_a_city_keep_their_titles_from_the_secretariat(cast: Cast) -> None:
    await factories.joint_project(cast, "draft", title="Not told yet")
    number = await membership_of(cast.nairobi_coordinator)
    [own] = (await consequences(cast.nairobi_administrator, number)).work
    assert own.title.endswith("Not told yet")
    [told] = (await consequences(cast.administrator, number)).work
    assert (told.kind, told.number, told.title) == (own.kind, own.number, "")
    with pytest.raises(Invalid, match="a draft that the city keeps to itself"):
        await end_membership(cast.administrator, number)
