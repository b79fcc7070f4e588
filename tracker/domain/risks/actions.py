"""What can be done with a risk: write it down, assess it again, say that it has happened, settle
it. The partners plan together, so either city's coordinators may."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

from tracker.domain import clock
from tracker.domain.actor import Actor
from tracker.domain.audit import change, create, load
from tracker.domain.database import transaction
from tracker.domain.edits import completed, edits
from tracker.domain.errors import Forbidden
from tracker.domain.messages import Message, either, say, word
from tracker.domain.problems import Problems
from tracker.domain.projects import queries as projects
from tracker.domain.projects import rules as project_rules
from tracker.domain.projects.rules import ENDED, PARTNER
from tracker.domain.projects.tables import Project
from tracker.domain.risks import queries
from tracker.domain.risks.rules import STEPS, WATCHED, visible
from tracker.domain.risks.tables import Risk, RiskCategory, RiskState, RiskType


@dataclass(frozen=True, kw_only=True)
class RiskPlan:
    """What it is, what is done about it and who looks after it."""

    title: str
    description: str = ""
    category: RiskCategory = RiskCategory.ORGANISATIONAL
    mitigation: str = ""
    person_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class RiskDraft(RiskPlan):
    """A risk with its first assessment; an issue has no probability and a day on which it
    happened."""

    type: RiskType = RiskType.RISK
    probability: int | None = None
    impact: int
    review_on: date
    occurred_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class RiskAssessment:
    """How likely and how bad it is now, what that goes by, and when to look at it again."""

    probability: int | None = None
    impact: int
    review_on: date
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class RiskOccurrence:
    """That it has happened: when, how bad it is, and when to look at it again."""

    occurred_on: date
    impact: int
    review_on: date
    note: str = ""


async def add(actor: Actor, project_id: int, city_id: int, draft: RiskDraft) -> Risk:
    """Write down a risk or an issue that a partner city owns.

    Raises Invalid, NotFound, or Forbidden for anybody but the partners' coordinators.
    """
    problems = Problems()
    plan = _checked(draft, problems)
    async with transaction():
        project = await load(actor, Project, project_id, project_rules.visible)
        city_ids = await _partners(actor, project, problems, "project_id")
        problems.unless(
            city_id in city_ids,
            "city_id",
            say("The owner must be one of the partner cities."),
        )
        await _check_person(draft.person_id, city_id, problems)
        await _check_assessment(draft, draft.type, city_id, problems)
        await _check_occurred(draft, city_id, problems)
        problems.raise_any()
        risk = Risk(
            project=project_id,
            city=city_id,
            type=draft.type,
            probability=draft.probability,
            impact=draft.impact,
            review_on=draft.review_on,
            occurred_on=draft.occurred_on,
            state=_watched(draft.type),
            assessed_at=clock.now(),
            created_at=clock.now(),
            updated_at=clock.now(),
            **plan,
        )
        return await create(actor, risk, "add")


@edits
async def edit(
    actor: Actor, risk_id: int, draft: RiskPlan, seen_version: int | None = None
) -> Risk:
    """Rewrite what it is, what is done about it or who looks after it. How likely and how bad it
    is changes by `assess` only.

    Raises Invalid, NotFound, Conflict, or Forbidden for anybody but the partners' coordinators.
    """
    problems = Problems()
    async with _open(actor, risk_id, "edit", seen_version, problems) as risk:
        draft = completed(draft, risk)
        plan = _checked(draft, problems)
        if draft.person_id != risk.person:
            await _check_person(draft.person_id, risk.city, problems)
        problems.raise_any()
        for name, value in plan.items():
            setattr(risk, name, value)
    return risk


async def assess(
    actor: Actor, risk_id: int, draft: RiskAssessment, seen_version: int | None = None
) -> Risk:
    """Estimate anew how likely and how bad it is. What it was before stays in the trail, from
    which the trend follows.

    Raises Invalid, NotFound, Conflict, or Forbidden for anybody but the partners' coordinators.
    """
    problems = Problems()
    note = problems.text("note", draft.note)
    async with _open(actor, risk_id, "assess", seen_version, problems) as risk:
        _require_watched(risk, problems)
        await _check_assessment(draft, RiskType(risk.type), risk.city, problems)
        problems.raise_any()
        _assessed(risk, draft.impact, draft.review_on, note)
        risk.probability = draft.probability
    return risk


async def materialise(
    actor: Actor, risk_id: int, draft: RiskOccurrence, seen_version: int | None = None
) -> Risk:
    """Say that the risk has happened: from now on it is an issue.

    Raises Invalid, NotFound, Conflict, or Forbidden for anybody but the partners' coordinators.
    """
    problems = Problems()
    note = problems.text("note", draft.note)
    async with _open(actor, risk_id, "materialise", seen_version, problems) as risk:
        problems.unless(
            risk.type == RiskType.RISK, "type", say("It is an issue already: it has happened.")
        )
        _require_watched(risk, problems)
        problems.not_future("occurred_on", draft.occurred_on, await queries.today(risk.city))
        await _check_review(draft.review_on, risk.city, problems)
        _check_figure("impact", draft.impact, problems)
        problems.raise_any()
        _assessed(risk, draft.impact, draft.review_on, note)
        risk.type = RiskType.ISSUE
        risk.state = RiskState.OCCURRED
        risk.state_reason = None
        risk.probability = None
        risk.occurred_on = draft.occurred_on
    return risk


async def mitigate(
    actor: Actor, risk_id: int, reason: str, seen_version: int | None = None
) -> Risk:
    """Say that what was done about it works."""
    return await _step(actor, risk_id, "mitigate", reason, seen_version)


async def close(actor: Actor, risk_id: int, reason: str, seen_version: int | None = None) -> Risk:
    """Say that it cannot happen any more, or is over."""
    return await _step(actor, risk_id, "close", reason, seen_version)


async def reopen(actor: Actor, risk_id: int, reason: str, seen_version: int | None = None) -> Risk:
    """Have somebody look after it again."""
    return await _step(actor, risk_id, "reopen", reason, seen_version)


async def _step(
    actor: Actor, risk_id: int, verb: str, reason: str, seen_version: int | None
) -> Risk:
    """Take the step. Raises Invalid with all that stands in its way."""
    problems, step = Problems(), STEPS[verb]
    reason = problems.text("reason", reason, required=True)
    async with _open(actor, risk_id, verb, seen_version, problems) as risk:
        problems.unless(
            risk.state in step.sources,
            "state",
            say(
                "It is {state}; it must be {sources}.",
                state=word(risk.state),
                sources=either(step.sources),
            ),
        )
        problems.raise_any()
        risk.state = _watched(risk.type) if step.target == RiskState.OPEN else step.target
        risk.state_reason = reason
    return risk


@asynccontextmanager
async def _open(
    actor: Actor, risk_id: int, verb: str, seen_version: int | None, problems: Problems
) -> AsyncIterator[Risk]:
    """The risk, for its partners' coordinators, while its project goes on."""
    async with change(actor, Risk, risk_id, visible, verb, seen_version=seen_version) as risk:
        project = await load(actor, Project, risk.project, project_rules.visible)
        await _partners(actor, project, problems, "project")
        yield risk


