"""Putting a decision before the mayors, and taking it off their desks again."""

from collections.abc import Iterable
from datetime import timedelta

from tracker.domain import clock
from tracker.domain.actor import Actor
from tracker.domain.audit import change, create
from tracker.domain.cities.tables import City
from tracker.domain.projects.rules import decision_visible
from tracker.domain.projects.tables import Decision, DecisionKind, DecisionState
from tracker.domain.projects.telling import tell_of_decision

DECISION_DAYS = 21
"""Days a mayor has for a decision."""

OF_LIFECYCLE = (DecisionKind.ENDORSE, DecisionKind.SIGN, DecisionKind.ACCEPT)
"""What a step of the lifecycle asks, and the next one asks no more."""

RAISED = (DecisionKind.ESCALATE, DecisionKind.WAIVE)
"""What coordinators ask by themselves; it waits for as long as the project goes on."""

COUNTED = (DecisionKind.ACCEPT, DecisionKind.WAIVE)
"""What counts for the step that it was given for, and no more once the project is taken back."""

OF_CONFIDENTIALITY = (DecisionKind.CONCEAL, DecisionKind.DISCLOSE)
"""What is asked beside the lifecycle: no step of it answers that."""


async def ask(actor: Actor, project_id: int, city_ids: list[int], kind: DecisionKind) -> None:
    """Put the decision before the mayor of each partner city, and tell them."""
    for decision in await drafts(project_id, city_ids, kind):
        await create(actor, decision, "ask")
        await tell_of_decision(actor, decision, "ask")


async def drafts(project_id: int, city_ids: list[int], kind: DecisionKind) -> list[Decision]:
    """A decision for each city, by a deadline where the city is; not created yet."""
    cities = await City.select(City.id, City.time_zone).where(City.id.is_in(city_ids))
    return [
        Decision(
            project=project_id,
            city=city["id"],
            kind=kind,
            deadline_on=clock.today(city["time_zone"]) + timedelta(days=DECISION_DAYS),
            created_at=clock.now(),
        )
        for city in cities
    ]


async def lapse(
    actor: Actor, project_id: int, kinds: Iterable[DecisionKind], but: int | None = None
) -> None:
    """Take decisions of these kinds that nobody has made yet off the mayors' desks, `but` one."""
    for number in await pending(project_id, kinds, but):
        async with change(actor, Decision, number, decision_visible, "lapse") as decision:
            decision.state = DecisionState.LAPSED


async def take_back(actor: Actor, project_id: int) -> None:
    """What was accepted and waived counts no more, and what is to be waived is asked no more: the
    project goes back to do more, and what was said was not said of that."""
    await lapse(actor, project_id, [DecisionKind.WAIVE])
    rows = (
        await Decision.select(Decision.id)
        .where(
            Decision.project == project_id,
            Decision.state == DecisionState.GIVEN,
            Decision.lapsed_at.is_null(),
            Decision.kind.is_in(list(COUNTED)),
        )
        .order_by(Decision.id)
    )
    for row in rows:
        async with change(actor, Decision, row["id"], decision_visible, "take_back") as decision:
            decision.lapsed_at = clock.now()


async def pending(
    project_id: int, kinds: Iterable[DecisionKind], but: int | None = None
) -> list[int]:
    """The numbers of the project's decisions of these kinds that nobody has made yet."""
    rows = (
        await Decision.select(Decision.id)
        .where(
            Decision.project == project_id,
            Decision.state == DecisionState.PENDING,
            Decision.kind.is_in(list(kinds)),
        )
        .order_by(Decision.id)
    )
    return [row["id"] for row in rows if row["id"] != but]
