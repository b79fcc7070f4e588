"""Links that open the short form of a milestone for one person, once.

Whoever holds one acts as its person, with the rights that the person has at that moment, on that
milestone and nothing else. Who owes a second factor gets none, and one that they have is void: a
mailbox alone is not enough there. Nor does one count that was mailed to an address that its person
has left.
"""

import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from tracker.domain import clock
from tracker.domain.actor import Actor
from tracker.domain.database import fetch, transaction
from tracker.domain.errors import Invalid
from tracker.domain.messages import say
from tracker.domain.people import queries
from tracker.domain.people.rules import fingerprint

ANSWER_DAYS = 7
SECRET_BYTES = 32

GONE = say("This link was used before, or is too old; sign in to go on.")


@dataclass(frozen=True)
class NewLink:
    """A link that a mail carries: the secret goes into the mail, its hash is kept."""

    delivery_id: int
    person_id: int
    milestone_id: int
    secret: str


@dataclass(frozen=True)
class Opened:
    """What a link opens, and for whom."""

    milestone_id: int
    actor: Actor


class Gone(Invalid):
    """The link opens nothing (any more); `milestone_id` is what it was for, where it ever was."""

    def __init__(self, milestone_id: int | None = None) -> None:
        self.milestone_id = milestone_id
        super().__init__({"link": [GONE]})


async def links_for(asked: Sequence[tuple[int, Actor, int]]) -> list[NewLink]:
    """New links for mails that are being written, for each delivery, its reader and milestone; none
    for readers who owe a second factor. They count once they are kept."""
    owing = await queries.owing_factor([reader for _, reader, _ in asked])
    return [
        NewLink(delivery, reader.person_id, milestone, secrets.token_urlsafe(SECRET_BYTES))
        for delivery, reader, milestone in asked
        if reader.person_id is not None and reader.person_id not in owing
    ]


async def keep(links: Sequence[NewLink]) -> None:
    """Have the links count, in the transaction in which their mails are frozen."""
    now = clock.now()
    await fetch(
        _KEEP,
        [each.person_id for each in links],
        [each.milestone_id for each in links],
        [each.delivery_id for each in links],
        [fingerprint(each.secret) for each in links],
        now,
        now + timedelta(days=ANSWER_DAYS),
    )


async def void(deliveries: Sequence[int]) -> None:
    """Let go of the links of mails that are written anew, of which nobody has got one, in the
    transaction in which those are thawed."""
    await fetch("DELETE FROM answer_link WHERE delivery = ANY($1::int[])", list(deliveries))


async def opened(secret: str, request_id: str | None = None) -> Opened:
    """What the link opens, without using it. Raises Gone."""
    rows = await fetch(_LOOK, fingerprint(secret), clock.now())
    if not rows:
        raise Gone
    return await _opened(rows[0], rows[0]["counts"], request_id)


async def answer(
    secret: str,
    act: Callable[[Actor, int], Awaitable[Any]],
    request_id: str | None = None,
) -> int:
    """Use the link up for what `act` does to the milestone, both or neither: of parallel uses one
    succeeds. Returns the milestone's number.

    Raises Gone, and what `act` raises.
    """
    async with transaction():
        rows = await fetch(_USE, fingerprint(secret), clock.now())
        if not rows:
            await opened(secret)
            raise Gone
        found = await _opened(rows[0], True, request_id)
        await act(found.actor, found.milestone_id)
        return found.milestone_id


async def _opened(row: Any, counts: bool, request_id: str | None) -> Opened:
    actor = await queries.actor_by_email(row["email"])
    if not counts or actor is None or await queries.owes_factor(row["person"]):
        raise Gone(row["milestone"])
    return Opened(row["milestone"], replace(actor, request_id=request_id))


_KEEP = """
INSERT INTO answer_link (person, milestone, delivery, token_hash, created_at, expires_at)
SELECT k.*, $5, $6 FROM unnest($1::int[], $2::int[], $3::int[], $4::text[]) AS k
"""

_LOOK = """
SELECT l.person, l.milestone, p.email,
       l.used_at IS NULL AND l.expires_at > $2
       AND lower(coalesce(d.address, p.email)) = lower(p.email) AS counts
FROM answer_link l JOIN person p ON p.id = l.person JOIN delivery d ON d.id = l.delivery
WHERE l.token_hash = $1
"""

_USE = """
UPDATE answer_link l SET used_at = $2 FROM person p, delivery d
WHERE p.id = l.person AND l.token_hash = $1 AND l.used_at IS NULL AND l.expires_at > $2
  AND d.id = l.delivery AND lower(coalesce(d.address, p.email)) = lower(p.email)
RETURNING l.person, l.milestone, p.email
"""
