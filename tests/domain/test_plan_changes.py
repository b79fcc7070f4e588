"""Changes of an agreed plan: proposed by one side, answered by the other, applied as a whole."""

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tests import factories
from tests.cast import ACTORS, Cast
from tests.domain.test_budgets import PLAN
from tests.domain.test_visibility import INSIDE, _viewers
from tests.factories import JointProject, today
from tracker.domain.audit import AuditEvent, Notification
from tracker.domain.budgets import actions as budgets
from tracker.domain.budgets.tables import BudgetLine, BudgetType
from tracker.domain.database import fetch
from tracker.domain.errors import Conflict, Forbidden, Invalid, NotFound
from tracker.domain.milestones import actions as milestones
from tracker.domain.milestones.tables import Milestone
from tracker.domain.outcomes import periods
from tracker.domain.outcomes.actions import PeriodPlan
from tracker.domain.outcomes.tables import Period
from tracker.domain.plan_changes import actions, rules
from tracker.domain.plan_changes.drafts import (
    ChangedBudgetLine,
    MilestoneMove,
    NewBudgetLine,
    PlanChangeDraft,
    RemovedBudgetLine,
    TargetChange,
)
from tracker.domain.plan_changes.tables import PlanChange, PlanChangeItem
from tracker.domain.projects.tables import Participation, Side


def _move(project: JointProject, days: int = 60, **changes: Any) -> PlanChangeDraft:
    moves = [MilestoneMove(milestone_id=project.milestone_id, due_on=today(days))]
    return replace(PlanChangeDraft(reason="The tender was repeated.", moves=moves), **changes)


async def _proposed(cast: Cast, project: JointProject) -> PlanChange:
    return await actions.propose(cast.nairobi_coordinator, project.id, cast.nairobi, _move(project))


async def _due(project: JointProject) -> Milestone:
    [row] = await Milestone.objects().where(Milestone.id == project.milestone_id)
    return row


async def _state(proposal: PlanChange) -> str:
    [row] = await fetch(
        f"SELECT {rules.state('c')} AS state FROM plan_change c WHERE c.id = $1", proposal.id
    )
    return str(row["state"])


async def test_move_takes_effect_when_the_other_side_accepts_and_the_baseline_stays(
    cast: Cast,
) -> None:
    project = await factories.joint_project(cast, "active")
    proposal = await _proposed(cast, project)
    assert (await _due(project)).due_on == today(30)
    await actions.accept(cast.seoul_approver, proposal.id, seen_version=1)
    row = await _due(project)
    assert (row.baseline_due_on, row.due_on, row.moves) == (today(30), today(60), 1)
    assert row.move_reason == "The tender was repeated."
    events = await AuditEvent.select().where(AuditEvent.project == project.id).order_by(
        AuditEvent.id, ascending=False
    ).limit(3)  # fmt: skip
    told = [(event["subject_type"], event["verb"], event["actor"]) for event in events]
    approver, author = cast.seoul_approver.person_id, cast.nairobi_coordinator.person_id
    assert told == [
        ("plan_change", "accept", approver),
        ("milestone", "move", approver),
        ("plan_change", "propose", author),
    ]
    assert json.loads(events[1]["after"])["plan_change"] == proposal.id
    [item] = json.loads(events[2]["after"])["items"]
    assert json.loads(item["after"]) == {"due_on": str(today(60))}
    heard = await Notification.select(Notification.person).where(
        Notification.event == events[2]["id"]
    )
    assert cast.seoul_coordinator.person_id in {row["person"] for row in heard}


async def test_whole_plan_changes_at_once_or_not_at_all(cast: Cast) -> None:
    project = await factories.joint_project(cast, "draft")
    kept, given_up = [
        await budgets.add(cast.nairobi_coordinator, project.id, cast.nairobi, PLAN) for _ in "ab"
    ]
    await factories.advance(cast, project, *factories.projects.ROUTES["active"])
    spare = await factories.add_milestone(cast, project.id, title="Training", due_on=today(20))
    plan = vars(replace(PLAN, title="Lawyers", amount=Decimal(7)))
    draft = PlanChangeDraft(
        reason="All of it is late and dearer.",
        moves=[
            MilestoneMove(milestone_id=project.milestone_id, due_on=today(60)),
            MilestoneMove(milestone_id=spare.id, due_on=today(50)),
        ],
        targets=[TargetChange(period_id=project.period_id, target_value=Decimal("12.5"))],
        new_lines=[NewBudgetLine(city_id=cast.nairobi, **plan)],
        changed_lines=[
            ChangedBudgetLine(budget_line_id=kept.id, **vars(replace(PLAN, amount=Decimal(9))))
        ],
        removed_lines=[RemovedBudgetLine(budget_line_id=given_up.id)],
    )
    proposal = await actions.propose(cast.nairobi_coordinator, project.id, cast.nairobi, draft)
    await milestones.start(cast.nairobi_coordinator, spare.id)  # is no other plan
    await actions.accept(cast.seoul_coordinator, proposal.id)
    assert (await _due(project)).due_on == today(60)
    [period] = await Period.objects().where(Period.id == project.period_id)
    assert period.target_value == Decimal("12.5")
    lines = await BudgetLine.objects().order_by(BudgetLine.id)
    assert [(line.amount, line.baseline_amount, line.type) for line in lines] == [
        (Decimal(9), PLAN.amount, BudgetType.REVISED),
        (Decimal(0), PLAN.amount, BudgetType.REVISED),
        (Decimal(7), None, BudgetType.REVISED),
    ]


