"""Who asks beside the cast: people with no role, with several, with former ones, and deputies."""

from datetime import timedelta

from tests import factories
from tests.cast import Cast, email
from tracker.domain import clock
from tracker.domain.actor import SYSTEM, Actor, Role
from tracker.domain.leaving.actions import end_membership
from tracker.domain.milestones import actions as milestones
from tracker.domain.milestones.attaching import EvidenceLink
from tracker.domain.people import delegations, queries
from tracker.domain.people.actions import add_person, grant
from tracker.domain.people.delegations import DelegationPlan
from tracker.domain.people.profiles import PersonDraft
from tracker.domain.people.tables import Delegation, Membership
from tracker.domain.projects import actions as projects
from tracker.domain.projects import decisions, lifecycle
from tracker.domain.projects.tables import Decision

DEPUTIES = ("deputy", "deputy_once", "deputy_until_today", "deputy_moved", "deputy_of_proposer")

OTHERS = ("stranger", "mixed", "double", "turned", *DEPUTIES, "proposer", "nairobi_cio")


async def others(cast: Cast) -> dict[str, Actor]:
    """Nobody in particular; who looks after the people of Nairobi, did of Lima once, and is
    somebody else in both others; an officer who belongs to a city; one who belonged to one; and
    those who decide for a mayor, did, or will."""
    await add_person(SYSTEM, PersonDraft(email="stranger@example.org", name="Without a role"))
    mixed = await add_person(SYSTEM, PersonDraft(email="mixed@example.org", name="Of all three"))
    await grant(SYSTEM, mixed.id, cast.nairobi, Role.CITY_ADMINISTRATOR)
    await grant(SYSTEM, mixed.id, cast.seoul, Role.APPROVER)
    await grant(SYSTEM, mixed.id, cast.lima, Role.APPROVER)
    former = await grant(SYSTEM, mixed.id, cast.lima, Role.CITY_ADMINISTRATOR)
    await end_membership(SYSTEM, former.id, left_to_city=True)
    double = await add_person(SYSTEM, PersonDraft(email="double@example.org", name="Of two hats"))
    for role in (Role.OFFICER, Role.ADMINISTRATOR):
        await grant(SYSTEM, double.id, None, role)
    await grant(SYSTEM, double.id, cast.seoul, Role.COORDINATOR)
    await _turned(cast)
    await _deputies(cast)
    found = {name: await queries.actor_by_email(email(name)) for name in OTHERS}
    return {name: actor for name, actor in found.items() if actor}


async def _turned(cast: Cast) -> None:
    """Handed something in for Nairobi, and is an officer now."""
    turned = await add_person(SYSTEM, PersonDraft(email="turned@example.org", name="Turned"))
    held = await grant(SYSTEM, turned.id, cast.nairobi, Role.COORDINATOR)
    actor = await queries.actor_by_email("turned@example.org")
    assert actor
    project = await factories.joint_project(cast, "active", title="Of before")
    link = EvidenceLink(title="Photos", url="https://example.org/photos")
    await milestones.submit(actor, project.milestone_id, milestones.MilestoneReport(
        completed_on=factories.today(-1), evidence=[link]))  # fmt: skip
    await end_membership(SYSTEM, held.id, left_to_city=True)
    await grant(SYSTEM, turned.id, None, Role.OFFICER)


async def _deputies(cast: Cast) -> None:
    """Of Nairobi's mayor: those whose days have passed, whose right was taken back, who is no chief
    information officer any more, whose days are these, and whose days are to come."""
    people = {name: await _cio(cast, name) for name in DEPUTIES}
    await grant(SYSTEM, people["deputy"], cast.seoul, Role.APPROVER)
    with clock.at(clock.now() - timedelta(days=20)):
        await _delegate(cast, people["deputy_once"], 0, 2)
    given = await _delegate(cast, people["deputy_until_today"], 0, 0)
    await delegations.end_delegation(cast.nairobi_mayor, given.id)
    await _delegate(cast, people["deputy_moved"], 0, 0)
    await grant(SYSTEM, people["deputy_moved"], cast.nairobi, Role.COORDINATOR)
    [held] = await Membership.objects().where(
        Membership.person == people["deputy_moved"], Membership.role == Role.CIO
    )
    await end_membership(SYSTEM, held.id, left_to_city=True)
    await _delegate(cast, people["deputy"], 0, 2)
    await _proposer(cast, people["deputy_of_proposer"])
    await _delegate(cast, cast.nairobi_cio.person_id or 0, 3, 9)
    await _decided(cast)


async def _decided(cast: Cast) -> None:
    """The deputy settles one decision of the mayor's, and proposes what they then cannot settle."""
    deputy = await queries.actor_by_email("deputy@example.org")
    assert deputy
    project = await factories.joint_project(cast, "under_review", title="Settled by a deputy")
    [decision] = await Decision.objects().where(
        Decision.project == project.id, Decision.city == cast.nairobi
    )
    await decisions.give(deputy, decision.id)
    own = await projects.propose(deputy, factories.proposal(cast, title="Proposed by a deputy"))
    await lifecycle.submit(deputy, own.id)
    await lifecycle.review(cast.officer, own.id)


async def _proposer(cast: Cast, deputy: int) -> None:
    """A mayor who plans as well, so that neither they nor their deputy decide on what they
    proposed."""
    draft = PersonDraft(email="proposer@example.org", name="Proposes")
    person = await add_person(SYSTEM, draft)
    for role in (Role.MAYOR, Role.COORDINATOR):
        await grant(SYSTEM, person.id, cast.nairobi, role)
    actor = await queries.actor_by_email("proposer@example.org")
    assert actor
    await _delegate(cast, deputy, 0, 2, actor)
    own = await projects.propose(actor, factories.proposal(cast, title="Proposed by a mayor"))
    await lifecycle.submit(actor, own.id)
    await lifecycle.review(cast.officer, own.id)


async def _cio(cast: Cast, name: str) -> int:
    person = await add_person(SYSTEM, PersonDraft(email=email(name), name=name.replace("_", " ")))
    await grant(SYSTEM, person.id, cast.nairobi, Role.CIO)
    return person.id


async def _delegate(
    cast: Cast, deputy: int, first: int, last: int, mayor: Actor | None = None
) -> Delegation:
    today = clock.today("Africa/Nairobi")
    plan = DelegationPlan(
        person_id=deputy,
        starts_on=today + timedelta(days=first),
        ends_on=today + timedelta(days=last),
    )
    return await delegations.grant(mayor or cast.nairobi_mayor, cast.nairobi, plan)
