"""A mayor lets the chief information officer decide for a time."""

from datetime import timedelta

import pytest

from tests import factories
from tests.cast import ACTORS, Cast, email
from tests.domain.test_independence import decision
from tests.factories import today
from tracker.domain import clock
from tracker.domain.actor import SYSTEM, Actor, Role
from tracker.domain.audit import AuditEvent
from tracker.domain.errors import Forbidden, Invalid, NotFound
from tracker.domain.leaving.actions import end_membership
from tracker.domain.people import delegations, identities, queries
from tracker.domain.people.actions import grant
from tracker.domain.people.delegations import DelegationPlan
from tracker.domain.people.sessions import open_session, renewed
from tracker.domain.people.tables import Delegation, Membership
from tracker.domain.people.uses import note_use
from tracker.domain.projects import actions, decisions, lifecycle
from tracker.domain.roles import Permission


def plan(cast: Cast, first: int = 0, last: int = 9, who: str = "nairobi_cio") -> DelegationPlan:
    """Who decides from which day to which, counted from today."""
    person = cast[who].person_id
    assert person
    starts_on, ends_on = today(first, "Africa/Nairobi"), today(last, "Africa/Nairobi")
    return DelegationPlan(person_id=person, starts_on=starts_on, ends_on=ends_on)


async def delegate(cast: Cast, first: int = -0, last: int = 9) -> Delegation:
    """Nairobi's mayor lets its chief information officer decide."""
    at = clock.now() - timedelta(days=2)
    with clock.at(at):
        return await delegations.grant(
            cast.nairobi_mayor, cast.nairobi, plan(cast, first, last + 2)
        )


async def deputy() -> Actor:
    """The chief information officer, as they are now."""
    actor = await queries.actor_by_email(email("nairobi_cio"))
    assert actor
    return actor


async def test_deputy_decides_on_behalf_of_the_mayor(cast: Cast) -> None:
    await delegate(cast)
    project = await factories.joint_project(cast, "under_review")
    row = await decisions.give(await deputy(), await decision(project.id, cast.nairobi))
    assert (row.decided_by, row.on_behalf_of) == (
        cast.nairobi_cio.person_id,
        cast.nairobi_mayor.person_id,
    )
    [event] = await AuditEvent.select().where(
        AuditEvent.subject_type == "decision", AuditEvent.verb == "give"
    )
    assert (event["actor"], event["on_behalf_of"]) == (row.decided_by, row.on_behalf_of)


async def test_deputy_decides_for_their_own_city_only(cast: Cast) -> None:
    await delegate(cast)
    project = await factories.joint_project(cast, "under_review")
    with pytest.raises(Forbidden):
        await decisions.give(await deputy(), await decision(project.id, cast.seoul))


async def test_deputy_neither_cancels_nor_delegates_further(cast: Cast) -> None:
    await delegate(cast)
    acting = await deputy()
    assert acting.may(Permission.DECIDE, cast.nairobi)
    assert not acting.may(Permission.CANCEL, cast.nairobi)
    assert not acting.may(Permission.DELEGATE, cast.nairobi)
    with pytest.raises(Forbidden):
        await delegations.grant(acting, cast.nairobi, plan(cast))


async def test_deputy_decides_on_nothing_they_proposed(cast: Cast) -> None:
    await delegate(cast)
    acting = await deputy()
    project = await actions.propose(acting, factories.proposal(cast))
    await lifecycle.submit(acting, project.id)
    await lifecycle.review(cast.officer, project.id)
    with pytest.raises(Forbidden, match="nobody approves their own"):
        await decisions.give(acting, await decision(project.id, cast.nairobi))


@pytest.mark.parametrize(("after", "may"), [(-3, False), (-1, True), (8, True), (14, False)])
async def test_delegation_counts_within_its_days(cast: Cast, after: int, may: bool) -> None:
    await delegate(cast)
    acting = await deputy()
    with clock.at(clock.now() + timedelta(days=after)):
        assert acting.may(Permission.DECIDE, cast.nairobi) == may


