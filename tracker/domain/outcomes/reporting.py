"""Reporting values: one city reports, another approves, and what was approved is only corrected."""

from collections.abc import Sequence
from dataclasses import dataclass

from tracker.domain import clock
from tracker.domain.actor import Actor
from tracker.domain.audit import change, create, load, note, require_seen
from tracker.domain.batches import all_of
from tracker.domain.database import transaction
from tracker.domain.outcomes import queries
from tracker.domain.outcomes.content import Content, ValueDraft, checked, keep_parts, told_parts
from tracker.domain.outcomes.rules import value_visible, visible
from tracker.domain.outcomes.sides import (
    judged,
    own,
    require_awaited,
    require_none,
    require_reporter,
    require_state,
    require_under_way,
    require_unlocked,
)
from tracker.domain.outcomes.tables import Period, Value, ValueState
from tracker.domain.outcomes.verdicts import confirm_by_approval
from tracker.domain.problems import Problems

__all__ = ["ValueDraft", "ValueReportItem"]


@dataclass(frozen=True, kw_only=True)
class ValueReportItem(ValueDraft):
    """One of many values: what a partner city found for a period."""

    period_id: int
    city_id: int


async def report(actor: Actor, period_id: int, city_id: int, draft: ValueDraft) -> Value:
    """Hand in a partner city's value for a period that has begun.

    Raises Invalid, NotFound, or Forbidden for anybody but the city's coordinators.
    """
    problems = Problems()
    async with transaction():
        period = await load(actor, Period, period_id, visible)
        await require_reporter(actor, period.project, city_id)
        await require_under_way(actor, period, problems)
        await require_awaited(period, city_id, problems)
        found = await checked(draft, period, problems)
        problems.raise_any()
        return await _hand_in(actor, period, city_id, found)


async def report_all(actor: Actor, drafts: Sequence[ValueReportItem]) -> list[Value]:
    """Hand many values in at once, all or none. What is wrong with any of them is said of all of
    them, by their place in the list.

    Raises Several with what `report` raises for each, or Invalid for none or more than 100.
    """
    return await all_of(
        drafts,
        lambda draft: report(actor, draft.period_id, draft.city_id, draft),
        by="period_id",
    )


async def revise(
    actor: Actor, value_id: int, draft: ValueDraft, seen_version: int | None = None
) -> Value:
    """Hand a returned value in again.

    Raises Invalid, NotFound, Conflict, or Forbidden for anybody but the city's coordinators.
    """
    problems = Problems()
    async with own(actor, value_id, "revise", seen_version, problems) as (value, period):
        require_state(value, ValueState.RETURNED, problems)
        found = await checked(draft, period, problems)
        problems.raise_any()
        await rewrite(value, found)
        value.state = ValueState.SUBMITTED
        value.author = actor.person_id
    return value


async def return_(actor: Actor, value_id: int, note: str, seen_version: int | None = None) -> Value:
    """Send a value back, saying what is wrong with it.

    Raises Invalid, NotFound, Conflict, or Forbidden for whoever may not approve it.
    """
    problems = Problems()
    note = problems.text("note", note, required=True)
    async with judged(actor, value_id, "return", seen_version, problems) as value:
        value.state = ValueState.RETURNED
        value.review_note = note
    return value


async def approve(actor: Actor, value_id: int, seen_version: int | None = None) -> Value:
    """Confirm a value for the other side. One that it corrects is superseded.

    Raises Invalid, NotFound, Conflict, or Forbidden for the author, everybody else of the city
    that reported it, and outsiders.
    """
    async with judged(actor, value_id, "approve", seen_version, Problems()) as value:
        await _supersede(actor, value.period)
        value.state = ValueState.APPROVED
        value.approver = actor.person_id
        value.approved_at = clock.now()
        value.review_note = None
        await confirm_by_approval(actor, value)
    return value


async def correct(
    actor: Actor,
    value_id: int,
    draft: ValueDraft,
    reason: str,
    seen_version: int | None = None,
) -> Value:
    """Hand in a new version of an approved value, which stands until the new one is approved.

    Raises Invalid, NotFound, Conflict, or Forbidden for anybody but the city's coordinators.
    """
    problems = Problems()
    reason = problems.text("reason", reason, required=True)
    async with transaction():
        await queries.hold_period(value_id)
        value = await load(actor, Value, value_id, value_visible)
        period = await load(actor, Period, value.period, visible)
        await require_reporter(actor, value.project, value.city)
        await require_seen(value, seen_version)
        require_state(value, ValueState.APPROVED, problems)
        await require_under_way(actor, period, problems)
        await require_none(value.period, problems, but=ValueState.APPROVED)
        require_unlocked(period, problems)
        found = await checked(draft, period, problems)
        problems.raise_any()
        return await _hand_in(actor, period, value.city, found, reason)


async def rewrite(value: Value, found: Content) -> None:
    """Have the row of the surrounding `change` say something else."""
    note(value, "parts", await told_parts(value), found.told)
    for name, content in found.columns.items():
        setattr(value, name, content)
    await keep_parts(value, found)


async def _hand_in(
    actor: Actor, period: Period, city_id: int, found: Content, reason: str | None = None
) -> Value:
    """A new value; with a reason, the correction of an approved one."""
    value = Value(
        project=period.project,
        period=period.id,
        city=city_id,
        number=await queries.next_number(period.id),
        author=actor.person_id,
        created_at=clock.now(),
        correction_reason=reason,
        **found.columns,
    )
    note(value, "parts", {}, found.told)
    await create(actor, value, "correct" if reason else "report")
    await keep_parts(value, found)
    return value


async def _supersede(actor: Actor, period_id: int) -> None:
    """The approved value of the period, if there is one, makes room: there is only ever one."""
    old = (
        await Value.objects()
        .where(Value.period == period_id, Value.state == ValueState.APPROVED)
        .first()
    )
    if old is not None:
        async with change(actor, Value, old.id, value_visible, "supersede") as value:
            value.state = ValueState.SUPERSEDED
