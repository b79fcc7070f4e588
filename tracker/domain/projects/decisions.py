"""What only a named role settles. A mayor, or their deputy, endorses a proposal, signs an
agreement, accepts what was brought about, has a project hidden from the public or shown again, and
answers what is escalated; so does the secretariat, which also does without what a state asks for.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tracker.domain import clock
from tracker.domain.actor import Actor
from tracker.domain.audit import change
from tracker.domain.database import transaction
from tracker.domain.errors import Forbidden, Invalid
from tracker.domain.independence import ASKING, PROPOSING, RAISING, Work, authors, independent
from tracker.domain.messages import Message, say, word
from tracker.domain.problems import Problems
from tracker.domain.projects import confidentiality, queries
from tracker.domain.projects.rules import OFFICER, decision_visible
from tracker.domain.projects.tables import Decision, DecisionKind, DecisionRole, DecisionState
from tracker.domain.projects.telling import tell_of_mandate
from tracker.domain.roles import Permission

NOT_MAYOR = say("Only the mayor of the city, or their deputy, settles this decision.")

WHO: dict[DecisionRole, Message] = {
    DecisionRole.MAYOR: NOT_MAYOR,
    DecisionRole.OFFICER: say("Only {who} settles this decision.", who=OFFICER.who),
}
"""Who settles it -> what to say to everybody else."""

OWN = say(
    "You wrote this proposal, asked for this, acted for somebody who did, or "
    "settled the same for the other city: nobody approves their own. Somebody else "
    "has to settle it."
)


async def give(actor: Actor, decision_id: int, seen_version: int | None = None) -> Decision:
    """Say yes for the city: endorse, sign, have the project hidden or shown.

    Raises NotFound, Conflict, Invalid when it is already settled, Forbidden unless the mayor or
    their deputy, and for whoever proposed the project or decides for its other city too.
    """
    async with _settle(actor, decision_id, "give", seen_version) as (decision, mayor):
        if decision.kind == DecisionKind.ESCALATE:
            raise Invalid({"answer": [say("A question is settled by an answer; write one.")]})
        decision.state = DecisionState.GIVEN
        await confidentiality.follow(mayor, decision, given=True)
    return decision


async def answer(
    actor: Actor, decision_id: int, answer: str, seen_version: int | None = None
) -> Decision:
    """Answer what was escalated.

    Raises NotFound, Conflict, Invalid when it is already settled or no question, Forbidden unless
    the mayor or their deputy, or an officer where the secretariat is asked, and for who asks.
    """
    problems = Problems()
    answer = problems.text("answer", answer, required=True)
    problems.raise_any()
    async with _settle(actor, decision_id, "answer", seen_version) as (decision, _):
        if decision.kind != DecisionKind.ESCALATE:
            raise Invalid({"answer": [say("Nothing is asked here; give it or refuse it.")]})
        decision.state = DecisionState.GIVEN
        decision.answer = answer
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
    async with _settle(actor, decision_id, "refuse", seen_version) as (decision, mayor):
        decision.state = DecisionState.REFUSED
        decision.reason = reason
        await confidentiality.follow(mayor, decision, given=False)
    return decision


@asynccontextmanager
async def _settle(
    actor: Actor, decision_id: int, verb: str, seen_version: int | None
) -> AsyncIterator[tuple[Decision, Actor]]:
    mayor = await _acting(actor, decision_id)
    async with transaction():
        if mayor is not None:
            await queries.hold_project(decision_id)
        async with change(
            mayor or actor, Decision, decision_id, decision_visible, verb, seen_version=seen_version
        ) as decision:
            if mayor is None:
                raise Forbidden(WHO[DecisionRole(decision.role)])
            if not independent(mayor, await _work(decision)):
                raise Forbidden(OWN)
            if decision.state != DecisionState.PENDING:
                raise Invalid(
                    {
                        "state": [
                            say("This decision is already {state}.", state=word(decision.state))
                        ]
                    }
                )
            decision.decided_by = mayor.person_id
            decision.on_behalf_of = mayor.on_behalf_of
            decision.decided_at = clock.now()
            yield decision, mayor
            await tell_of_mandate(mayor, decision, verb)


async def _acting(actor: Actor, decision_id: int) -> Actor | None:
    """As whom the actor settles the decision; None where they may not."""
    decision = await queries.deciding(decision_id)
    if decision is None or decision.role == DecisionRole.MAYOR:
        return actor.acting(Permission.DECIDE, decision.city if decision else None)
    facts = await queries.facts(decision.project, clock.now())
    return actor if OFFICER.holds(actor, facts) else None


async def _work(decision: Decision) -> Work:
    """What is decided on: the proposal, or what was asked for since, as its authors and the other
    cities' mayors made it."""
    raised = await authors("decision", decision.id, RAISING)
    if decision.kind == DecisionKind.ESCALATE:
        return Work(raised)
    verbs = (*PROPOSING, *ASKING.get(decision.kind, ()))
    makers = raised | await authors("project", decision.project, verbs)
    if decision.kind == DecisionKind.WAIVE:
        return Work(makers)
    return Work(makers | await queries.settled_elsewhere(decision))
