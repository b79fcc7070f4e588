"""The end of a project that was completed, and its opening again."""

from datetime import date

from tracker.domain import clock
from tracker.domain.actor import Actor
from tracker.domain.audit import create, note, record_gone
from tracker.domain.closing import queries
from tracker.domain.outcomes.tables import Period, Value
from tracker.domain.projects.lifecycle import moving
from tracker.domain.projects.tables import Project


async def close(actor: Actor, project_id: int, seen_version: int | None = None) -> Project:
    """Close the project: values are in, both cities have looked back. The mayors of both get a
    closing digest, and what lasted is measured a year after the end.

    Raises NotFound, Conflict, Forbidden, or Invalid with every unmet guard.
    """
    async with moving(actor, project_id, "close", seen_version) as (project, _):
        await queries.owe_closing_digests(project_id, clock.now())
        note(project, "follow_up_on", None, await _schedule(actor, project_id))
    return project


async def reopen(
    actor: Actor, project_id: int, reason: str, seen_version: int | None = None
) -> Project:
    """Open a closed project again to put something right. A follow-up that nobody reported for yet
    is withdrawn; closing it again schedules another.

    Raises NotFound, Conflict, Forbidden, or Invalid.
    """
    async with moving(actor, project_id, "reopen", seen_version, reason) as (project, _):
        note(project, "follow_up_on", await _withdraw(actor, project_id), None)
    return project


async def _schedule(actor: Actor, project_id: int) -> date | None:
    """The day of the follow-up, None without one."""
    due = None
    for columns in await queries.follow_ups(project_id):
        period = Period(project=project_id, follow_up=True, **columns)
        due = (await create(actor, period, "schedule")).ends_on
    return due


async def _withdraw(actor: Actor, project_id: int) -> date | None:
    """The day that it was due, None without one."""
    due = None
    reported = Value.select(Value.period).where(Value.project == project_id)
    numbers = [row["period"] for row in await reported]
    for period in await Period.objects().where(
        Period.project == project_id,
        Period.follow_up == True,  # noqa: E712 - a column
    ):
        if period.id not in numbers:
            due = period.ends_on
            await record_gone(actor, period, "withdraw")
            await Period.delete().where(Period.id == period.id)
    return due
