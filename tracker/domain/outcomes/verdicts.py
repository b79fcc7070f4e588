"""What the partner city says of an approved value: that it finds the same, or why it does not."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tracker.domain import clock
from tracker.domain.actor import Actor
from tracker.domain.audit import note
from tracker.domain.errors import Forbidden
from tracker.domain.messages import say
from tracker.domain.outcomes.rules import speaking_city
from tracker.domain.outcomes.sides import (
    authors_of,
    held,
    require_reporter,
    require_state,
    require_under_way,
)
from tracker.domain.outcomes.tables import Value, ValueState, Verdict, VerdictKind
from tracker.domain.problems import Problems
from tracker.domain.projects import queries as projects


async def confirm(actor: Actor, value_id: int, seen_version: int | None = None) -> Value:
    """Say for another partner city that it finds the same. It ends a dispute of that city.

    Raises Invalid, NotFound, Conflict, or Forbidden for the reporting city, the secretariat and
    everybody who wrote the value.
    """
    problems = Problems()
    async with _spoken(actor, value_id, "confirm", seen_version, problems) as (value, city_id):
        before = await _verdict(value, city_id)
        problems.unless(
            before is None or before.kind != VerdictKind.CONFIRMED,
            "state",
            say("Your city has confirmed the value already."),
        )
        problems.raise_any()
        await _say(actor, value, city_id, VerdictKind.CONFIRMED)
    return value


async def dispute(
    actor: Actor, value_id: int, reason: str, seen_version: int | None = None
) -> Value:
    """Say for another partner city that it finds something else, and why. The value stands, and is
    shown as disputed until the city confirms it or a correction takes its place.

    Raises Invalid, NotFound, Conflict, or Forbidden for the reporting city, the secretariat and
    everybody who wrote the value.
    """
    problems = Problems()
    reason = problems.text("reason", reason, required=True)
    async with _spoken(actor, value_id, "dispute", seen_version, problems) as (value, city_id):
        problems.raise_any()
        await _say(actor, value, city_id, VerdictKind.DISPUTED, reason)
    return value


async def answer(actor: Actor, value_id: int, text: str, seen_version: int | None = None) -> Value:
    """Reply to those who dispute the value, where it is not to be corrected.

    Raises Invalid, NotFound, Conflict, or Forbidden for anybody but the reporting city's
    coordinators.
    """
    problems = Problems()
    text = problems.text("text", text, required=True)
    async with held(actor, value_id, "answer", seen_version) as (value, period):
        await require_reporter(actor, value.project, value.city)
        require_state(value, ValueState.APPROVED, problems)
        await require_under_way(actor, period, problems)
        disputes = await Verdict.objects().where(
            Verdict.value == value_id, Verdict.kind == VerdictKind.DISPUTED
        )
        problems.unless(bool(disputes), "state", say("Nobody disputes the value."))
        problems.raise_any()
        note(value, "answer", next((each.answer for each in disputes), None), text)
        await Verdict.update(
            answer=text, answered_by=actor.person_id, answered_at=clock.now()
        ).where(Verdict.id.is_in([each.id for each in disputes]))
    return value


async def confirm_by_approval(actor: Actor, value: Value) -> None:
    """Whoever approves a value for a partner city has confirmed it for that city."""
    facts = await projects.facts(value.project, clock.now())
    city_id = speaking_city(actor, value.city, facts.city_ids, frozenset())
    if city_id is not None:
        await _say(actor, value, city_id, VerdictKind.CONFIRMED)


@asynccontextmanager
async def _spoken(
    actor: Actor, value_id: int, verb: str, seen_version: int | None, problems: Problems
) -> AsyncIterator[tuple[Value, int]]:
    """An approved value, and the city for which the actor speaks. It may be of a locked period:
    what is said of a value changes nothing of it."""
    async with held(actor, value_id, verb, seen_version) as (value, period):
        facts = await projects.facts(value.project, clock.now())
        city_id = speaking_city(actor, value.city, facts.city_ids, await authors_of(value))
        if city_id is None:
            raise Forbidden(
                say(
                    "A value is confirmed or disputed by a coordinator, CIO or approver of another"
                    " partner city; never by the city that reported it, nor by anybody who wrote"
                    " it."
                )
            )
        require_state(value, ValueState.APPROVED, problems)
        await require_under_way(actor, period, problems)
        yield value, city_id


async def _verdict(value: Value, city_id: int) -> Verdict | None:
    return await Verdict.objects().get((Verdict.value == value.id) & (Verdict.city == city_id))


async def _say(
    actor: Actor, value: Value, city_id: int, kind: VerdictKind, reason: str | None = None
) -> None:
    """What the city says now takes the place of what it said before; the trail keeps both."""
    before = await _verdict(value, city_id)
    note(value, "verdict", before and before.kind, kind.value)
    note(value, "dispute_reason", before and before.reason, reason)
    await Verdict.delete().where((Verdict.value == value.id) & (Verdict.city == city_id))
    verdict = Verdict(
        project=value.project,
        value=value.id,
        city=city_id,
        kind=kind,
        reason=reason,
        author=actor.person_id,
        created_at=clock.now(),
    )
    await verdict.save()
