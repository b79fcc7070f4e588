"""Milestones as they are planned: added, edited, moved and counted, removed."""

import json
from collections.abc import Awaitable
from dataclasses import fields
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tests import factories
from tests.cast import ACTORS, Cast
from tests.domain.steps import LINK, milestone_in, row_of
from tests.factories import today
from tracker.domain import clock
from tracker.domain.audit import AuditEvent
from tracker.domain.comments import actions as comments
from tracker.domain.comments.actions import CommentDraft
from tracker.domain.comments.subjects import CommentSubject
from tracker.domain.errors import Forbidden, Invalid, NotFound
from tracker.domain.milestones import actions, attaching, moving
from tracker.domain.milestones.actions import MilestonePlan
from tracker.domain.milestones.tables import Milestone
from tracker.domain.projects import actions as projects
from tracker.domain.projects.actions import ProjectPlan
from tracker.domain.references import Reference


async def test_agreement_freezes_the_baseline_and_counts_moves(cast: Cast) -> None:
    project = await factories.joint_project(cast, "draft")
    number, first = project.milestone_id, today(30)
    actor = cast.nairobi_coordinator
    await moving.move(actor, number, today(40))
    assert (await row_of(number)).moves == 0
    await factories.advance(cast, project, "submit", "review", "decide", "agree")
    assert (await row_of(number)).baseline_due_on == today(40) != first
    await factories.move_milestone(cast, number, today(50), "Rain.")
    await factories.move_milestone(cast, number, today(60), "More rain.")
    row = await row_of(number)
    assert (row.baseline_due_on, row.due_on, row.moves) == (today(40), today(60), 2)
    assert row.move_reason == "More rain."


async def test_move_after_agreement_is_proposed(cast: Cast) -> None:
    number = await milestone_in(cast, "planned")
    with pytest.raises(Invalid, match="propose this as a plan change") as refusal:
        await moving.move(cast.nairobi_coordinator, number, today(40), "Rain.")
    assert set(refusal.value.fields) == {"project"}
    assert (await row_of(number)).due_on == today(30)


async def test_move_of_a_settled_milestone(cast: Cast) -> None:
    number = await milestone_in(cast, "accepted")
    with pytest.raises(Invalid, match="The milestone is accepted"):
        await factories.move_milestone(cast, number, today(50), "Rain.")


async def test_edit_moves_nothing_after_agreement(cast: Cast) -> None:
    number = await milestone_in(cast, "planned")
    moved = MilestonePlan(title="Portal", due_on=today(31))
    with pytest.raises(Invalid, match="move the milestone instead"):
        await actions.edit(cast.nairobi_coordinator, number, moved)
    kept = MilestonePlan(title="Portal", due_on=today(30))
    assert (await actions.edit(cast.nairobi_coordinator, number, kept)).title == "Portal"


async def test_edit_and_addition_after_agreement_leave_the_weights_as_they_are(cast: Cast) -> None:
    number = await milestone_in(cast, "planned")
    heavier = MilestonePlan(title="Portal", due_on=today(30), weight=5)
    with pytest.raises(Invalid, match="propose this as a plan change") as refusal:
        await actions.edit(cast.nairobi_coordinator, number, heavier)
    assert set(refusal.value.fields) == {"weight"}
    row = await row_of(number)
    with pytest.raises(Invalid, match="propose this as a plan change") as refusal:
        await actions.add(cast.nairobi_coordinator, row.project, cast.nairobi, heavier)
    assert set(refusal.value.fields) == {"project_id"}
    assert (row.weight, await Milestone.count()) == (1, 1)


async def test_adding_with_everything_wrong_at_once(cast: Cast) -> None:
    project = await factories.joint_project(cast, "closed")
    plan = MilestonePlan(title="", due_on=today(), weight=101, acceptance_criteria="x" * 10_001)
    with pytest.raises(Invalid) as refusal:
        await actions.add(cast.nairobi_coordinator, project.id, cast.lima, plan)
    assert set(refusal.value.fields) == {
        "title",
        "weight",
        "acceptance_criteria",
        "city_id",
        "project_id",
    }


