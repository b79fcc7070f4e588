"""What a plan change that both sides agreed to does to milestones, in the caller's transaction. The
caller has checked it; the baseline stays."""

from datetime import date
from typing import Any

from tracker.domain import clock
from tracker.domain.actor import Actor
from tracker.domain.audit import change, create, note
from tracker.domain.messages import say, word
from tracker.domain.milestones.actions import check_weight
from tracker.domain.milestones.rules import SETTLED, visible
from tracker.domain.milestones.tables import Milestone
from tracker.domain.problems import Problems


async def add_as_agreed(
    actor: Actor, project_id: int, city_id: int, plan: dict[str, Any], plan_change_id: int
) -> Milestone:
    """Another milestone; its first due date is its baseline."""
    now = clock.now()
    row = Milestone(
        project=project_id,
        city=city_id,
        baseline_due_on=plan["due_on"],
        created_at=now,
        updated_at=now,
        **plan,
    )
    note(row, "plan_change", None, plan_change_id)
    return await create(actor, row, "add")


async def move_as_agreed(
    actor: Actor, milestone_id: int, due_on: date, reason: str, plan_change_id: int
) -> Milestone:
    """The milestone with another due date; the move is counted."""
    async with change(actor, Milestone, milestone_id, visible, "move") as milestone:
        milestone.due_on = due_on
        milestone.move_reason = reason
        milestone.moves += 1
        note(milestone, "plan_change", None, plan_change_id)
    return milestone


async def reweigh_as_agreed(
    actor: Actor, milestone_id: int, weight: int, plan_change_id: int
) -> Milestone:
    """The milestone counting more, or less, in the progress."""
    async with change(actor, Milestone, milestone_id, visible, "edit") as milestone:
        milestone.weight = weight
        note(milestone, "plan_change", None, plan_change_id)
    return milestone


def check_reweigh(milestone: Milestone, weight: int, problems: Problems, at: str = "") -> None:
    """Notes why the milestone cannot count so much. `at` says where the weight stands in the
    input."""
    check_weight(weight, problems, f"{at}weight")
    problems.unless(
        milestone.state not in SETTLED,
        f"{at}state",
        say("The milestone is {state}.", state=word(milestone.state)),
    )
    problems.unless(weight != milestone.weight, f"{at}weight", say("That is the present weight."))
