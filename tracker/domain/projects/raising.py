"""What coordinators bring before somebody who may settle it: a question that they cannot answer
among themselves, and the wish to do without something that the next state asks for."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from tracker.domain import clock
from tracker.domain.actor import Actor
from tracker.domain.audit import create, load
from tracker.domain.database import transaction
from tracker.domain.errors import Forbidden
from tracker.domain.messages import say, word
from tracker.domain.problems import Problems
from tracker.domain.projects import queries
from tracker.domain.projects.asking import drafts
from tracker.domain.projects.rules import ENDED, PARTNER, Facts, asked_ahead, visible
from tracker.domain.projects.tables import (
    Decision,
    DecisionKind,
    DecisionRole,
    DecisionState,
    Project,
    Requirement,
)
from tracker.domain.projects.telling import tell_of_decision
from tracker.domain.roles import Permission


@dataclass(frozen=True, kw_only=True)
class Escalation:
    """A question, and whose mayor is asked: of a partner city, or the secretariat instead."""

    question: str
    city_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class WaiverRequest:
    """What should be done without, and why."""

    requirement: Requirement
    question: str


async def escalate(actor: Actor, project_id: int, draft: Escalation) -> Decision:
    """Ask the mayor of a partner city, or the secretariat, what the coordinators cannot settle.

    Raises Invalid, NotFound, or Forbidden for anybody but the partners' coordinators.
    """
    problems = Problems()
    question = problems.text("question", draft.question, required=True)
    async with _raised(actor, project_id, problems) as (_, facts):
        problems.unless(
            draft.city_id in (None, *facts.city_ids),
            "city_id",
            say("Ask the mayor of one of the partner cities, or the secretariat."),
        )
        problems.raise_any()
        city = draft.city_id or _own(actor, facts)
        [decision] = await drafts(project_id, [city], DecisionKind.ESCALATE)
        decision.role = DecisionRole.MAYOR if draft.city_id else DecisionRole.OFFICER
        decision.question = question
        return await _put(actor, decision, "escalate")


async def ask_waiver(actor: Actor, project_id: int, draft: WaiverRequest) -> Decision:
    """Ask the secretariat to do without something that the project's next state asks for.

    Raises Invalid, where it is asked or waived already too, NotFound, or Forbidden for anybody but
    the partners' coordinators.
    """
    problems = Problems()
    question = problems.text("question", draft.question, required=True)
    async with _raised(actor, project_id, problems) as (project, facts):
        known = await Decision.exists().where(
            Decision.project == project_id,
            Decision.requirement == draft.requirement,
            Decision.state.is_in([DecisionState.PENDING, DecisionState.GIVEN]),
            Decision.lapsed_at.is_null(),
        )
        message = say("The secretariat has been asked this already.")
        problems.unless(not known, "requirement", message)
        problems.unless(
            project.state in ENDED or draft.requirement in asked_ahead(project.state),
            "requirement",
            say("The project is past this; no step that it may still take asks for it."),
        )
        problems.raise_any()
        [decision] = await drafts(project_id, [_own(actor, facts)], DecisionKind.WAIVE)
        decision.role = DecisionRole.OFFICER
        decision.question = question
        decision.requirement = draft.requirement
        return await _put(actor, decision, "ask_waiver")


@asynccontextmanager
async def _raised(
    actor: Actor, project_id: int, problems: Problems
) -> AsyncIterator[tuple[Project, Facts]]:
    """A project with its facts, that goes on and that everybody who might be asked sees."""
    async with transaction():
        project = await load(actor, Project, project_id, visible)
        facts = await queries.facts(project_id, clock.now())
        if not PARTNER.holds(actor, facts):
            raise Forbidden(say("Only {who} may do this.", who=PARTNER.who))
        if project.state in ENDED:
            message = say("The project is {state}; nothing is decided any more.",
                          state=word(project.state))  # fmt: skip
            problems.add("project_id", message)
        elif not bool(project.submitted_at):
            problems.add("project_id", say("Submit the proposal first; nobody else sees it yet."))
        yield project, facts


async def _put(actor: Actor, decision: Decision, verb: str) -> Decision:
    """Before whoever settles it, who is told."""
    await create(actor, decision, verb)
    await tell_of_decision(actor, decision, verb)
    return decision


def _own(actor: Actor, facts: Facts) -> int:
    """The city that the actor coordinates for."""
    return next(city for city in facts.city_ids if actor.may(Permission.PLAN, city))
