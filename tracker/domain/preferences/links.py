"""Links that mails carry, by which their reader does without such mails and without signing in
(RFC 8058). A link names a person and a kind of mail, sealed: nobody makes one up or reads it, and
it does nothing else."""

from collections.abc import Collection
from dataclasses import dataclass, fields, replace
from typing import Any

from tracker.domain import sealing
from tracker.domain.actor import Actor
from tracker.domain.deliveries.tables import OPTIONAL, DeliveryKind
from tracker.domain.digests.actions import edit_subscription
from tracker.domain.digests.queries import subscription
from tracker.domain.digests.rules import Schedule
from tracker.domain.digests.tables import Cadence
from tracker.domain.edits import OMITTED
from tracker.domain.errors import Invalid
from tracker.domain.messages import say
from tracker.domain.people import queries
from tracker.domain.people.tables import Person
from tracker.domain.preferences.actions import choose_mails

ABOUT = "unsubscribe"


class Gone(Invalid):
    """The link is none of ours, or its person has left."""

    def __init__(self) -> None:
        super().__init__({"link": [say("This link leads nowhere; sign in to choose your mails.")]})


@dataclass(frozen=True)
class Opened:
    """Whose mails a link is about, which kind it came with, which kinds they take now, and how
    often the digest."""

    actor: Actor
    kind: DeliveryKind
    taken: frozenset[DeliveryKind]
    cadence: Cadence


def token(person_id: int | None, kind: DeliveryKind) -> str | None:
    """What a mail of the kind carries to the person; None where there is no choice."""
    if person_id is None or kind.value not in OPTIONAL:
        return None
    return sealing.sealed(f"{person_id} {kind.value}", ABOUT)


async def opened(given: str) -> Opened:
    """What the link is about. Raises Gone."""
    try:
        number, _, word = sealing.unsealed(given, ABOUT).partition(" ")
    except (sealing.Unreadable, ValueError, TypeError) as error:
        raise Gone from error
    person = await Person.objects().get(Person.id == int(number))
    actor = await queries.actor_by_email(person.email) if person else None
    if person is None or actor is None:
        raise Gone
    digest = await subscription(person.id)
    taken = {DeliveryKind(each) for each in OPTIONAL[1:] if each not in person.unwanted_mails}
    if digest and digest.active:
        taken.add(DeliveryKind.DIGEST)
    cadence = Cadence(digest.cadence) if digest else Schedule().cadence
    return Opened(actor, DeliveryKind(word), frozenset(taken), cadence)


async def unsubscribe(given: str, request_id: str | None) -> None:
    """Do without mails of the link's kind. Done again, it changes nothing. Raises Gone."""
    found = await opened(given)
    await choose(given, [each.value for each in found.taken - {found.kind}], request_id)


async def choose(
    given: str, wanted: Collection[str], request_id: str | None, cadence: str = ""
) -> None:
    """Take mails of these kinds, and of no others that can be chosen, and the digest, if it is
    among them, as often as `cadence` says; another rhythm for a digest that was stopped has it go
    on. Other words mean nothing. Raises Gone."""
    found = await opened(given)
    actor = replace(found.actor, request_id=request_id)
    assert actor.person_id is not None
    rhythm = Cadence(cadence) if cadence in set(Cadence) - {found.cadence} else None
    if rhythm and DeliveryKind.DIGEST not in found.taken:
        wanted = {*wanted, DeliveryKind.DIGEST.value}
    for word in OPTIONAL:
        kind = DeliveryKind(word)
        if (word in wanted) != (kind in found.taken):
            await choose_mails(actor, actor.person_id, kind, word in wanted)
    if rhythm and DeliveryKind.DIGEST.value in wanted:
        await _take_as_often(actor, actor.person_id, rhythm)


async def _take_as_often(actor: Actor, person_id: int, cadence: Cadence) -> None:
    known = await subscription(person_id)
    assert known is not None
    kept: dict[str, Any] = {each.name: OMITTED for each in fields(Schedule)}
    await edit_subscription(actor, known.id, Schedule(**kept | {"cadence": cadence}))
