"""Reporting values: one city reports, another approves, and what was approved is only corrected."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tracker.domain import clock
from tracker.domain.actor import Actor
from tracker.domain.audit import change, create, load, require_seen
from tracker.domain.batches import all_of
from tracker.domain.cities.tables import City
from tracker.domain.database import transaction
from tracker.domain.errors import Forbidden
from tracker.domain.independence import REPORTING, authors, people
from tracker.domain.messages import say, word, words
from tracker.domain.outcomes import queries
from tracker.domain.outcomes.periods import LOCKED
from tracker.domain.outcomes.rules import approver, percentage, reporter, value_visible, visible
from tracker.domain.outcomes.tables import Indicator, Measure, Period, Value, ValueState
from tracker.domain.problems import Problems
from tracker.domain.projects import queries as projects
from tracker.domain.projects import rules as project_rules
from tracker.domain.projects.rules import RUNNING
from tracker.domain.projects.tables import Project


@dataclass(frozen=True, kw_only=True)
class ValueDraft:
    """What a city found: a number for a unit, numerator and denominator for a percentage, a
    narrative for a qualitative indicator. Missing is not zero."""

    value: Decimal | None = None
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    narrative: str = ""


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
        await _require_reporter(actor, period.project, city_id)
        await _require_under_way(actor, period.project, problems)
        await _require_begun(period, city_id, problems)
        _require_unlocked(period, problems)
        problems.unless(
            not period.waived_reason,
            "period_id",
            say("No value is expected: {reason}", reason=period.waived_reason),
        )
        await _require_none_before(period_id, problems)
        found = await _checked(draft, period, problems)
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
    async with _held(actor, value_id, "revise", seen_version) as (value, period):
        await _require_reporter(actor, value.project, value.city)
        _require_state(value, ValueState.RETURNED, problems)
        await _require_under_way(actor, value.project, problems)
        _require_unlocked(period, problems)
        found = await _checked(draft, period, problems)
        problems.raise_any()
        for name, content in found.items():
            setattr(value, name, content)
        value.state = ValueState.SUBMITTED
        value.author = actor.person_id
    return value


async def return_(actor: Actor, value_id: int, note: str, seen_version: int | None = None) -> Value:
    """Send a value back, saying what is wrong with it.

    Raises Invalid, NotFound, Conflict, or Forbidden for whoever may not approve it.
    """
    problems = Problems()
    note = problems.text("note", note, required=True)
    async with _judged(actor, value_id, "return", seen_version, problems) as value:
        value.state = ValueState.RETURNED
        value.review_note = note
    return value


async def approve(actor: Actor, value_id: int, seen_version: int | None = None) -> Value:
    """Confirm a value for the other side. One that it corrects is superseded.

    Raises Invalid, NotFound, Conflict, or Forbidden for the author, everybody else of the city
    that reported it, and outsiders.
    """
    async with _judged(actor, value_id, "approve", seen_version, Problems()) as value:
        await _supersede(actor, value.period)
        value.state = ValueState.APPROVED
        value.approver = actor.person_id
        value.approved_at = clock.now()
        value.review_note = None
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
        await _require_reporter(actor, value.project, value.city)
        await require_seen(value, seen_version)
        _require_state(value, ValueState.APPROVED, problems)
        await _require_under_way(actor, value.project, problems)
        await _require_none_open(value.period, problems)
        _require_unlocked(period, problems)
        found = await _checked(draft, period, problems)
        problems.raise_any()
        return await _hand_in(
            actor, period, value.city, {**found, "correction_reason": reason}, "correct"
        )


@asynccontextmanager
async def _judged(
    actor: Actor, value_id: int, verb: str, seen_version: int | None, problems: Problems
) -> AsyncIterator[Value]:
    async with _held(actor, value_id, verb, seen_version) as (value, period):
        facts = await projects.facts(value.project, clock.now())
        if not approver(actor, value.city, facts.city_ids, await _authors(value)):
            raise Forbidden(
                say(
                    "A value is approved by a coordinator, CIO or approver of the other partner "
                    "city, or by the secretariat; never by the city that reported it, nor by "
                    "anybody who reported or revised it."
                )
            )
        _require_state(value, ValueState.SUBMITTED, problems)
        await _require_under_way(actor, value.project, problems)
        _require_unlocked(period, problems)
        problems.raise_any()
        yield value


@asynccontextmanager
async def _held(
    actor: Actor, value_id: int, verb: str, seen_version: int | None
) -> AsyncIterator[tuple[Value, Period]]:
    """The value and its period, neither of which anybody else changes meanwhile."""
    async with transaction():
        await queries.hold_period(value_id)
        async with change(
            actor, Value, value_id, value_visible, verb, seen_version=seen_version
        ) as value:
            yield value, await load(actor, Period, value.period, visible)


async def _authors(value: Value) -> frozenset[int]:
    return people(value.author) | await authors("value", value.id, REPORTING)


async def _require_reporter(actor: Actor, project_id: int, city_id: int) -> None:
    facts = await projects.facts(project_id, clock.now())
    if not reporter(actor, city_id, facts.city_ids):
        raise Forbidden(say("Only a coordinator of a partner city reports that city's values."))


async def _require_under_way(actor: Actor, project_id: int, problems: Problems) -> None:
    project = await load(actor, Project, project_id, project_rules.visible)
    problems.unless(
        project.state in RUNNING,
        "project",
        say("The project is {state}, not under way.", state=word(project.state)),
    )


def _require_state(value: Value, state: ValueState, problems: Problems) -> None:
    problems.unless(
        value.state == state,
        "state",
        say(
            "The value is {state}; it must be {wanted}.",
            state=word(value.state),
            wanted=word(state),
        ),
    )


async def _require_begun(period: Period, city_id: int, problems: Problems) -> None:
    """Judged by the calendar of the city that reports."""
    [city] = await City.select(City.time_zone).where(City.id == city_id)
    today = clock.today(city["time_zone"])
    problems.unless(
        period.starts_on <= today,
        "period_id",
        say(
            "The period begins on {starts_on}; there is nothing to report yet.",
            starts_on=period.starts_on,
        ),
    )


def _require_unlocked(period: Period, problems: Problems) -> None:
    problems.unless(period.locked_at is None, "period_id", LOCKED)


NEXT_STEPS = {
    "submitted": say("A value is waiting for approval already."),
    "returned": say("A value was returned; revise that one."),
    "approved": say("A value is approved already; correct that one."),
}
"""What to do instead of reporting anew, by the state of the value that is there."""


async def _require_none_before(period_id: int, problems: Problems) -> None:
    for state in sorted(await queries.current_states(period_id)):
        problems.add("period_id", NEXT_STEPS[state])


async def _require_none_open(period_id: int, problems: Problems) -> None:
    for state in sorted(await queries.current_states(period_id) - {"approved"}):
        problems.add("period_id", NEXT_STEPS[state])


async def _checked(draft: ValueDraft, period: Period, problems: Problems) -> dict[str, Any]:
    """The value as columns; notes everything that does not fit the indicator's measure."""
    [indicator] = await Indicator.objects().where(Indicator.id == period.indicator)
    measure = Measure(indicator.measure)
    numbers = {
        name: problems.number(name, getattr(draft, name))
        for name in ("value", "numerator", "denominator")
    }
    _require_fitting(draft, measure, problems)
    narrative = problems.text("narrative", draft.narrative, required=measure == Measure.QUALITATIVE)
    numerator, denominator = numbers["numerator"], numbers["denominator"]
    if numerator is not None and denominator is not None and denominator > 0:
        numbers["value"] = percentage(numerator, denominator)
    return {**numbers, "narrative": narrative}


