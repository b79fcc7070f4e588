"""Leaving: a role ends, and what its person had under way there is handed over or left to the city.

Nothing is deleted, and what was done stays done. Open work is what the person was last known to
carry: their proposals, milestones, values, practices and requests that nobody has settled yet,
and what a colleague handed over to them before; for a city's only mayor, the decisions that wait.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from tracker.domain import clock
from tracker.domain.actor import Actor, Role
from tracker.domain.audit import change, create, load
from tracker.domain.database import fetch, transaction
from tracker.domain.deliveries import posting
from tracker.domain.digests.tables import DigestSubscription
from tracker.domain.errors import Forbidden, Invalid
from tracker.domain.leaving import queries
from tracker.domain.leaving.queries import Consequences, Handed, OpenWork
from tracker.domain.messages import Message, say, word
from tracker.domain.people import queries as people
from tracker.domain.people.rules import membership_visible
from tracker.domain.people.tables import ApiToken, Delegation, Handover, Membership
from tracker.domain.people.telling import tell_of_delegation, tell_of_role
from tracker.domain.problems import Problems
from tracker.domain.references import Reference
from tracker.domain.risks.tables import Risk
from tracker.domain.roles import Permission
from tracker.domain.visibility import everyone

ADMINISTRATORS_LEAVE = 7236021
"""Key of an advisory lock, next after that of sealing the trail."""


@dataclass(frozen=True, kw_only=True)
class HandoverDraft:
    """Who takes over one piece of work, such as the milestone 12; nobody in particular when no
    person is named."""

    subject_id: Reference
    person_id: int | None = None


async def consequences(actor: Actor, membership_id: int) -> Consequences:
    """What would follow. Raises NotFound, Forbidden, or Invalid for a role that has ended."""
    async with transaction():
        membership = await load(actor, Membership, membership_id, membership_visible)
        _require_may_end(actor, membership)
        return await queries.consequences(actor, membership)


async def handed_over(actor: Actor) -> list[Handed]:
    """What colleagues who left handed over to the actor and is still open. Nothing for the
    public."""
    if actor.person_id is None:
        return []
    return await queries.handed_over(actor.person_id, actor.city_ids)


async def end_membership(
    actor: Actor,
    membership_id: int,
    handovers: Sequence[HandoverDraft] = (),
    person_id: int | None = None,
    left_to_city: bool = False,
) -> Membership:
    """End a role. Open work goes to whom `handovers` names; the rest to the person, or to nobody
    in particular where it is left to the city. What the person did in the role stays in the trail.

    Raises Invalid with all work that nobody was named for, or when the role has ended before,
    NotFound, or Forbidden for anybody but the person, the city's administrator and the
    secretariat's.
    """
    problems = Problems()
    async with (
        _in_turn(membership_id),
        change(actor, Membership, membership_id, membership_visible, "end") as membership,
    ):
        _require_may_end(actor, membership)
        found = await queries.consequences(actor, membership)
        if found.last and membership.role == Role.ADMINISTRATOR:
            text = say(
                "Nobody else looks after the tracker; make somebody else administrator first."
            )
            raise Invalid({"membership_id": [text]})
        named = _named(handovers, found, problems)
        _require_able(named, person_id, found, problems)
        if person_id is None and not left_to_city:
            for work in found.work:
                if work.reference not in named:
                    problems.add("handovers", _wanted(work))
        problems.raise_any()
        membership.ended_at = clock.now()
        shares: dict[int, list[str]] = {}
        for work in found.work:
            successor = named.get(work.reference, person_id)
            await _hand_over(actor, membership, work, successor)
            if successor is not None:
                shares.setdefault(successor, []).append(work.title)
        await _tell_successors(membership, shares)
        await _end_what_hangs_on_it(actor, membership, found)
        await tell_of_role(actor, membership, "end")
    return membership


@asynccontextmanager
async def _in_turn(membership_id: int) -> AsyncIterator[None]:
    """Administrators leave one after the other: of two at once each would count on the other."""
    async with transaction():
        await fetch(
            "SELECT pg_advisory_xact_lock($2) FROM membership"
            " WHERE id = $1 AND role = 'administrator'",
            membership_id,
            ADMINISTRATORS_LEAVE,
        )
        yield


def _require_may_end(actor: Actor, membership: Membership) -> None:
    own = actor.owns(membership.person)
    manages = (
        actor.may(Permission.MANAGE_PEOPLE)
        if membership.city is None
        else actor.may(Permission.MANAGE_MEMBERS, membership.city)
    )
    if not own and not manages:
        raise Forbidden(say("Only the person or an administrator ends a role."))
    if membership.ended_at:
        raise Invalid({"membership_id": [say("This membership has already ended.")]})


def _named(
    handovers: Sequence[HandoverDraft], found: Consequences, problems: Problems
) -> dict[Reference, int | None]:
    """Work -> who takes it over."""
    known = {work.reference for work in found.work}
    for index, each in enumerate(handovers):
        problems.unless(
            each.subject_id in known,
            f"handovers.{index}",
            say("This is no open work of the person there."),
        )
    return {each.subject_id: each.person_id for each in handovers}


def _require_able(
    named: dict[Reference, int | None],
    person_id: int | None,
    found: Consequences,
    problems: Problems,
) -> None:
    """Whoever takes work over holds a role in the city that lets them do it."""
    people = {person_id, *named.values()} - {None}
    if people - set(found.colleagues):
        problems.add("person_id", say("Only somebody else of the same city can take it over."))
        return
    for work in found.work:
        successor = named.get(work.reference, person_id)
        if successor is not None and successor not in found.successors(work.kind):
            text = say(
                "{kind} {number}: {name} holds no role for this.",
                kind=word(work.kind),
                number=work.number,
                name=found.colleagues[successor],
            )
            problems.add("person_id", text)


def _wanted(work: OpenWork) -> Message:
    return say(
        "{kind} {number} ({what}): name who takes it over, or leave it to the city.",
        kind=word(work.kind),
        number=work.number,
        what=work.title or say("a draft that the city keeps to itself"),
    )


async def _hand_over(
    actor: Actor, membership: Membership, work: OpenWork, successor: int | None
) -> None:
    handover = Handover(
        membership=membership.id,
        subject_type=work.kind,
        subject_id=work.number,
        successor=successor,
        created_at=clock.now(),
    )
    await create(actor, handover, "hand_over")
    if work.kind == "risk":
        await _hand_over_risk(actor, membership, work.number, successor)


async def _tell_successors(membership: Membership, shares: Mapping[int, Sequence[str]]) -> None:
    """A mail to each, with the titles of what is theirs now."""
    leaver = (await people.person(membership.person)).name
    for number, titles in shares.items():
        told = {"leaving": leaver, "titles": list(titles)}
        await posting.post(await people.person(number), "handover", context=told)


async def _hand_over_risk(
    actor: Actor, membership: Membership, risk_id: int, successor: int | None
) -> None:
    """Whom it names as looking after it changes too; with nobody, the city's coordinators do."""
    async with change(actor, Risk, risk_id, everyone, "hand_over") as risk:
        if risk.person == membership.person:
            risk.person = successor


async def _end_what_hangs_on_it(actor: Actor, membership: Membership, found: Consequences) -> None:
    """Ends of the same action: they stand or fall with it, and ask no further permission."""
    for number in found.delegations:
        async with change(actor, Delegation, number, everyone, "end") as delegation:
            delegation.ended_at = clock.now()
            await tell_of_delegation(actor, delegation, "end")
    for number in found.tokens:
        async with change(actor, ApiToken, number, everyone, "revoke") as token:
            token.revoked_at = clock.now()
    for number in found.digests:
        async with change(
            actor, DigestSubscription, number, everyone, "unsubscribe"
        ) as subscription:
            subscription.active = False
