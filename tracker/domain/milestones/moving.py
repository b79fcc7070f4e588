"""Giving a milestone another due date: its city does so until the plan is agreed; from then on it
is a change of the plan, which the other side accepts (`plan_changes`)."""

from datetime import date

from tracker.domain import clock
from tracker.domain.actor import Actor
from tracker.domain.messages import DayOf, Message, say, word
from tracker.domain.milestones.rules import SETTLED
from tracker.domain.milestones.sides import decided
from tracker.domain.milestones.tables import Milestone
from tracker.domain.optimistic import retried
from tracker.domain.problems import Problems
from tracker.domain.projects.rules import closed_plan, proposed_only
from tracker.domain.projects.tables import Project, ProjectState

LAST_ZONE = "Etc/GMT+12"
"""Where a civil date ends last."""


@retried
async def move(
    actor: Actor,
    milestone_id: int,
    due_on: date,
    reason: str = "",
    seen_version: int | None = None,
) -> Milestone:
    """Give the milestone another due date, until the plan is agreed; from then on, propose a plan
    change.

    Raises Invalid, NotFound, Conflict, or Forbidden for anybody but the owner city.
    """
    async with decided(actor, milestone_id, "move", seen_version) as (milestone, project):
        problems = Problems()
        check_move(milestone, project, due_on, problems)
        if proposed := proposed_only(project):
            problems.add("project", proposed)
        reason = problems.text("reason", reason)
        problems.raise_any()
        milestone.due_on = due_on
        milestone.move_reason = reason or None
    return milestone


def check_move(
    milestone: Milestone, project: Project, due_on: date, problems: Problems, at: str = ""
) -> None:
    """Notes why the milestone cannot be due then. `at` says where the day stands in the input."""
    problems.day(f"{at}due_on", due_on)
    require_ahead(problems, due_on, project, at)
    closed = closed_plan(project.state)
    if closed and project.state != ProjectState.AGREED:
        problems.add("project", closed)
    problems.unless(
        milestone.state not in SETTLED,
        f"{at}state",
        say("The milestone is {state}.", state=word(milestone.state)),
    )
    problems.unless(due_on != milestone.due_on, f"{at}due_on", say("That is the present due date."))


def require_ahead(problems: Problems, due_on: date, project: Project, at: str = "") -> None:
    """A plan says what is to come: nothing is due before the project begins or after it ends, and
    what is agreed is not planned into the past. It is past when it is past in every time zone,
    since the owner city's would have to be read."""
    if f"{at}due_on" in problems.fields:
        return
    begins, ends = project.planned_start_on, project.planned_end_on
    if due_on < begins:
        problems.add(
            f"{at}due_on",
            say(
                "{due_on} lies before the project begins; choose {begins} or later.",
                due_on=due_on,
                begins=begins,
            ),
        )
    elif due_on > ends:
        problems.add(f"{at}due_on", _too_late(due_on, ends, bool(project.agreed_at)))
    elif project.agreed_at:
        not_past(problems, f"{at}due_on", due_on)


def _too_late(due_on: date, ends: date, agreed: bool) -> Message:
    if agreed:
        return say(
            "{due_on} lies after the planned end; choose {ends} or earlier, or propose a later"
            " planned end together with it.",
            due_on=due_on,
            ends=ends,
        )
    return say(
        "{due_on} lies after the planned end; choose {ends} or earlier, or have the project"
        " planned to end later first.",
        due_on=due_on,
        ends=ends,
    )


def not_past(problems: Problems, field: str, day: date) -> None:
    """Notes that the day is past in every time zone. Whoever reads it is told the day that is today
    where they are: where the last one ends, it may be yesterday."""
    if day < clock.today(LAST_ZONE):
        today = DayOf(clock.now())
        problems.add(
            field, say("{due_on} is past; choose a day from {today} on.", due_on=day, today=today)
        )