async def _partners(actor: Actor, project: Project, problems: Problems, field: str) -> list[int]:
    """The partner cities. Raises Forbidden for who coordinates none of them."""
    facts = await projects.facts(project.id, clock.now())
    if not PARTNER.holds(actor, facts):
        raise Forbidden(say("Only {who} looks after risks.", who=PARTNER.who))
    problems.unless(project.state not in ENDED, field, closed(project.state))
    return facts.city_ids


def closed(state: str) -> Message:
    """Why the risks of a project that has ended stay as they are."""
    return say("The project is {state}; its risks stay as they were.", state=word(state))


def _checked(draft: RiskPlan, problems: Problems) -> dict[str, Any]:
    return {
        "title": problems.title("title", draft.title),
        "description": problems.text("description", draft.description),
        "category": draft.category,
        "mitigation": problems.text("mitigation", draft.mitigation),
        "person": draft.person_id,
    }


async def _check_person(person_id: int | None, city_id: int, problems: Problems) -> None:
    able = person_id is None or await queries.coordinates(person_id, city_id)
    message = say("Choose somebody who coordinates for the city that owns it.")
    problems.unless(able, "person_id", message)


async def _check_assessment(
    draft: RiskDraft | RiskAssessment, type_: RiskType, city_id: int, problems: Problems
) -> None:
    if type_ == RiskType.ISSUE:
        message = say("An issue has happened: leave its probability empty.")
        problems.unless(draft.probability is None, "probability", message)
    else:
        _check_figure("probability", draft.probability, problems)
    _check_figure("impact", draft.impact, problems)
    await _check_review(draft.review_on, city_id, problems)


async def _check_occurred(draft: RiskDraft, city_id: int, problems: Problems) -> None:
    if draft.type == RiskType.RISK:
        message = say("A risk has not happened: leave the day empty, or call it an issue.")
        problems.unless(draft.occurred_on is None, "occurred_on", message)
    elif draft.occurred_on is None:
        problems.add("occurred_on", say("Say on which day it happened."))
    else:
        problems.not_future("occurred_on", draft.occurred_on, await queries.today(city_id))


def _check_figure(field: str, figure: int | None, problems: Problems) -> None:
    fits = figure is not None and 1 <= figure <= 5
    problems.unless(fits, field, say("Choose a whole number from 1 to 5."))


async def _check_review(review_on: date, city_id: int, problems: Problems) -> None:
    today = await queries.today(city_id)
    day = problems.day("review_on", review_on)
    if day and day < today:
        text = "{day} is past; choose a day from {today} on."
        problems.add("review_on", say(text, day=day, today=today))


def _require_watched(risk: Risk, problems: Problems) -> None:
    message = say("It is {state}; reopen it first.", state=word(risk.state))
    problems.unless(risk.state in WATCHED, "state", message)


def _assessed(risk: Risk, impact: int, review_on: date, note: str) -> None:
    risk.impact = impact
    risk.review_on = review_on
    risk.assessment_note = note or None
    risk.assessed_at = clock.now()


def _watched(type_: str) -> RiskState:
    """The state in which somebody looks after it."""
    return RiskState.OCCURRED if type_ == RiskType.ISSUE else RiskState.OPEN
