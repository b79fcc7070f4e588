"""The end of a project that was completed, and its opening again."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from tracker.domain import clock
from tracker.domain.actor import Actor
from tracker.domain.audit import change, create, note, record_gone
from tracker.domain.closing import queries
from tracker.domain.database import transaction
from tracker.domain.outcomes.rules import visible
from tracker.domain.outcomes.tables import Period
from tracker.domain.projects.lifecycle import moving
from tracker.domain.projects.tables import Project


async def close(actor: Actor, project_id: int, seen_version: int | None = None) -> Project:
    """Close the project: values are in, both cities have looked back. The mayors of both get a
    closing digest, and what lasted is measured a year after the end.

    Raises NotFound, Conflict, Forbidden, or Invalid with every unmet guard.
    """
    async with transaction():
        await queries.hold_follow_ups(project_id)
        async with moving(actor, project_id, "close", seen_version) as (project, _):
            await queries.owe_closing_digests(project_id, clock.now())
            note(project, "follow_up_on", None, await _schedule(actor, project_id))
    return project


async def reopen(
    actor: Actor, project_id: int, reason: str, seen_version: int | None = None
) -> Project:
    """Open a closed project again to put something right. A follow-up that nobody reported for yet
    is withdrawn; closing it again schedules another. One that was commented on stays, so that what
    people said keeps its place; closing it again gives it its new days.

    Raises NotFound, Conflict, Forbidden, or Invalid.
    """
    async with transaction():
        numbers = await queries.hold_follow_ups(project_id)
        async with moving(actor, project_id, "reopen", seen_version, reason) as (project, _):
            note(project, "follow_up_on", await _withdraw(actor, numbers), None)
    return project


async def _schedule(actor: Actor, project_id: int) -> date | None:
    """The day of the follow-up, None without one."""
    due = None
    for kept, columns in await queries.follow_ups(project_id):
        if kept:
            period = await _reschedule(actor, kept, columns)
        else:
            period = Period(project=project_id, follow_up=True, **columns)
            await create(actor, period, "schedule")
        due = period.ends_on
    return due


async def _reschedule(actor: Actor, period_id: int, columns: dict[str, Any]) -> Period:
    async with change(actor, Period, period_id, visible, "schedule") as period:
        for name, value in columns.items():
            setattr(period, name, value)
    return period


async def _withdraw(actor: Actor, numbers: Sequence[int]) -> date | None:
    """The day that those were due which went, None where none did."""
    due = None
    stay = await queries.worked_on(numbers)
    for period in await Period.objects().where(Period.id.is_in([*numbers, 0])):
        if period.id not in stay:
            due = period.ends_on
            await record_gone(actor, period, "withdraw")
            await Period.delete().where(Period.id == period.id)
    return due
