"""Changes of an agreed plan that add milestones, reweigh them, or move the planned end."""

import json
from dataclasses import replace

import pytest

from tests import factories
from tests.cast import Cast
from tests.factories import JointProject, today
from tracker.domain.audit import AuditEvent
from tracker.domain.database import fetch
from tracker.domain.errors import Forbidden, Invalid
from tracker.domain.milestones.actions import MilestonePlan
from tracker.domain.milestones.tables import Milestone
from tracker.domain.plan_changes import actions
from tracker.domain.plan_changes.drafts import (
    MilestoneMove,
    NewMilestone,
    PlanChangeDraft,
    WeightChange,
)
from tracker.domain.plan_changes.tables import PlanChangeItem
from tracker.domain.projects.tables import Participation, Side


def _move(project: JointProject, days: int) -> PlanChangeDraft:
    move = MilestoneMove(milestone_id=project.milestone_id, due_on=today(days))
    return PlanChangeDraft(reason="The tender was repeated.", moves=[move])


async def test_milestone_and_weight_change_with_the_end_of_the_project(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    first = project.milestone_id
    plan = MilestonePlan(title="Training", due_on=today(200), weight=3)
    draft = PlanChangeDraft(
        reason="Nobody can use it yet.",
        planned_end_on=today(210),
        moves=[MilestoneMove(milestone_id=first, due_on=today(190))],
        new_milestones=[NewMilestone(city_id=cast.nairobi, **vars(plan))],
        weights=[WeightChange(milestone_id=first, weight=2)],
    )
    proposal = await actions.propose(cast.nairobi_coordinator, project.id, cast.nairobi, draft)
    assert await Milestone.count() == 1
    with pytest.raises(Forbidden):
        await actions.accept(cast.nairobi_cio, proposal.id)
    await actions.accept(cast.seoul_approver, proposal.id)
    rows = await Milestone.objects().order_by(Milestone.id)
    assert [(row.due_on, row.baseline_due_on, row.weight, row.moves) for row in rows] == [
        (today(190), today(30), 2, 1),
        (today(200), today(200), 3, 0),
    ]
    assert (await project.row()).planned_end_on == today(210)
    items = await PlanChangeItem.objects().order_by(PlanChangeItem.id)
    assert [(item.kind, item.milestone) for item in items] == [
        *(("move_end", None), ("move_milestone", first), ("add_milestone", rows[1].id)),
        ("change_weight", first),
    ]
    told = await AuditEvent.select().where(AuditEvent.subject_type == "project").order_by(
        AuditEvent.id, ascending=False
    ).first()  # fmt: skip
    assert told
    assert (told["verb"], json.loads(told["before"])["planned_end_on"]) == (
        *("move_end", str(today(120))),
    )


async def test_what_is_due_lies_within_the_end_that_is_proposed_with_it(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    who, first = cast.nairobi_coordinator, project.milestone_id
    await factories.add_milestone(cast, project.id, title="Training", due_on=today(100))
    beyond = "lies after the planned end; choose {} or earlier, or propose a later planned end"
    new = NewMilestone(city_id=cast.nairobi, title="Study visit", due_on=today(121))
    for end, last in ((None, 120), (today(99), 99)):
        draft = replace(_move(project, 121), planned_end_on=end, new_milestones=[new])
        with pytest.raises(Invalid) as refusal:
            await actions.propose(who, project.id, cast.nairobi, draft)
        fields = refusal.value.fields
        for at in ("moves.0.due_on", "new_milestones.0.due_on"):
            assert beyond.format(today(last)) in fields[at][0]
        ends = [f"Due after that: Training; choose {today(100)} or later, or give them other due"
                " dates."]  # fmt: skip
        assert fields.get("planned_end_on") == (ends if end else None)
    past = PlanChangeDraft(reason="Enough.", planned_end_on=today(-70))
    with pytest.raises(Invalid) as refusal:
        await actions.propose(who, project.id, cast.nairobi, past)
    assert "later than the planned start" in refusal.value.fields["planned_end_on"][0]
    assert "is past" in refusal.value.fields["planned_end_on"][1]
    sooner = replace(_move(project, 40), planned_end_on=today(100))
    proposal = await actions.propose(who, project.id, cast.nairobi, sooner)
    again = PlanChangeDraft(reason="Later.", planned_end_on=today(140))
    with pytest.raises(Invalid, match="change of the same planned end waits"):
        await actions.propose(who, project.id, cast.nairobi, again)
    await fetch("UPDATE milestone SET due_on = $1 WHERE id <> $2", today(110), first)
    with pytest.raises(Invalid, match="Due after that: Training"):
        await actions.accept(cast.seoul_coordinator, proposal.id)


async def test_everything_wrong_with_milestones_and_weights_is_said_at_once(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    new = NewMilestone(city_id=cast.lima, title=" ", due_on=today(-2), weight=0)
    same = WeightChange(milestone_id=project.milestone_id, weight=1)
    draft = PlanChangeDraft(
        reason="Why not?",
        new_milestones=[new],
        weights=[same, replace(same, weight=101), replace(same, milestone_id=999)],
    )
    with pytest.raises(Invalid) as refusal:
        await actions.propose(cast.nairobi_coordinator, project.id, cast.nairobi, draft)
    assert set(refusal.value.fields) == {
        *(f"new_milestones.0.{name}" for name in ("title", "due_on", "weight", "city_id")),
        *("weights.0.weight", "weights.1.weight", "weights.2.milestone_id", ""),
    }


async def test_milestone_is_added_while_signatures_are_collected_but_not_reweighed(
    cast: Cast,
) -> None:
    project = await factories.joint_project(cast, "agreed")
    await factories.add_milestone(cast, project.id, title="Training")
    weight = WeightChange(milestone_id=project.milestone_id, weight=5)
    draft = PlanChangeDraft(reason="It is more work.", weights=[weight])
    with pytest.raises(Invalid, match="change the rest once the project is active"):
        await actions.propose(cast.nairobi_coordinator, project.id, cast.nairobi, draft)


async def test_milestone_of_the_other_side_is_its_city_to_take_on(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    await Participation(
        project=project.id, city=cast.lima, side=Side.CO_RECIPIENT, organisation_role="implementing"
    ).save()
    new = NewMilestone(city_id=cast.nairobi, title="Training", due_on=today(60))
    draft = PlanChangeDraft(reason="People must learn it.", new_milestones=[new])
    with pytest.raises(Invalid, match="belongs to Nairobi, who proposes that themselves"):
        await actions.propose(cast.lima_coordinator, project.id, cast.lima, draft)
    asked = await actions.propose(cast.seoul_coordinator, project.id, cast.seoul, draft)
    with pytest.raises(Forbidden):
        await actions.accept(cast.lima_coordinator, asked.id)
    await actions.accept(cast.nairobi_coordinator, asked.id)