async def test_session_s_secret_changes_when_a_delegation_begins_and_when_it_runs_out(
    cast: Cast,
) -> None:
    row = await delegate(cast, first=3)
    assert cast.nairobi_cio.person_id
    secret = await open_session(cast.nairobi_cio.person_id)
    for turn in (row.starts_at, row.expires_at):
        with clock.at(turn - timedelta(seconds=1)):
            await use(secret)
            assert await renewed(secret) == "", "not yet"
        with clock.at(turn):
            standing = await queries.session_standing(secret)
            assert standing
            assert standing.renews
            before, secret = secret, await renewed(secret)
            assert secret
            assert await renewed(before) == "", "once"
            assert await renewed(secret) == ""
        with clock.at(turn + timedelta(seconds=61)):
            assert await queries.actor_by_session(before) is None


async def use(secret: str) -> None:
    """Somebody looks at a page."""
    await note_use(identities.session(secret))
    assert await queries.actor_by_session(secret)


async def test_delegation_ended_early_counts_at_once(cast: Cast) -> None:
    row = await delegate(cast)
    assert cast.nairobi_cio.person_id
    credential = identities.session(await open_session(cast.nairobi_cio.person_id))
    before = await credential.identify()
    assert before
    assert before.actor.may(Permission.DECIDE, cast.nairobi)
    await delegations.end_delegation(cast.nairobi_mayor, row.id)
    with pytest.raises(identities.RightsChanged):
        await identities.confirmed(before.actor)
    assert not (await deputy()).may(Permission.DECIDE, cast.nairobi)
    with pytest.raises(Invalid, match="already ended"):
        await delegations.end_delegation(cast.nairobi_mayor, row.id)


@pytest.mark.parametrize("role", [Role.MAYOR, Role.CIO])
async def test_delegation_when_either_leaves(cast: Cast, role: Role) -> None:
    await delegate(cast)
    [row] = await Membership.select(Membership.id).where(
        Membership.role == role, Membership.city == cast.nairobi
    )
    await end_membership(SYSTEM, row["id"])
    assert not (await deputy()).may(Permission.DECIDE, cast.nairobi)


async def test_delegation_by_each_member_of_the_cast(cast: Cast) -> None:
    for who in set(ACTORS) - {"nairobi_mayor"}:
        with pytest.raises(Forbidden):
            await delegations.grant(cast[who], cast.nairobi, plan(cast))


async def test_delegation_ended_by_each_member_of_the_cast(cast: Cast) -> None:
    may = {"nairobi_mayor", "nairobi_cio", "nairobi_administrator", "administrator", "system"}
    sees = may | {"nairobi_coordinator", "nairobi_approver", "officer", "auditor"}
    for who in ACTORS:
        row = await delegate(cast)
        if who in may:
            await delegations.end_delegation(cast[who], row.id)
            continue
        with pytest.raises(Forbidden if who in sees else NotFound):
            await delegations.end_delegation(cast[who], row.id)
        await delegations.end_delegation(cast.nairobi_mayor, row.id)


@pytest.mark.parametrize(
    ("first", "last", "who", "field"),
    [
        (-3, 4, "nairobi_cio", "starts_on"),
        (4, 3, "nairobi_cio", "ends_on"),
        (4, 400, "nairobi_cio", "ends_on"),
        (4, 5, "nairobi_coordinator", "person_id"),
        (4, 5, "nairobi_mayor", "person_id"),
        (4, 5, "lima_coordinator", "person_id"),
    ],
)
async def test_delegation_that_cannot_be_meant(
    cast: Cast, first: int, last: int, who: str, field: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        await delegations.grant(cast.nairobi_mayor, cast.nairobi, plan(cast, first, last, who))
    assert list(refusal.value.fields) == [field]


async def test_second_deputy_at_the_same_time(cast: Cast) -> None:
    await delegate(cast)
    assert cast.nairobi_approver.person_id
    await grant(SYSTEM, cast.nairobi_approver.person_id, cast.nairobi, Role.CIO)
    with pytest.raises(Invalid, match="end that delegation first"):
        await delegations.grant(
            cast.nairobi_mayor, cast.nairobi, plan(cast, 5, 20, "nairobi_approver")
        )
    await delegations.grant(
        cast.nairobi_mayor, cast.nairobi, plan(cast, 12, 20, "nairobi_approver")
    )
