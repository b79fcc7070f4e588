"""The frames of what is done with a value: by the city that reports it, and by the other side."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tracker.domain import clock
from tracker.domain.actor import Actor
from tracker.domain.audit import change, load
from tracker.domain.cities.tables import City
from tracker.domain.database import transaction
from tracker.domain.errors import Forbidden
from tracker.domain.independence import REPORTING, authors, people
from tracker.domain.messages import say, word
from tracker.domain.milestones.tables import Evidence
from tracker.domain.outcomes import queries
from tracker.domain.outcomes.periods import LOCKED
from tracker.domain.outcomes.rules import approver, reporter, value_visible, visible
from tracker.domain.outcomes.tables import Period, Value, ValueState
from tracker.domain.problems import Problems
from tracker.domain.projects import queries as projects
from tracker.domain.projects import rules as project_rules
from tracker.domain.projects.rules import RUNNING
from tracker.domain.projects.tables import Project, ProjectState


@asynccontextmanager
async def held(
    actor: Actor, value_id: int, verb: str, seen_version: int | None
) -> AsyncIterator[tuple[Value, Period]]:
    """The value and its period, neither of which anybody else changes meanwhile."""
    async with transaction():
        await queries.hold_period(value_id)
        async with change(
            actor, Value, value_id, value_visible, verb, seen_version=seen_version
        ) as value:
            yield value, await load(actor, Period, value.period, visible)


@asynccontextmanager
async def own(
    actor: Actor, value_id: int, verb: str, seen_version: int | None, problems: Problems
) -> AsyncIterator[tuple[Value, Period]]:
    """What the reporting city does with its value, while there is work to report on."""
    async with held(actor, value_id, verb, seen_version) as (value, period):
        await require_reporter(actor, value.project, value.city)
        await require_under_way(actor, period, problems)
        require_unlocked(period, problems)
        yield value, period


@asynccontextmanager
async def judged(
    actor: Actor, value_id: int, verb: str, seen_version: int | None, problems: Problems
) -> AsyncIterator[Value]:
    """What the other side says of a value that was handed in."""
    async with held(actor, value_id, verb, seen_version) as (value, period):
        facts = await projects.facts(value.project, clock.now())
        if not approver(actor, value.city, facts.city_ids, await authors_of(value)):
            raise Forbidden(
                say(
                    "A value is approved by a coordinator, CIO or approver of the other partner "
                    "city, or by the secretariat; never by the city that reported it, nor by "
                    "anybody who reported or revised it."
                )
            )
        require_state(value, ValueState.SUBMITTED, problems)
        await require_under_way(actor, period, problems)
        require_unlocked(period, problems)
        problems.raise_any()
        yield value


async def authors_of(value: Value) -> frozenset[int]:
    """The numbers of everybody who wrote, reported or revised it, or attached what shows it."""
    rows = await Evidence.select(Evidence.author).where(Evidence.value == value.id)
    attached = people(*(row["author"] for row in rows))
    return people(value.author) | attached | await authors("value", value.id, REPORTING)


async def require_reporter(actor: Actor, project_id: int, city_id: int) -> None:
    """Raises Forbidden for anybody but the city's coordinators."""
    facts = await projects.facts(project_id, clock.now())
    if not reporter(actor, city_id, facts.city_ids):
        raise Forbidden(say("Only a coordinator of a partner city reports that city's values."))


async def require_under_way(actor: Actor, period: Period, problems: Problems) -> None:
    """Notes when nothing is reported for the period any more, or yet. A follow-up is reported once
    the project is closed."""
    project = await load(actor, Project, period.project, project_rules.visible)
    followed = period.follow_up and project.state == ProjectState.CLOSED
    problems.unless(
        project.state in RUNNING or followed,
        "project",
        say("The project is {state}, not under way.", state=word(project.state)),
    )


async def require_awaited(period: Period, city_id: int, problems: Problems) -> None:
    """Notes when no value is reported for the period: not begun, by the calendar of the city that
    reports, waived, locked, or there already."""
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
    problems.unless(
        not period.follow_up or period.ends_on <= today,
        "period_id",
        say("What lasted is measured on {day}; come back then.", day=period.ends_on),
    )
    require_unlocked(period, problems)
    problems.unless(
        not period.waived_reason,
        "period_id",
        say("No value is expected: {reason}", reason=period.waived_reason),
    )
    await require_none(period.id, problems)


def require_unlocked(period: Period, problems: Problems) -> None:
    """Notes when the secretariat has locked the period."""
    problems.unless(period.locked_at is None, "period_id", LOCKED)


def require_state(value: Value, state: ValueState, problems: Problems) -> None:
    """Notes when the value is in another state."""
    problems.unless(
        value.state == state,
        "state",
        say(
            "The value is {state}; it must be {wanted}.",
            state=word(value.state),
            wanted=word(state),
        ),
    )


NEXT_STEPS = {
    "submitted": say("A value is waiting for approval already."),
    "returned": say("A value was returned; revise that one."),
    "approved": say("A value is approved already; correct that one."),
}
"""What to do instead of reporting anew, by the state of the value that is there."""


async def require_none(period_id: int, problems: Problems, *, but: str = "") -> None:
    """Notes what is there for the period already, in any state `but` one."""
    for state in sorted(await queries.current_states(period_id) - {but}):
        problems.add("period_id", NEXT_STEPS[state])
