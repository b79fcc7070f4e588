"""Nobody approves their own: a test for each way in which something is approved."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tests import factories
from tests.cast import Cast
from tests.factories import today
from tracker.domain.actor import SYSTEM, Actor, Role
from tracker.domain.closing import actions as closing
from tracker.domain.errors import Forbidden
from tracker.domain.independence import Work, independent
from tracker.domain.milestones import actions as milestones
from tracker.domain.milestones import attaching
from tracker.domain.milestones.actions import MilestonePlan, MilestoneReport
from tracker.domain.milestones.attaching import EvidenceLink
from tracker.domain.milestones.tables import Milestone
from tracker.domain.outcomes import periods, reporting
from tracker.domain.outcomes.reporting import ValueDraft
from tracker.domain.people import queries
from tracker.domain.people.actions import grant
from tracker.domain.people.tokens import issue_token
from tracker.domain.plan_changes import actions as plan_changes
from tracker.domain.plan_changes.drafts import NewMilestone, PlanChangeDraft
from tracker.domain.projects import confidentiality, decisions, lifecycle
from tracker.domain.projects.tables import Decision

LINK = EvidenceLink(title="Screenshots", url="https://example.org/portal")
REPORT = MilestoneReport(completed_on=today(-2), evidence=[LINK])


def moved(actor: Actor, role: Role, city_id: int | None) -> Actor:
    """The same person, who holds only this role now."""
    return replace(actor, memberships=frozenset({(role, city_id)}), affiliated=frozenset())


def also(actor: Actor, role: Role, city_id: int | None) -> Actor:
    """The same person with one more role."""
    return replace(actor, memberships=actor.memberships | {(role, city_id)})


async def decision(project_id: int, city_id: int) -> int:
    """The number of the city's open decision."""
    [row] = await Decision.select(Decision.id).where(
        Decision.project == project_id, Decision.city == city_id, Decision.state == "pending"
    )
    number: int = row["id"]
    return number


def test_system_is_nobody_s_second_pair_of_eyes() -> None:
    assert not independent(Actor(system=True), Work())


async def test_person_whose_token_hides_a_role_in_the_city(cast: Cast) -> None:
    person_id = cast.seoul_approver.person_id
    assert person_id
    await grant(SYSTEM, person_id, cast.nairobi, Role.APPROVER)
    _, secret = await issue_token(cast.seoul_approver, person_id, city_id=cast.seoul)
    found = await queries.actor_by_token(secret)
    assert found
    assert found[0].city_ids == [cast.seoul]
    project = await factories.joint_project(cast, "active")
    await milestones.submit(cast.nairobi_coordinator, project.milestone_id, REPORT)
    with pytest.raises(Forbidden):
        await milestones.accept(found[0], project.milestone_id)


def test_person_acting_for_an_author() -> None:
    work = Work(frozenset({7}))
    assert independent(Actor(8), work)
    assert not independent(Actor(8, on_behalf_of=7), work)


VERDICTS: list[Any] = [
    lambda actor, number: milestones.accept(actor, number),
    lambda actor, number: milestones.return_(actor, number, "Say more."),
]


@pytest.mark.parametrize("verdict", VERDICTS)
async def test_milestone_judged_by_whoever_handed_it_in_and_changed_sides(
    cast: Cast, verdict: Any
) -> None:
    project = await factories.joint_project(cast, "active")
    await milestones.submit(cast.nairobi_coordinator, project.milestone_id, REPORT)
    for hat in (
        moved(cast.nairobi_coordinator, Role.APPROVER, cast.seoul),
        moved(cast.nairobi_coordinator, Role.OFFICER, None),
        also(cast.nairobi_coordinator, Role.APPROVER, cast.seoul),
        also(cast.nairobi_coordinator, Role.OFFICER, None),
    ):
        with pytest.raises(Forbidden, match="nobody judges what they handed in"):
            await verdict(hat, project.milestone_id)


