"""Proposing a change of an agreed plan, and answering it. An acceptance changes the plan at once:
in its own transaction, by the rules that held for the proposal, checked again."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import date

import orjson

from tracker.domain import clock
from tracker.domain.actor import Actor
from tracker.domain.audit import change, load, note, record_new, require_seen
from tracker.domain.cities.tables import City
from tracker.domain.database import transaction
from tracker.domain.errors import Forbidden, Invalid
from tracker.domain.independence import authors, people
from tracker.domain.messages import Listed, listed, say, word
from tracker.domain.milestones import rules as milestones
from tracker.domain.milestones.tables import Milestone
from tracker.domain.plan_changes import drafting, queries
from tracker.domain.plan_changes.applying import apply
from tracker.domain.plan_changes.drafting import plain
from tracker.domain.plan_changes.drafts import Item, MilestoneMove, PlanChangeDraft
from tracker.domain.plan_changes.rules import across, answers, beside, visible
from tracker.domain.plan_changes.tables import (
    PlanChange,
    PlanChangeItem,
    PlanChangeKind,
    PlanChangeState,
)
from tracker.domain.problems import Problems
from tracker.domain.projects import rules as project_rules
from tracker.domain.projects.rules import settled_plan
from tracker.domain.projects.tables import Project, Side
from tracker.domain.roles import Permission

S = PlanChangeState
K = PlanChangeKind

ADDED = {K.ADD_BUDGET_LINE, K.ADD_MILESTONE, K.ADD_INDICATOR, K.ADD_PERIOD}
"""What is yet to be there, of which one proposal may hold several."""


async def propose(
    actor: Actor, project_id: int, city_id: int, draft: PlanChangeDraft
) -> PlanChange:
    """Propose, for a partner city, to change the agreed plan: move, add or reweigh milestones, move
    the planned end, change targets, measure something more or for longer, add, change or give up
    budget lines. It takes effect when the other side accepts all of it.

    Raises Invalid with all that is wrong, NotFound, or Forbidden for anybody but that city's
    coordinators.
    """
    problems = Problems()
    reason = problems.text("reason", draft.reason, required=True)
    async with transaction():
        project = await load(actor, Project, project_id, project_rules.visible)
        sides = await queries.sides(project_id)
        if city_id not in sides or not actor.may(Permission.PLAN, city_id):
            raise Forbidden(
                say("Only a coordinator of a partner city proposes changes, for that city.")
            )
        _require_agreed(project, problems)
        items = await drafting.items(project, draft, list(sides), problems)
        await _require_answered(project_id, items, problems)
        decider = await _decider(items, sides, city_id, problems)
        problems.raise_any()
        proposal = PlanChange(
            project=project_id,
            city=city_id,
            decider=decider,
            reason=reason,
            proposed_by=actor.person_id,
            created_at=clock.now(),
        )
        await proposal.save()
        kept = [await _keep(item, proposal) for item in items]
        told = [{"kind": i.kind, "before": i.before, "after": i.after} for i in kept]
        note(proposal, "items", None, told)
        await record_new(actor, proposal, "propose")
    return proposal


async def propose_move(
    actor: Actor,
    milestone_id: int,
    due_on: date,
    reason: str = "",
    planned_end_on: date | None = None,
    seen_version: int | None = None,
) -> PlanChange:
    """Propose for the city that owns the milestone to give it another due date, and the project
    another planned end where that takes one.

    Raises NotFound, Conflict, and what `propose` does, with the fields of this.
    """
    async with transaction():
        milestone = await load(actor, Milestone, milestone_id, milestones.visible)
        move = MilestoneMove(milestone_id=milestone_id, due_on=due_on)
        draft = PlanChangeDraft(reason=reason, planned_end_on=planned_end_on, moves=[move])
        try:
            made = await propose(actor, milestone.project, milestone.city, draft)
        except Invalid as refusal:
            await require_seen(milestone, seen_version)
            at = "moves.0."
            raise Invalid(
                {name.removeprefix(at): told for name, told in refusal.fields.items()}
            ) from refusal
        await require_seen(milestone, seen_version)
    return made


async def accept(actor: Actor, plan_change_id: int, seen_version: int | None = None) -> PlanChange:
    """Agree for the other side; the plan changes at once. What was settled meanwhile stays.

    Raises NotFound, Forbidden for anybody but the other side's coordinators and approvers, Invalid
    when it is settled or a rule has come in between, Conflict when what it would change has changed
    since it was proposed.
    """
    async with _answered(actor, plan_change_id, "accept", seen_version) as proposal:
        await apply(actor, proposal)
        proposal.state = S.ACCEPTED
    return proposal


async def refuse(
    actor: Actor, plan_change_id: int, reason: str, seen_version: int | None = None
) -> PlanChange:
    """Say no for the other side, with a reason; the plan stays as it is.

    Raises NotFound, Conflict, Invalid when it is settled, Forbidden as `accept`.
    """
    problems = Problems()
    reason = problems.text("reason", reason, required=True)
    problems.raise_any()
    async with _answered(actor, plan_change_id, "refuse", seen_version) as proposal:
        proposal.state = S.REFUSED
        proposal.refusal_reason = reason
    return proposal


async def withdraw(
    actor: Actor, plan_change_id: int, seen_version: int | None = None
) -> PlanChange:
    """Take the proposal back before it is answered.

    Raises NotFound, Conflict, Invalid when it is settled, or Forbidden for anybody but the
    coordinators of the city that proposed it.
    """
    async with change(
        actor, PlanChange, plan_change_id, visible, "withdraw", seen_version=seen_version
    ) as proposal:
        if not actor.may(Permission.PLAN, proposal.city):
            raise Forbidden(say("Only a coordinator of the city that proposed it takes it back."))
        await _settle(actor, proposal)
        proposal.state = S.WITHDRAWN
    return proposal


@asynccontextmanager
async def _answered(
    actor: Actor, plan_change_id: int, verb: str, seen_version: int | None
) -> AsyncIterator[PlanChange]:
    async with change(
        actor, PlanChange, plan_change_id, visible, verb, seen_version=seen_version
    ) as proposal:
        sides = await queries.sides(proposal.project)
        deciders = across(sides, proposal.city)
        if proposal.decider:
            deciders &= {proposal.decider}
        made = people(proposal.proposed_by) | await authors(
            "plan_change", plan_change_id, ("propose",)
        )
        if not answers(actor, made, beside(sides, proposal.city), deciders):
            raise Forbidden(
                say(
                    "Only a coordinator, CIO or approver of the other side answers this: nobody"
                    " answers what they, or their own side, proposed."
                )
            )
        await _settle(actor, proposal)
        yield proposal


async def _settle(actor: Actor, proposal: PlanChange) -> None:
    """Raises Invalid when there is nothing to settle any more."""
    if proposal.state != S.PROPOSED:
        raise Invalid({"state": [say("It is {state} already.", state=word(proposal.state))]})
    if await queries.is_lapsed(proposal.id):
        message = say("It has lapsed: what it would change is settled, or the project has ended.")
        raise Invalid({"state": [message]})
    proposal.decided_by = actor.person_id
    proposal.decided_at = clock.now()


def _require_agreed(project: Project, problems: Problems) -> None:
    if not bool(project.agreed_at):
        problems.add("project_id", say("The plan is not agreed yet; change it directly."))
    elif settled := settled_plan(project.state):
        problems.add("project_id", settled)


async def _require_answered(project_id: int, items: Sequence[Item], problems: Problems) -> None:
    """One question at a time about the same thing, so that each answer means something. A milestone
    may move and be reweighed in one."""
    for index in await queries.awaited(project_id, items):
        problems.add(
            "",
            say(
                "Another change of the same {part} waits for an answer; withdraw it first, or have"
                " it answered.",
                part=word(_part(items[index])),
            ),
        )
    subjects = [
        (i.milestone and i.kind, i.milestone, i.period, i.budget_line)
        for i in items
        if i.kind not in ADDED
    ]
    problems.unless(
        len(set(subjects)) == len(subjects), "", say("Something stands in it twice; leave one out.")
    )


def _part(item: Item) -> str:
    """A kind of what is planned, as `tracker.web.catalogues.SPOKEN` has it."""
    if item.kind == K.MOVE_END:
        return "planned end"
    return "milestone" if item.milestone else "target" if item.period else "budget line"


async def _decider(
    items: Sequence[Item], sides: dict[int, Side], city_id: int, problems: Problems
) -> int | None:
    """The one city of the other side that owns something of it; notes what nobody here may
    propose, or no single city may accept."""
    owners = {item.city for item in items if item.city in sides}
    partners = owners & beside(sides, city_id) - {city_id}
    if partners:
        named = await _named(partners)
        problems.add(
            "city_id",
            say("Some of it belongs to {cities}, who proposes that themselves.", cities=named),
        )
    theirs = owners & across(sides, city_id)
    if len(theirs) > 1:
        named = await _named(theirs)
        problems.add(
            "",
            say("Propose what belongs to {cities} apart: each answers for its own.", cities=named),
        )
    return min(theirs, default=None)


async def _named(city_ids: set[int]) -> Listed:
    rows = await City.select(City.name).where(City.id.is_in(list(city_ids))).order_by(City.name)
    return listed(row["name"] for row in rows)


async def _keep(item: Item, proposal: PlanChange) -> PlanChangeItem:
    before, after = (
        orjson.dumps(side, default=plain).decode() for side in (item.before, item.after)
    )
    kept = PlanChangeItem(
        project=proposal.project,
        plan_change=proposal.id,
        **(vars(item) | {"before": before, "after": after}),
    )
    await kept.save()
    return kept
