"""Moving a project along its lifecycle: one action per verb, one table of rules."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date

from tracker.domain import clock
from tracker.domain.actor import Actor
from tracker.domain.audit import change
from tracker.domain.cities.tables import City
from tracker.domain.errors import Forbidden
from tracker.domain.messages import Message, say, word, words
from tracker.domain.problems import Problems
from tracker.domain.projects import queries
from tracker.domain.projects.asking import OF_LIFECYCLE, RAISED, ask, lapse, take_back
from tracker.domain.projects.rhythm import first_day
from tracker.domain.projects.rules import (
    ENDED,
    LIFECYCLE,
    TAKEN_BACK,
    Facts,
    unmet,
    verbs_from,
    visible,
)
from tracker.domain.projects.tables import (
    DecisionKind,
    Project,
    ProjectState,
    ReportingRhythm,
)


async def submit(actor: Actor, project_id: int, seen_version: int | None = None) -> Project:
    """Hand the proposal to the secretariat and show it to the partner city."""
    async with moving(actor, project_id, "submit", seen_version) as (project, _):
        project.submitted_at = project.submitted_at or clock.now()
    return project


async def withdraw(actor: Actor, project_id: int, seen_version: int | None = None) -> Project:
    """Give the proposal up before it is reviewed."""
    async with moving(actor, project_id, "withdraw", seen_version) as (project, _):
        pass
    return project


async def review(actor: Actor, project_id: int, seen_version: int | None = None) -> Project:
    """Take the proposal under review and ask both mayors to endorse it."""
    async with moving(actor, project_id, "review", seen_version) as (project, facts):
        # An endorsement given before the proposal was rewritten says nothing about this one.
        project.reviewed_at = clock.now()
        await ask(actor, project.id, facts.city_ids, DecisionKind.ENDORSE)
    return project


async def return_(
    actor: Actor, project_id: int, reason: str, seen_version: int | None = None
) -> Project:
    """Send the proposal back to be improved."""
    async with moving(actor, project_id, "return", seen_version, reason) as (project, _):
        pass
    return project


async def reject(
    actor: Actor, project_id: int, reason: str, seen_version: int | None = None
) -> Project:
    """Turn the proposal down for good."""
    async with moving(actor, project_id, "reject", seen_version, reason) as (project, _):
        pass
    return project


async def agree(actor: Actor, project_id: int, seen_version: int | None = None) -> Project:
    """Accept the endorsed proposal: freeze the milestones' baseline, ask both mayors to sign."""
    async with moving(actor, project_id, "agree", seen_version) as (project, facts):
        project.agreed_at = clock.now()
        await queries.freeze_baseline(project_id)
        await ask(actor, project.id, facts.city_ids, DecisionKind.SIGN)
    return project


async def start(
    actor: Actor,
    project_id: int,
    actual_start_on: date | None = None,
    seen_version: int | None = None,
) -> Project:
    """Begin the work, today unless an earlier day is given."""
    begun = Happened("actual_start_on", actual_start_on)
    async with moving(actor, project_id, "start", seen_version, happened=begun) as (project, _):
        # Nobody owes reports on what went on before the tracker knew of the work.
        first = first_day(clock.today("UTC"), ReportingRhythm(project.reporting_rhythm))
        project.reports_since = max(first, project.actual_start_on)
    return project


async def suspend(
    actor: Actor, project_id: int, reason: str, seen_version: int | None = None
) -> Project:
    """Pause the work."""
    async with moving(actor, project_id, "suspend", seen_version, reason) as (project, _):
        pass
    return project


async def resume(actor: Actor, project_id: int, seen_version: int | None = None) -> Project:
    """Take the work up again after a pause, or because finalising showed that more is needed."""
    async with moving(actor, project_id, "resume", seen_version) as (project, _):
        project.actual_end_on = None
    return project


async def cancel(
    actor: Actor, project_id: int, reason: str, seen_version: int | None = None
) -> Project:
    """End the project before it is complete."""
    async with moving(actor, project_id, "cancel", seen_version, reason) as (project, _):
        pass
    return project


async def finalise(
    actor: Actor,
    project_id: int,
    actual_end_on: date | None = None,
    seen_version: int | None = None,
) -> Project:
    """Say that the work is done, today unless an earlier day is given, and ask the mayors of the
    recipient cities to accept it."""
    ended = Happened("actual_end_on", actual_end_on)
    async with moving(actor, project_id, "finalise", seen_version, happened=ended) as (project, _):
        await ask(actor, project.id, await queries.recipients(project.id), DecisionKind.ACCEPT)
    return project


@dataclass(frozen=True)
class Happened:
    """The actual date that a step sets: its column and the day, today unless given."""

    column: str
    day: date | None


@asynccontextmanager
async def moving(
    actor: Actor,
    project_id: int,
    verb: str,
    seen_version: int | None,
    reason: str | None = None,
    happened: Happened | None = None,
) -> AsyncIterator[tuple[Project, Facts]]:
    """Check permission, state, reason, date and guards, and report all that is wrong at once;
    then set the new state around whatever the verb adds. Guards speak only where the state allows
    the step: whoever cannot take it need not prepare it.

    Raises NotFound, Conflict, Forbidden, or Invalid with every unmet guard.
    """
    transition = LIFECYCLE[verb]
    problems = Problems()
    reason = problems.text("reason", reason, required=transition.reason_required)
    async with change(
        actor, Project, project_id, visible, verb, seen_version=seen_version
    ) as project:
        facts = await queries.facts(project_id, clock.now())
        if not transition.standing.holds(actor, facts):
            raise Forbidden(
                say(
                    "Only {who} may {verb} a project.", who=transition.standing.who, verb=word(verb)
                )
            )
        if project.state in transition.sources:
            for message in unmet(transition, facts):
                problems.add("state", message)
        else:
            problems.add("state", _unknown(verb, project.state))
        if happened:
            await _date(project, happened, facts, problems)
        problems.raise_any()
        goes_back = (project.state, transition.target) in TAKEN_BACK
        project.state = transition.target
        project.state_reason = reason or None
        project.ended_at = clock.now() if transition.target in ENDED else None
        await lapse(actor, project.id, OF_LIFECYCLE + RAISED * (transition.target in ENDED))
        if goes_back:
            await take_back(actor, project.id)
        yield project, facts


def _unknown(verb: str, state: str) -> Message:
    possible = words(verbs_from(ProjectState(state)) or ["nothing"])
    return say(
        "A project that is {state} cannot {verb}; possible now: {possible}.",
        state=word(state),
        verb=word(verb),
        possible=possible,
    )


async def _date(project: Project, happened: Happened, facts: Facts, problems: Problems) -> None:
    """Set the actual date, judged by the leading city's calendar; notes what is wrong with it."""
    [city] = await City.select(City.time_zone).where(City.id == facts.lead_city)
    today = clock.today(city["time_zone"])
    problems.not_future(happened.column, happened.day, today)
    day = happened.day or today
    if project.actual_start_on and day < project.actual_start_on:
        problems.add(
            happened.column,
            say("Work began on {day}; it cannot have ended before.", day=project.actual_start_on),
        )
    setattr(project, happened.column, day)