FITTING = {
    Measure.UNIT: {"value"},
    Measure.PERCENTAGE: {"numerator", "denominator"},
    Measure.QUALITATIVE: set[str](),
}
"""Which numbers belong to a value, by the indicator's measure."""


def _require_fitting(draft: ValueDraft, measure: Measure, problems: Problems) -> None:
    for name in ("value", "numerator", "denominator"):
        given, wanted = getattr(draft, name) is not None, name in FITTING[measure]
        problems.unless(
            given or not wanted,
            name,
            say("Give a number; where there is none, report nothing yet."),
        )
        problems.unless(
            wanted or not given,
            name,
            say(
                "This indicator is a {measure} one; leave this out and give {fitting}.",
                measure=word(measure),
                fitting=words(sorted(FITTING[measure]) or ["a narrative"]),
            ),
        )
    if draft.denominator is not None and draft.denominator.is_finite():
        problems.unless(draft.denominator > 0, "denominator", say("Must be more than zero."))


async def _hand_in(
    actor: Actor, period: Period, city_id: int, found: dict[str, Any], verb: str = "report"
) -> Value:
    value = Value(
        project=period.project,
        period=period.id,
        city=city_id,
        number=await queries.next_number(period.id),
        author=actor.person_id,
        created_at=clock.now(),
        **found,
    )
    return await create(actor, value, verb)


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