@pytest.mark.parametrize("who", ACTORS)
async def test_only_the_other_side_answers(cast: Cast, who: str) -> None:
    project = await factories.joint_project(cast, "active")
    proposal = await _proposed(cast, project)
    if who in ("seoul_coordinator", "seoul_approver"):
        await actions.refuse(cast[who], proposal.id, "We cannot wait.")
        assert await _state(proposal) == "refused"
        return
    for answer in (
        actions.accept(cast[who], proposal.id),
        actions.refuse(cast[who], proposal.id, "x"),
    ):
        with pytest.raises((Forbidden, NotFound)):
            await answer
    assert await _state(proposal) == "proposed"


async def test_nobody_answers_what_they_proposed_whatever_hats_they_wear(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    proposal = await _proposed(cast, project)
    author = cast.nairobi_coordinator
    turned = replace(author, memberships=cast.seoul_coordinator.memberships)
    both = replace(cast.seoul_coordinator, affiliated=frozenset({cast.seoul, cast.nairobi}))
    for actor in (turned, both):
        with pytest.raises(Forbidden, match="nobody answers what they"):
            await actions.accept(actor, proposal.id)


async def test_conflict_names_what_has_changed_since(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    proposal = await _proposed(cast, project)
    await Milestone.raw(
        "UPDATE milestone SET due_on = due_on + 3 WHERE id = {}", project.milestone_id
    )
    with pytest.raises(Conflict, match="since this was proposed: Permit portal is live") as refusal:
        await actions.accept(cast.seoul_coordinator, proposal.id)
    assert refusal.value.changed == ["due_on"]
    assert await _state(proposal) == "proposed"


async def test_target_is_for_the_days_that_it_was_proposed_for(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    author, days = cast.nairobi_coordinator, PeriodPlan(starts_on=today(5), ends_on=today(50))
    period = await factories.add_period(cast, project.indicator_id, days)
    target = TargetChange(period_id=period.id, target_value=Decimal(9))
    draft = PlanChangeDraft(reason="Nothing is aimed at yet.", targets=[target])
    proposal = await actions.propose(author, project.id, cast.nairobi, draft)
    await fetch("UPDATE period SET ends_on = $1 WHERE id = $2", today(90), period.id)
    with pytest.raises(Conflict, match="has changed since this was proposed") as refusal:
        await actions.accept(cast.seoul_coordinator, proposal.id)
    assert refusal.value.changed == ["ends_on"]
    await fetch("UPDATE period SET ends_on = $1 WHERE id = $2", today(50), period.id)
    await actions.accept(cast.seoul_coordinator, proposal.id)
    with pytest.raises(Invalid, match="Both cities agreed on these days"):
        await periods.edit_period(
            author, period.id, replace(days, ends_on=today(90), target_value=Decimal(9))
        )


async def test_rules_are_asked_again_at_the_acceptance(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    proposal = await _proposed(cast, project)
    await fetch(
        "UPDATE project SET planned_start_on = $1, planned_end_on = $2", today(70), today(90)
    )
    with pytest.raises(Invalid, match="before the project begins"):
        await actions.accept(cast.seoul_coordinator, proposal.id)
    assert (await _due(project)).due_on == today(30)


async def test_proposal_lapses_with_what_it_is_about_and_part_of_it_with_a_part(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    spare = await factories.add_milestone(cast, project.id, title="Training", due_on=today(20))
    both = _move(project)
    both = replace(
        both, moves=[*both.moves, MilestoneMove(milestone_id=spare.id, due_on=today(25))]
    )
    proposal = await actions.propose(cast.nairobi_coordinator, project.id, cast.nairobi, both)
    await milestones.waive(cast.seoul_coordinator, spare.id, "Nobody came.")
    assert await _state(proposal) == "proposed"
    await milestones.waive(cast.seoul_coordinator, project.milestone_id, "Nobody came.")
    assert await _state(proposal) == "lapsed"
    with pytest.raises(Invalid, match="It has lapsed"):
        await actions.accept(cast.seoul_coordinator, proposal.id)
    ended = await factories.joint_project(cast, "active")
    proposal = await _proposed(cast, ended)
    await factories.advance(cast, ended, "cancel")
    assert await _state(proposal) == "lapsed"


async def test_only_who_proposed_takes_back_and_nothing_is_settled_twice(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    proposal = await _proposed(cast, project)
    with pytest.raises(Forbidden, match="that proposed it"):
        await actions.withdraw(cast.seoul_coordinator, proposal.id)
    await actions.withdraw(cast.nairobi_cio, proposal.id)
    with pytest.raises(Invalid, match="withdrawn already"):
        await actions.accept(cast.seoul_coordinator, proposal.id)
    await _proposed(cast, project)
    with pytest.raises(Invalid, match="same milestone waits for an answer"):
        await _proposed(cast, project)


async def test_everything_wrong_with_a_proposal_is_said_at_once(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    elsewhere = await factories.joint_project(cast, "active")
    bad = vars(replace(PLAN, amount=Decimal("0.001"), currency="XQZ"))
    draft = PlanChangeDraft(
        reason=" ",
        moves=[
            MilestoneMove(milestone_id=project.milestone_id, due_on=today(-9)),
            MilestoneMove(milestone_id=elsewhere.milestone_id, due_on=today(60)),
        ],
        targets=[TargetChange(period_id=project.period_id, target_value=Decimal(10))],
        new_lines=[NewBudgetLine(city_id=cast.lima, **bad)],
        removed_lines=[RemovedBudgetLine(budget_line_id=99)],
    )
    with pytest.raises(Invalid) as refusal:
        await actions.propose(cast.nairobi_coordinator, project.id, cast.nairobi, draft)
    assert set(refusal.value.fields) == {
        *("reason", "moves.0.due_on", "moves.1.milestone_id", "targets.0.target_value"),
        *("new_lines.0.amount", "new_lines.0.currency", "new_lines.0.city_id"),
        "removed_lines.0.budget_line_id",
    }
    with pytest.raises(Invalid, match="nothing is proposed yet"):
        await actions.propose(
            cast.nairobi_coordinator, project.id, cast.nairobi, PlanChangeDraft(reason="Why?")
        )
    assert [await PlanChange.exists(), await PlanChangeItem.exists()] == [False, False]


@pytest.mark.parametrize(
    ("state", "message"), [("draft", "not agreed yet"), ("closed", "its plan is closed")]
)
async def test_plan_that_is_not_agreed_or_over_is_not_changed_so(
    cast: Cast, state: str, message: str
) -> None:
    project = await factories.joint_project(cast, state)
    with pytest.raises(Invalid, match=message):
        await _proposed(cast, project)


async def test_co_partners_any_city_of_the_other_side_answers_save_for_its_own(
    cast: Cast,
) -> None:
    """Lima stands beside Nairobi; Nairobi's milestone only moves with Nairobi."""
    project = await factories.joint_project(cast, "active")
    await Participation(
        project=project.id, city=cast.lima, side=Side.CO_RECIPIENT, organisation_role="implementing"
    ).save()
    target = TargetChange(period_id=project.period_id, target_value=Decimal(11))
    of_both = PlanChangeDraft(reason="Too high.", targets=[target])
    with pytest.raises(Invalid, match="belongs to Nairobi, who proposes that themselves"):
        await actions.propose(cast.lima_coordinator, project.id, cast.lima, _move(project))
    theirs = await actions.propose(cast.seoul_coordinator, project.id, cast.seoul, _move(project))
    with pytest.raises(Forbidden):
        await actions.accept(cast.lima_coordinator, theirs.id)
    await actions.accept(cast.nairobi_coordinator, theirs.id)
    shared = await actions.propose(cast.seoul_coordinator, project.id, cast.seoul, of_both)
    await actions.accept(cast.lima_coordinator, shared.id)
    assert (await _due(project)).due_on == today(60)


async def test_plan_changes_are_never_public(cast: Cast) -> None:
    await _proposed(cast, await factories.joint_project(cast, "active"))
    assert await _viewers(cast, PlanChange, rules.visible) == INSIDE
    assert await _viewers(cast, PlanChangeItem, rules.visible) == INSIDE


async def test_plan_of_finished_work_changes_only_once_it_is_resumed(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    later = PlanChangeDraft(reason="More to do.", planned_end_on=today(200))
    author = cast.nairobi_coordinator
    proposal = await actions.propose(author, project.id, cast.nairobi, later)
    await factories.advance(cast, project, "settle", "finalise")
    with pytest.raises(Invalid, match="resume it first"):
        await actions.accept(cast.seoul_approver, proposal.id)
    with pytest.raises(Invalid, match="resume it first") as refusal:
        await actions.propose(author, project.id, cast.nairobi, later)
    assert "project_id" in refusal.value.fields
    await factories.advance(cast, project, "resume")
    assert (await actions.accept(cast.seoul_approver, proposal.id)).state == "accepted"
