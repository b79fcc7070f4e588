"""Links that answer for one milestone or one decision, for one person, once, without signing in.

Whoever holds one acts as its person, with the rights that the person has at that moment, on that
thing and nothing else. Where a mailbox alone is not enough there is none, and one that somebody has
is void: for who owes a second factor, and for decisions of a city that has a sign-on of its own.
Nor does one count that was mailed to an address that its person has left, or in a mail of a kind
that they do without since.
"""

import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from tracker.domain import clock
from tracker.domain.actor import Actor
from tracker.domain.answers.telling import tell_decided
from tracker.domain.database import fetch, transaction
from tracker.domain.errors import Invalid
from tracker.domain.messages import say
from tracker.domain.people import queries
from tracker.domain.people.rules import fingerprint
from tracker.domain.references import Reference

ANSWER_DAYS = 7
SECRET_BYTES = 32

MILESTONE, DECISION = "milestone", "decision"
"""Kinds of what is answered for."""

GONE = say("This link was used before, or is too old; sign in to go on.")

Act = Callable[[Actor, Reference], Awaitable[Any]]
"""What a link is used for: as whom, and on what."""


@dataclass(frozen=True)
class NewLink:
    """A link that a mail carries: the secret goes into the mail, its hash is kept."""

    delivery_id: int
    person_id: int
    about: Reference
    secret: str

    @property
    def path(self) -> str:
        """Where it leads."""
        return f"/answers/{self.secret}"


@dataclass(frozen=True)
class Opened:
    """What a link opens, and for whom."""

    about: Reference
    actor: Actor


class Gone(Invalid):
    """The link opens nothing (any more); `about` is what it was for, where it ever was, and
    `reader` whoever may still read by it what became of that; its `addressee` is told that much in
    their language."""

    def __init__(
        self,
        about: Reference | None = None,
        reader: Actor | None = None,
        *,
        addressee: Actor | None = None,
    ) -> None:
        self.about, self.reader, self.addressee = about, reader, addressee or reader
        super().__init__({"link": [GONE]})


async def links_for(asked: Sequence[tuple[int, Actor, Reference]]) -> list[NewLink]:
    """New links for mails that are being written, for each delivery, its reader and what they are
    asked; none where a mailbox is not enough. They count once they are kept."""
    owing = await queries.owing_factor([reader for _, reader, _ in asked])
    decisions = [about.number for _, _, about in asked if about.kind == DECISION]
    behind = {row["id"] for row in await fetch(_BEHIND, decisions)} if decisions else set()
    return [
        NewLink(delivery, reader.person_id, about, secrets.token_urlsafe(SECRET_BYTES))
        for delivery, reader, about in asked
        if reader.person_id is not None and reader.person_id not in owing
        if about.kind != DECISION or about.number not in behind
    ]


async def keep(links: Sequence[NewLink]) -> None:
    """Have the links count, in the transaction in which their mails are frozen."""
    now = clock.now()
    await fetch(
        _KEEP,
        [each.person_id for each in links],
        [each.about.kind for each in links],
        [each.about.number for each in links],
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
    return await _opened(rows[0], request_id)


async def answer(secret: str, act: Act, request_id: str | None = None) -> Reference:
    """Use the link up for what `act` does, both or neither: of parallel uses one succeeds. Whoever
    settled a decision so is told by mail. Returns what was answered for.

    Raises Gone, and what `act` raises.
    """
    async with transaction():
        rows = await fetch(_USE, fingerprint(secret), clock.now())
        if not rows:
            await opened(secret)
            raise Gone
        found = await _opened(rows[0], request_id)
        await act(found.actor, found.about)
        if found.about.kind == DECISION:
            await tell_decided(rows[0]["person"], found.about.number)
        return found.about


async def _opened(row: Any, request_id: str | None) -> Opened:
    kind = MILESTONE if row["milestone"] is not None else DECISION
    about = Reference(kind, row[kind])
    actor = await queries.actor_by_email(row["email"])
    if actor is None or not row["stands"] or await queries.owes_factor(row["person"]):
        raise Gone(about, addressee=actor)
    if row["used"]:
        raise Gone(about, actor)
    return Opened(about, replace(actor, request_id=request_id, by_mail=True))


_IN_USE = "SELECT FROM sign_on o WHERE o.city = c.city AND o.active"

_BEHIND = f"SELECT c.id FROM decision c WHERE c.id = ANY($1::int[]) AND EXISTS ({_IN_USE})"  # noqa: S608

_KEEP = """
INSERT INTO answer_link (person, milestone, decision, delivery, token_hash, created_at, expires_at)
SELECT k.person, CASE k.kind WHEN 'milestone' THEN k.number END,
    CASE k.kind WHEN 'decision' THEN k.number END, k.delivery, k.hash, $6, $7
FROM unnest($1::int[], $2::text[], $3::int[], $4::int[], $5::text[])
     AS k (person, kind, number, delivery, hash)
"""

_STANDS = f"""l.expires_at > $2 AND lower(coalesce(d.address, p.email)) = lower(p.email)
    AND d.kind <> ALL (p.unwanted_mails)
    AND NOT EXISTS (SELECT FROM digest_subscription s
                    WHERE d.kind = 'digest' AND s.person = p.id AND NOT s.active)
    AND NOT EXISTS (SELECT FROM decision c WHERE c.id = l.decision AND EXISTS ({_IN_USE}))
"""  # noqa: S608 - our own text

_LOOK = f"""
SELECT l.person, l.milestone, l.decision, p.email, l.used_at IS NOT NULL AS used,
    {_STANDS} AS stands
FROM answer_link l JOIN person p ON p.id = l.person JOIN delivery d ON d.id = l.delivery
WHERE l.token_hash = $1
"""  # noqa: S608 - our own text

_USE = f"""
UPDATE answer_link l SET used_at = $2 FROM person p, delivery d
WHERE p.id = l.person AND d.id = l.delivery AND l.token_hash = $1 AND l.used_at IS NULL
  AND {_STANDS}
RETURNING l.person, l.milestone, l.decision, p.email, false AS used, true AS stands
"""  # noqa: S608 - our own text
