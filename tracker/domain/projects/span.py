"""From when to when a project is planned: what is due lies in between, whichever of them changes.
The other half of the rule, for a single due date, is `milestones.moving.require_ahead`."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from tracker.domain.actor import Actor
from tracker.domain.audit import change, note
from tracker.domain.database import fetch
from tracker.domain.messages import listed, say
from tracker.domain.problems import Problems
from tracker.domain.projects.rules import visible
from tracker.domain.projects.tables import Project


def check_order(starts: date, ends: date, problems: Problems) -> None:
    """Notes that a project would end before it begins."""
    problems.unless(starts < ends, "planned_end_on", say("Must be later than the planned start."))


async def check_span(
    project_id: int,
    starts: date,
    ends: date,
    problems: Problems,
    moving: Collection[int] = (),
) -> None:
    """Notes which open milestones are due before the start or after the end, save for those that
    move together with it."""
    rows = await _due(project_id, moving)
    early = [row for row in rows if row["due_on"] < starts]
    late = [row for row in rows if row["due_on"] > ends]
    if early:
        problems.add(
            "planned_start_on",
            say(
                "Due before that: {milestones}; choose {day} or earlier, or give them other due"
                " dates.",
                milestones=listed(row["title"] for row in early),
                day=early[0]["due_on"],
            ),
        )
    if late:
        problems.add(
            "planned_end_on",
            say(
                "Due after that: {milestones}; choose {day} or later, or give them other due"
                " dates.",
                milestones=listed(row["title"] for row in late),
                day=late[-1]["due_on"],
            ),
        )


async def _due(project_id: int, moving: Collection[int]) -> Sequence[Any]:
    """The open milestones of the project by their due dates."""
    return await fetch(
        "SELECT title, due_on FROM milestone WHERE project = $1 AND id <> ALL($2::int[])"
        " AND state NOT IN ('accepted', 'waived') ORDER BY due_on, id",
        project_id,
        list(moving),
    )


async def end_as_agreed(actor: Actor, project_id: int, ends: date, plan_change_id: int) -> Project:
    """The project with the planned end that both sides agreed to, in the caller's transaction. The
    caller has checked it."""
    async with change(actor, Project, project_id, visible, "move_end") as project:
        project.planned_end_on = ends
        note(project, "plan_change", None, plan_change_id)
    return project
