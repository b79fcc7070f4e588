"""Drafts of values: their city alone sees them until they are handed in."""

from tracker.domain import clock
from tracker.domain.actor import Actor
from tracker.domain.audit import create, load, note, record_gone
from tracker.domain.database import transaction
from tracker.domain.edits import completed, edits
from tracker.domain.messages import say
from tracker.domain.milestones.tables import Evidence
from tracker.domain.outcomes import queries
from tracker.domain.outcomes.content import ValueDraft, checked, draft_of, keep_parts, told_parts
from tracker.domain.outcomes.reporting import rewrite
from tracker.domain.outcomes.rules import visible
from tracker.domain.outcomes.sides import (
    held,
    own,
    require_awaited,
    require_reporter,
    require_state,
    require_under_way,
)
from tracker.domain.outcomes.tables import Period, Value, ValuePart, ValueState
from tracker.domain.problems import Problems


async def draft(actor: Actor, period_id: int, city_id: int, draft: ValueDraft) -> Value:
    """Begin a value, of which something may still be missing. Each city has one draft for a
    period at most.

    Raises Invalid, NotFound, or Forbidden for anybody but the city's coordinators.
    """
    problems = Problems()
    async with transaction():
        period = await load(actor, Period, period_id, visible)
        await require_reporter(actor, period.project, city_id)
        await require_under_way(actor, period, problems)
        await require_awaited(period, city_id, problems)
        problems.unless(
            not await queries.is_drafted(period_id, city_id),
            "period_id",
            say("Your city has a draft for the period already; go on with that one."),
        )
        found = await checked(draft, period, problems, complete=False)
        problems.raise_any()
        value = Value(
            project=period.project,
            period=period.id,
            city=city_id,
            number=0,
            state=ValueState.DRAFT,
            author=actor.person_id,
            created_at=clock.now(),
            **found.columns,
        )
        note(value, "parts", {}, found.told)
        await create(actor, value, "draft")
        await keep_parts(value, found)
    return value


@edits
async def redraft(
    actor: Actor, value_id: int, draft: ValueDraft, seen_version: int | None = None
) -> Value:
    """Go on with a draft.

    Raises Invalid, NotFound, Conflict, or Forbidden for anybody but the city's coordinators.
    """
    problems = Problems()
    async with own(actor, value_id, "redraft", seen_version, problems) as (value, period):
        require_state(value, ValueState.DRAFT, problems)
        draft = completed(draft, value, **vars(await draft_of(value)))
        found = await checked(draft, period, problems, complete=False)
        problems.raise_any()
        await rewrite(value, found)
        note(value, "city", None, value.city)  # whose draft it is, for who may read the event
        value.author = actor.person_id
    return value


async def submit(actor: Actor, value_id: int, seen_version: int | None = None) -> Value:
    """Hand a draft in, for the other side to approve.

    Raises Invalid for what is still missing, NotFound, Conflict, or Forbidden for anybody but the
    city's coordinators.
    """
    problems = Problems()
    async with own(actor, value_id, "submit", seen_version, problems) as (value, period):
        require_state(value, ValueState.DRAFT, problems)
        await require_awaited(period, value.city, problems)
        found = await checked(await draft_of(value), period, problems)
        problems.raise_any()
        for name, content in found.columns.items():
            note(value, name, None, content)  # nobody else could read the events of the draft
        note(value, "parts", {}, await told_parts(value))
        value.value = found.columns["value"]
        value.state = ValueState.SUBMITTED
        value.number = await queries.next_number(period.id)
        value.author = actor.person_id
        value.created_at = clock.now()
    return value


async def discard(actor: Actor, value_id: int, seen_version: int | None = None) -> Value:
    """Throw a draft away, with what was attached to it.

    Raises Invalid, NotFound, Conflict, or Forbidden for anybody but the city's coordinators.
    """
    problems = Problems()
    async with held(actor, value_id, "discard", seen_version) as (value, _):
        await require_reporter(actor, value.project, value.city)
        require_state(value, ValueState.DRAFT, problems)
        problems.raise_any()
        await record_gone(actor, value, "discard")
        await Evidence.delete().where(Evidence.value == value_id)
        await ValuePart.delete().where(ValuePart.whole == value_id)
        await Value.delete().where(Value.id == value_id)
    return value
