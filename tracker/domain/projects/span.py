"""From when to when a project is planned: what is due lies in between, whichever of them changes,
and so does what is measured, which may last a year longer. The other half of the rule, for a single
due date, is `milestones.moving.require_ahead`."""

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
    move together with it, and that a span which becomes shorter leaves out what is measured."""
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
    await _check_measured(project_id, starts, ends, problems)


def check_days(
    project: Project, starts_on: date, ends_on: date, problems: Problems, at: str = ""
) -> None:
    """Notes that a period begins before the project does, or ends more than a year after it, which
    is when it is measured what lasted. `at` says where the days stand in the input."""
    begins, last = project.planned_start_on, a_year_after(project.planned_end_on)
    if starts_on < begins:
        problems.add(
            f"{at}starts_on",
            say(
                "{due_on} lies before the project begins; choose {begins} or later.",
                due_on=starts_on,
                begins=begins,
            ),
        )
    if ends_on > last:
        problems.add(
            f"{at}ends_on",
            say(
                "{day} is more than a year after the planned end; choose {last} or earlier.",
                day=ends_on,
                last=last,
            ),
        )


def a_year_after(day: date) -> date:
    """The same day of the next year, as PostgreSQL reckons it: 28 February after a leap day."""
    leap = (day.month, day.day) == (2, 29)
    return day.replace(year=day.year + 1, day=28 if leap else day.day)


async def _check_measured(project_id: int, starts: date, ends: date, problems: Problems) -> None:
    [row] = await fetch(_MEASURED, project_id, starts, ends)
    if row["first"] and row["first"] < starts:
        problems.add(
            "planned_start_on",
            say(
                "A period begins on {day}; choose that day or earlier, or change the period first.",
                day=row["first"],
            ),
        )
    if row["last"] and row["last"] > a_year_after(ends):
        problems.add(
            "planned_end_on",
            say(
                "A period ends on {day}, more than a year after that; choose a later end, or change"
                " the period first.",
                day=row["last"],
            ),
        )


_MEASURED = """
SELECT min(q.starts_on) FILTER (WHERE $2 > p.planned_start_on) AS first,
       max(q.ends_on) FILTER (WHERE $3 < p.planned_end_on) AS last
FROM project p JOIN period q ON q.project = p.id
WHERE p.id = $1 AND q.waived_reason IS NULL AND NOT q.follow_up
"""


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
