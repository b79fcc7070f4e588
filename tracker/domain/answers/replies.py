"""Replies to mails: an address of its own for each mail, and what a reply to it becomes.

The address carries the number of the mail's delivery under a keyed hash, so nobody makes one up;
and it serves the reader of that mail alone. What is written there is said as a comment on what the
mail is about, by the very action that the page has.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from tracker.domain.actor import Actor
from tracker.domain.answers.tables import REASON_MOST, InboundOutcome
from tracker.domain.comments import actions as comments
from tracker.domain.comments.actions import CommentDraft
from tracker.domain.comments.subjects import CommentSubject
from tracker.domain.database import fetch, transaction
from tracker.domain.deliveries import tokens
from tracker.domain.deliveries.masking import kept
from tracker.domain.deliveries.tables import DeliveryKind
from tracker.domain.deliveries.tokens import Purpose
from tracker.domain.errors import Invalid
from tracker.domain.messages import say
from tracker.domain.people import queries
from tracker.domain.references import Reference

REPLY_DAYS = 90
"""For so long a mail can be replied to."""

SEVERAL = say("Your mail was about several projects; say it on the page of the one you mean.")

ANSWERED = (
    DeliveryKind.MILESTONE,
    DeliveryKind.REMINDER,
    DeliveryKind.DECISION,
    DeliveryKind.MENTION,
)
"""Kinds of mails that are about something one can comment on."""


@dataclass(frozen=True)
class Thread:
    """The mail that was replied to: whose it was, and what it is about, None for a mail about
    several projects."""

    delivery_id: int
    email: str
    person_id: int
    about: Reference | None
    things: Sequence[Reference] = ()
    """All that it is about, in the order in which it told of them."""


class Again(Exception):
    """This mail was taken before."""


def token_of(delivery_id: int) -> str:
    """What the address for replies to a mail carries."""
    return tokens.token_of(Purpose.REPLY, delivery_id)


async def thread_of(token: str, now: datetime) -> Thread | None:
    """What a reply with this token is about; None for one that was made up, or is too old, or
    whose mail was about nothing that can be commented on."""
    number = tokens.delivery_of(Purpose.REPLY, token)
    if number is None:
        return None
    rows = await fetch(_THREAD, number, now, REPLY_DAYS)
    about = [row for row in rows if row["kind"] in set(CommentSubject)]
    if not about:
        return None
    first = about[0]
    things = list(dict.fromkeys(Reference(row["kind"], row["number"]) for row in about))
    return Thread(first["delivery"], first["email"], first["person"], _common(about), things)


def _common(rows: Sequence[Any]) -> Reference | None:
    """The one thing that a mail was about, or the one project that its things belong to."""
    things = {Reference(row["kind"], row["number"]) for row in rows}
    projects = {row["project"] for row in rows}
    if len(things) == 1:
        return things.pop()
    return Reference("project", projects.pop()) if len(projects) == 1 else None


async def actor_of(thread: Thread) -> Actor | None:
    """The reader of the mail, with their rights of this moment."""
    return await queries.actor_by_email(thread.email)


async def record(actor: Actor, thread: Thread, text: str, message: str) -> int:
    """Record the text as a comment, once for each mail, known by the hash `message`. Returns the
    comment's number.

    Raises Again, and what adding a comment raises.
    """
    async with transaction():
        if thread.about is None:
            raise Invalid({"": [SEVERAL]})
        await take(message, thread.delivery_id, InboundOutcome.RECORDED)
        draft = CommentDraft(text=text, subject_id=thread.about)
        comment = await comments.add(replace(actor, request_id=f"mail-{message[:16]}"), draft)
        await fetch(
            "UPDATE inbound_mail SET comment = $2 WHERE message_hash = $1", message, comment.id
        )
        return comment.id


async def require_new(message: str) -> None:
    """Raises Again where the mail, known by the hash `message`, was taken before."""
    if await fetch("SELECT FROM inbound_mail WHERE message_hash = $1", message):
        raise Again


async def take(
    message: str, delivery_id: int | None, outcome: InboundOutcome, reason: str | None = None
) -> None:
    """Note that a mail came, known by the hash `message`, about the delivery, what became of it and
    why: in the caller's transaction, if there is one. Raises Again."""
    told = reason and kept(reason, REASON_MOST)
    if not await fetch(_TAKE, message, delivery_id, outcome.value, told):
        raise Again


# A reminder of a city's part in a project is about the project; a mention, about what its comment
# is about.
_THREAD = """
SELECT d.id AS delivery, d.person, p.email, a.kind, a.number, a.project
FROM delivery d JOIN person p ON p.id = d.person
CROSS JOIN LATERAL (
    SELECT CASE r.subject_type WHEN 'participation' THEN 'project' ELSE r.subject_type END AS kind,
           CASE r.subject_type WHEN 'participation' THEN r.project ELSE r.subject_id END AS number,
           r.project, r.due_on, r.id AS row
    FROM reminder r WHERE r.delivery = d.id
    UNION ALL
    SELECT coalesce(c.subject_type, n.subject_type), coalesce(c.subject_id, n.subject_id),
           c.project, NULL, n.id
    FROM notice n LEFT JOIN comment c ON n.subject_type = 'comment' AND c.id = n.subject_id
    WHERE n.delivery = d.id
) a
WHERE d.id = $1 AND d.created_at > $2::timestamptz - make_interval(days => $3::int)
ORDER BY a.due_on, a.row
"""

_TAKE = """
INSERT INTO inbound_mail (message_hash, delivery, outcome, reason, received_at)
VALUES ($1, (SELECT id FROM delivery WHERE id = $2), $3, $4, now())
ON CONFLICT DO NOTHING RETURNING id
"""
