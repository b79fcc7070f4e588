"""Hiding an agreed project from the public, and showing it again.

Both belong to both cities: somebody asks, and it is done once the mayors of all partner cities have
said yes; one refusal ends it. What is public by mistake can do harm meanwhile, so an officer of the
secretariat hides a project at once, and nobody shows one alone. Before the agreement nothing is
public; there the proposal says it.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from tracker.domain import clock
from tracker.domain.actor import Actor
from tracker.domain.audit import change
from tracker.domain.errors import Forbidden
from tracker.domain.messages import Message, say
from tracker.domain.problems import Problems
from tracker.domain.projects import queries
from tracker.domain.projects.asking import OF_CONFIDENTIALITY, ask, lapse, pending
from tracker.domain.projects.rules import (
    OFFICER,
    PARTNER_OR_OFFICER,
    Facts,
    Standing,
    visible,
)
from tracker.domain.projects.tables import Decision, DecisionKind, Project

STANDINGS: dict[str, Standing] = {
    "ask_conceal": PARTNER_OR_OFFICER,
    "ask_disclose": PARTNER_OR_OFFICER,
    "conceal_at_once": OFFICER,
}
"""Verb -> who may."""


@dataclass(frozen=True)
class Face:
    """What a project shows the public now: nothing before it is `agreed`, nor while it is
    `confidential`; `asked`, whether mayors have been asked to change that."""

    agreed: bool
    confidential: bool
    asked: bool


def objection(verb: str, face: Face) -> Message | None:
    """Why this cannot be done now and what to do instead; None where it can."""
    if not face.agreed:
        return say("Nothing of the project is public before it is agreed; the proposal says it.")
    if verb == "ask_disclose" and not face.confidential:
        return say("The project is not confidential; the public sees it already.")
    if verb != "ask_disclose" and face.confidential:
        return say("The project is confidential already.")
    if face.asked and verb != "conceal_at_once":
        return say("The mayors are being asked already; wait for their answers.")
    return None


async def ask_conceal(
    actor: Actor, project_id: int, reason: str, seen_version: int | None = None
) -> Project:
    """Ask the mayors of the partner cities to hide the project from the public.

    Raises NotFound, Conflict, Forbidden, or Invalid where nothing is public or no reason is given.
    """
    async with _step(actor, project_id, "ask_conceal", reason, seen_version) as (project, facts):
        await ask(actor, project.id, facts.city_ids, DecisionKind.CONCEAL)
    return project


async def ask_disclose(
    actor: Actor, project_id: int, reason: str, seen_version: int | None = None
) -> Project:
    """Ask the mayors of the partner cities to show the project to the public again.

    Raises NotFound, Conflict, Forbidden, or Invalid where it is public or no reason is given.
    """
    async with _step(actor, project_id, "ask_disclose", reason, seen_version) as (project, facts):
        await ask(actor, project.id, facts.city_ids, DecisionKind.DISCLOSE)
    return project


async def conceal_at_once(
    actor: Actor, project_id: int, reason: str, seen_version: int | None = None
) -> Project:
    """Hide the project from the public without asking, to protect somebody or something; only
    both cities together show it again.

    Raises NotFound, Conflict, Invalid as `ask_conceal`, Forbidden for all but officers.
    """
    step = _step(actor, project_id, "conceal_at_once", reason, seen_version)
    async with step as (project, _):
        project.confidential = True
        await lapse(actor, project.id, OF_CONFIDENTIALITY)
    return project


@asynccontextmanager
async def _step(
    actor: Actor, project_id: int, verb: str, reason: str, seen_version: int | None
) -> AsyncIterator[tuple[Project, Facts]]:
    problems = Problems()
    reason = problems.text("reason", reason, required=True)
    async with change(
        actor, Project, project_id, visible, verb, seen_version=seen_version
    ) as project:
        facts = await queries.facts(project_id, clock.now())
        if not STANDINGS[verb].holds(actor, facts):
            raise Forbidden(say("Only {who} may do this.", who=STANDINGS[verb].who))
        asked = bool(await pending(project_id, OF_CONFIDENTIALITY))
        wrong = objection(verb, Face(project.agreed_at is not None, project.confidential, asked))
        if wrong:
            problems.add("confidential", wrong)
        problems.raise_any()
        project.confidentiality_reason = reason
        yield project, facts


async def follow(actor: Actor, decision: Decision, *, given: bool) -> None:
    """Do what follows from a mayor's answer: nothing while others are yet to give theirs. The
    project must be locked, or two answers at one moment would each wait for the other."""
    if decision.kind not in OF_CONFIDENTIALITY:
        return
    kind = DecisionKind(decision.kind)
    if not given:
        await lapse(actor, decision.project, [kind], but=decision.id)
    elif not await pending(decision.project, [kind], but=decision.id):
        # The verb is the kind: "conceal" or "disclose".
        async with change(actor, Project, decision.project, visible, kind.value) as project:
            project.confidential = kind == DecisionKind.CONCEAL
