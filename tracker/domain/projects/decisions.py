"""What only a mayor settles: endorsing a proposal, signing an agreement."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tracker.domain import clock
from tracker.domain.actor import Actor
from tracker.domain.audit import change
from tracker.domain.errors import Forbidden, Invalid
from tracker.domain.problems import Problems
from tracker.domain.projects.rules import decision_visible
from tracker.domain.projects.tables import Decision, DecisionState
from tracker.domain.roles import Permission


async def give(actor: Actor, decision_id: int, seen_version: int | None = None) -> Decision:
    """Endorse or sign for the city.

    Raises NotFound, Conflict, Invalid when it is already settled, Forbidden unless the mayor.
    """
    async with _settle(actor, decision_id, "give", seen_version) as decision:
        decision.state = DecisionState.GIVEN
    return decision


async def refuse(
    actor: Actor, decision_id: int, reason: str, seen_version: int | None = None
) -> Decision:
    """Refuse for the city, with a reason.

    Raises NotFound, Conflict, Invalid when it is already settled, Forbidden unless the mayor.
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
    async with change(
        actor, Decision, decision_id, decision_visible, verb, seen_version=seen_version
    ) as decision:
        if not actor.may(Permission.DECIDE, decision.city):
            raise Forbidden("Only the mayor of the city settles this decision.")
        if decision.state != DecisionState.PENDING:
            raise Invalid({"state": [f"This decision is already {decision.state}."]})
        decision.decided_by = actor.person_id
        decision.decided_at = clock.now()
        yield decision