async def test_adding_by_others(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    plan = MilestonePlan(title="Portal", due_on=today(30))
    allowed = {"nairobi_coordinator", "nairobi_cio", "seoul_coordinator"}
    for who in set(ACTORS) - allowed:
        with pytest.raises(Forbidden):
            await actions.add(cast[who], project.id, cast.nairobi, plan)


async def test_milestone_of_a_project_that_one_does_not_see(cast: Cast) -> None:
    project = await factories.joint_project(cast, "draft")
    with pytest.raises(NotFound, match="no such milestone"):
        await actions.start(cast.lima_coordinator, project.milestone_id)


async def test_removal_from_a_plan_that_is_not_agreed(cast: Cast) -> None:
    project = await factories.joint_project(cast, "returned")
    await attaching.attach(cast.nairobi_coordinator, project.milestone_id, [LINK])
    with pytest.raises(Forbidden):
        await actions.remove(cast.seoul_coordinator, project.milestone_id)
    await actions.remove(cast.nairobi_coordinator, project.milestone_id)
    assert not await Milestone.exists()
    event = await AuditEvent.select().order_by(AuditEvent.id, ascending=False).first()
    assert event
    assert (event["verb"], event["subject_id"]) == ("remove", project.milestone_id)
    assert json.loads(event["before"])["title"] == "Permit portal is live"


async def test_removal_from_an_agreed_plan(cast: Cast) -> None:
    project = await factories.joint_project(cast, "agreed")
    with pytest.raises(Invalid, match="have the milestone waived instead"):
        await actions.remove(cast.nairobi_coordinator, project.milestone_id)


async def test_lead_city_writes_the_whole_plan_until_it_is_agreed(cast: Cast) -> None:
    plan = MilestonePlan(title="Staff are trained", due_on=today(30))
    project = await factories.joint_project(cast, "draft")
    of_seoul = await actions.add(cast.nairobi_coordinator, project.id, cast.seoul, plan)
    await moving.move(cast.nairobi_coordinator, of_seoul.id, today(40))
    await factories.advance(cast, project, "submit", "review", "decide", "agree")
    with pytest.raises(Forbidden):
        await moving.move(cast.nairobi_coordinator, of_seoul.id, today(50), "Rain.")


async def test_edit_of_a_milestone_that_is_being_judged(cast: Cast) -> None:
    number = await milestone_in(cast, "submitted")
    easier = MilestonePlan(title="Portal", due_on=today(30), acceptance_criteria="None.")
    with pytest.raises(Invalid, match="or was returned, can be edited") as refusal:
        await actions.edit(cast.nairobi_coordinator, number, easier)
    assert set(refusal.value.fields) == {"state", "acceptance_criteria"}


@pytest.mark.parametrize("day", [date.min, date(1989, 12, 31), date(2101, 1, 1), date.max])
async def test_due_date_that_cannot_be_meant(cast: Cast, day: date) -> None:
    project = await factories.joint_project(cast, "draft")
    actor, plan = cast.nairobi_coordinator, MilestonePlan(title="Portal", due_on=day)
    for refused in (
        actions.add(actor, project.id, cast.nairobi, plan),
        actions.edit(actor, project.milestone_id, plan),
        moving.move(actor, project.milestone_id, day),
    ):
        with pytest.raises(Invalid) as refusal:
            await refused
        message = f"{day} cannot be meant; choose a day from 1990-01-01 to 2100-12-31."
        assert refusal.value.fields == {"due_on": [message]}


async def test_due_date_in_the_past_after_agreement(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    yesterday = today(-2)
    plan = MilestonePlan(title="Portal", due_on=yesterday)
    for refused, field in (
        (
            factories.agree_milestone(cast, project.id, cast.nairobi, plan),
            "new_milestones.0.due_on",
        ),
        (
            factories.move_milestone(cast, project.milestone_id, yesterday, "Rain."),
            "moves.0.due_on",
        ),
    ):
        with pytest.raises(Invalid, match=f"{yesterday} is past; choose a day from") as refusal:
            await refused
        assert set(refusal.value.fields) == {field}


async def test_due_date_is_past_when_it_is_past_everywhere(cast: Cast) -> None:
    number = await milestone_in(cast, "planned")
    day = today(5)
    # On Baker Island, twelve hours behind, the day ends at noon of the next by UTC.
    end = datetime(day.year, day.month, day.day, 12, tzinfo=UTC) + timedelta(days=1)
    with clock.at(end), pytest.raises(Invalid, match="is past"):
        await factories.move_milestone(cast, number, day, "Rain.")
    with clock.at(end - timedelta(minutes=1)):
        await factories.move_milestone(cast, number, day, "Rain.")


@pytest.mark.parametrize("state", ["draft", "active"])
@pytest.mark.parametrize("day", [9, 41])
async def test_due_date_before_the_project_begins_or_after_it_ends(
    cast: Cast, state: str, day: int
) -> None:
    start, end = today(10), today(40)
    project = await factories.joint_project(cast, state, planned_start_on=start, planned_end_on=end)
    actor, plan = cast.nairobi_coordinator, MilestonePlan(title="Portal", due_on=today(day))
    message = f"before the project begins; choose {start} or later"
    if day > 40:
        message = f"after the planned end; choose {end} or earlier"
    refusals: list[Awaitable[Any]] = [
        factories.add_milestone(cast, project.id, **vars(plan)),
    ]
    if state == "draft":
        refusals.append(actions.edit(actor, project.milestone_id, plan))
        refusals.append(moving.move(actor, project.milestone_id, plan.due_on, "Rain."))
    else:
        refusals.append(factories.move_milestone(cast, project.milestone_id, plan.due_on, "Rain."))
    for refused in refusals:
        with pytest.raises(Invalid, match=message):
            await refused


async def test_project_that_is_planned_anew_keeps_what_is_due_within(cast: Cast) -> None:
    project = await factories.joint_project(cast, "returned")
    await factories.add_milestone(cast, project.id, title="Training", due_on=today(90))
    actor = cast.nairobi_coordinator
    plan = factories.proposal(cast)
    kept = {each.name: getattr(plan, each.name) for each in fields(ProjectPlan)}
    shorter = ProjectPlan(**kept | {"planned_start_on": today(31), "planned_end_on": today(60)})
    with pytest.raises(Invalid) as refusal:
        await projects.edit(actor, project.id, shorter)
    assert refusal.value.fields == {
        "planned_start_on": [
            f"Due before that: Permit portal is live; choose {today(30)} or earlier, or give them"
            " other due dates.",
            f"A period begins on {today(-50)}; choose that day or earlier, or change the period"
            " first.",
        ],
        "planned_end_on": [
            f"Due after that: Training; choose {today(90)} or later, or give them other due dates."
        ],
    }
    fitting = ProjectPlan(**kept | {"planned_start_on": today(-50), "planned_end_on": today(90)})
    assert (await projects.edit(actor, project.id, fitting)).planned_end_on == today(90)


async def test_milestone_that_people_talk_about_is_not_removed(cast: Cast) -> None:
    project = await factories.joint_project(cast, "returned")
    who, number = cast.nairobi_coordinator, project.milestone_id
    draft = CommentDraft(subject_id=Reference(CommentSubject.MILESTONE, number), text="Why?")
    said = await comments.add(who, draft)
    with pytest.raises(Invalid, match="commented on") as refusal:
        await actions.remove(who, number)
    assert set(refusal.value.fields) == {"milestone_id"}
    await comments.withdraw(who, said.id)
    await actions.remove(who, number)
    assert not await Milestone.exists()
