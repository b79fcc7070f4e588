"""What only a mayor settles, or their deputy: endorsing a proposal, signing an agreement."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tracker.domain import clock
from tracker.domain.actor import Actor
from tracker.domain.audit import change
from tracker.domain.errors import Forbidden, Invalid
from tracker.domain.independence import PROPOSING, Work, authors, independent
from tracker.domain.problems import Problems
from tracker.domain.projects import queries
from tracker.domain.projects.rules import decision_visible
from tracker.domain.projects.tables import Decision, DecisionState
from tracker.domain.roles import Permission

OWN = (
    "You wrote this proposal, acted for somebody who did, or settled the same for the other city:"
    " nobody approves their own. Somebody else has to settle it."
)


async def give(actor: Actor, decision_id: int, seen_version: int | None = None) -> Decision:
    """Endorse or sign for the city.

    Raises NotFound, Conflict, Invalid when it is already settled, Forbidden unless the mayor or
    their deputy, and for whoever proposed the project or decides for its other city too.
    """
    async with _settle(actor, decision_id, "give", seen_version) as decision:
        decision.state = DecisionState.GIVEN
    return decision


async def refuse(
    actor: Actor, decision_id: int, reason: str, seen_version: int | None = None
) -> Decision:
    """Refuse for the city, with a reason.

    Raises NotFound, Conflict, Invalid when it is already settled, Forbidden as `give`.
    """
    problems = Problems()
    reason = problems.text("reason", reason, required=True)
    problems.raise_any()
    async with _settle(actor, decision_id, "refuse", seen_version) as decision:
        decision.state = DecisionState.REFUSED
        decision.reason = reason
    return decision


@asynccontextmanager
async def _settle(
    actor: Actor, decision_id: int, verb: str, seen_version: int | None
) -> AsyncIterator[Decision]:
    mayor = actor.acting(Permission.DECIDE, await queries.deciding_city(decision_id))
    async with change(
        mayor or actor, Decision, decision_id, decision_visible, verb, seen_version=seen_version
    ) as decision:
        if mayor is None:
            raise Forbidden("Only the mayor of the city, or their deputy, settles this decision.")
        if not independent(mayor, await _work(decision)):
            raise Forbidden(OWN)
        if decision.state != DecisionState.PENDING:
            raise Invalid({"state": [f"This decision is already {decision.state}."]})
        decision.decided_by = mayor.person_id
        decision.on_behalf_of = mayor.on_behalf_of
        decision.decided_at = clock.now()
        yield decision


async def _work(decision: Decision) -> Work:
    """What is decided on: the proposal, as its authors and the other cities' mayors made it."""
    proposers = await authors("project", decision.project, PROPOSING)
    return Work(proposers | await queries.settled_elsewhere(decision))