async def test_milestone_judged_by_whoever_attached_the_evidence(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    await attaching.attach(cast.nairobi_cio, project.milestone_id, [LINK])
    await milestones.submit(cast.nairobi_coordinator, project.milestone_id, REPORT)
    with pytest.raises(Forbidden, match="attached themselves"):
        await milestones.accept(
            moved(cast.nairobi_cio, Role.APPROVER, cast.seoul), project.milestone_id
        )


async def test_milestone_judged_by_whoever_handed_it_in_the_first_time(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    await milestones.submit(cast.nairobi_cio, project.milestone_id, REPORT)
    await milestones.return_(cast.seoul_approver, project.milestone_id, "Say more.")
    since = replace(REPORT, completed_on=today(zone="Africa/Nairobi"))
    await milestones.submit(cast.nairobi_coordinator, project.milestone_id, since)
    with pytest.raises(Forbidden):
        await milestones.accept(moved(cast.nairobi_cio, Role.OFFICER, None), project.milestone_id)


@pytest.mark.parametrize("verb", ["start", "miss", "submit"])
async def test_milestone_judged_by_whoever_only_took_one_step_of_it(cast: Cast, verb: str) -> None:
    project = await factories.joint_project(cast, "active")
    number, author = project.milestone_id, cast.nairobi_cio
    await attaching.attach(cast.nairobi_coordinator, number, [LINK])
    handed_in = MilestoneReport(completed_on=today(-2), evidence=[])
    if verb == "start":
        await milestones.start(author, number)
    if verb == "miss":
        await milestones.miss(author, number, "The tender was repeated.")
        handed_in = replace(handed_in, completed_on=today(zone="Africa/Nairobi"))
    who = author if verb == "submit" else cast.nairobi_coordinator
    await milestones.submit(who, number, handed_in)
    if verb == "submit":  # another's word stands on the row by now
        await milestones.return_(cast.seoul_approver, number, "Say more.")
        await milestones.submit(cast.nairobi_coordinator, number, handed_in)
    for hat in moved(author, Role.APPROVER, cast.seoul), moved(author, Role.OFFICER, None):
        with pytest.raises(Forbidden):
            await milestones.accept(hat, number)
    await milestones.accept(cast.officer, number)


async def test_milestone_waived_by_whoever_planned_it_and_left_its_city(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    plan = MilestonePlan(title="Training", due_on=today(60))
    new = NewMilestone(city_id=cast.nairobi, **vars(plan))
    draft = PlanChangeDraft(reason="People must learn it.", new_milestones=[new])
    change = await plan_changes.propose(cast.nairobi_cio, project.id, cast.nairobi, draft)
    await plan_changes.accept(cast.seoul_coordinator, change.id)
    [mine] = await Milestone.objects().where(Milestone.title == plan.title)
    former = moved(cast.nairobi_cio, Role.OFFICER, None)
    with pytest.raises(Forbidden, match="planned for their own city"):
        await milestones.waive(former, mine.id, "Not needed.")
    theirs = await factories.agree_milestone(cast, project.id, cast.seoul, plan)
    assert (await milestones.waive(cast.nairobi_cio, theirs.id, "No.")).state == "waived"


async def test_milestone_waived_by_somebody_of_both_cities(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    both = also(cast.seoul_approver, Role.APPROVER, cast.nairobi)
    with pytest.raises(Forbidden):
        await milestones.waive(both, project.milestone_id, "Not needed.")


async def test_value_approved_by_whoever_reported_it_and_changed_sides(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    draft = ValueDraft(value=Decimal(12))
    value = await reporting.report(cast.nairobi_cio, project.period_id, cast.nairobi, draft)
    for hat in (
        moved(cast.nairobi_cio, Role.APPROVER, cast.seoul),
        also(cast.nairobi_cio, Role.OFFICER, None),
    ):
        with pytest.raises(Forbidden):
            await reporting.approve(hat, value.id)
        with pytest.raises(Forbidden):
            await reporting.return_(hat, value.id, "Say more.")


async def test_value_approved_by_its_first_author_after_another_revised_it(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    draft = ValueDraft(value=Decimal(12))
    value = await reporting.report(cast.nairobi_cio, project.period_id, cast.nairobi, draft)
    await reporting.return_(cast.seoul_approver, value.id, "Say more.")
    await reporting.revise(cast.nairobi_coordinator, value.id, draft)
    with pytest.raises(Forbidden, match="reported or revised it"):
        await reporting.approve(moved(cast.nairobi_cio, Role.APPROVER, cast.seoul), value.id)


STEPS: dict[str, tuple[str, Any]] = {
    "review": ("submitted", lambda actor, number: lifecycle.review(actor, number)),
    "return": ("under_review", lambda actor, number: lifecycle.return_(actor, number, "Why?")),
    "reject": ("under_review", lambda actor, number: lifecycle.reject(actor, number, "No.")),
    "agree": ("under_review", lambda actor, number: lifecycle.agree(actor, number)),
    "close": ("finalising", lambda actor, number: closing.close(actor, number)),
}


@pytest.mark.parametrize("step", STEPS)
async def test_project_reviewed_by_an_officer_who_proposed_it(cast: Cast, step: str) -> None:
    state, take = STEPS[step]
    project = await factories.joint_project(cast, state)
    with pytest.raises(Forbidden, match="did not propose"):
        await take(moved(cast.nairobi_coordinator, Role.OFFICER, None), project.id)


async def test_period_waived_by_an_officer_who_proposed_the_project(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    former = moved(cast.nairobi_coordinator, Role.OFFICER, None)
    with pytest.raises(Forbidden):
        await periods.waive_period(former, project.period_id, "No register.")


@pytest.mark.parametrize("city", ["seoul", "nairobi"])
async def test_proposal_endorsed_by_a_mayor_who_proposed_it(cast: Cast, city: str) -> None:
    project = await factories.joint_project(cast, "under_review")
    city_id = getattr(cast, city)
    mayor = also(cast.nairobi_coordinator, Role.MAYOR, city_id)
    with pytest.raises(Forbidden, match="nobody approves their own"):
        await decisions.give(mayor, await decision(project.id, city_id))


async def test_completion_accepted_by_whoever_declared_it(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    await factories.settle_milestones(cast, project.id)
    await lifecycle.finalise(cast.nairobi_cio, project.id)
    number = await decision(project.id, cast.nairobi)
    for hat in (
        also(cast.nairobi_cio, Role.MAYOR, cast.nairobi),
        replace(cast.nairobi_mayor, on_behalf_of=cast.nairobi_cio.person_id),
    ):
        with pytest.raises(Forbidden, match="nobody approves their own"):
            await decisions.give(hat, number)
    await decisions.give(cast.nairobi_mayor, number)


async def test_decision_given_for_both_cities_by_one_mayor(cast: Cast) -> None:
    project = await factories.joint_project(cast, "under_review")
    both = also(cast.seoul_mayor, Role.MAYOR, cast.nairobi)
    await decisions.give(both, await decision(project.id, cast.seoul))
    with pytest.raises(Forbidden, match="nobody approves their own"):
        await decisions.give(both, await decision(project.id, cast.nairobi))


@pytest.mark.parametrize("verb", ["conceal", "disclose"])
async def test_project_hidden_or_shown_by_whoever_asked_for_it_and_changed_sides(
    cast: Cast, verb: str
) -> None:
    project = await factories.joint_project(cast, "active", confidential=verb == "disclose")
    ask = confidentiality.ask_conceal if verb == "conceal" else confidentiality.ask_disclose
    await ask(cast.nairobi_cio, project.id, "The tender is open.")
    number = await decision(project.id, cast.seoul)
    for hat in (
        moved(cast.nairobi_cio, Role.MAYOR, cast.seoul),
        replace(cast.seoul_mayor, on_behalf_of=cast.nairobi_cio.person_id),
    ):
        with pytest.raises(Forbidden, match="nobody approves their own"):
            await decisions.give(hat, number)
    await decisions.give(cast.seoul_mayor, number)
