"""A reply to a mail of ours, recorded as a comment, its files as evidence.

It counts when its address bears our token and it comes from that mail's reader; anything else is
refused and logged, and nobody is written to, because whoever made it up is not who it names. Only
the reader is told why something could not be recorded.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from hashlib import sha256

from tracker.domain.actor import Actor
from tracker.domain.answers import replies
from tracker.domain.answers.replies import Thread
from tracker.domain.answers.tables import InboundOutcome
from tracker.domain.comments.subjects import CommentSubject
from tracker.domain.database import database_now
from tracker.domain.deliveries import queries as deliveries
from tracker.domain.deliveries.rules import LEFT
from tracker.domain.errors import Invalid, Refusal
from tracker.domain.messages import Message, listed, say
from tracker.domain.milestones import attaching
from tracker.domain.outcomes import attaching as value_attaching
from tracker.inbound.ending import UNKNOWN, ended
from tracker.inbound.telling import Refused, tell
from tracker.mail.addressing import token_in
from tracker.mail.boxes import MAIL_BYTES
from tracker.mail.parsing import parsed
from tracker.mail.reading import (
    files_of,
    is_automatic,
    passes_dmarc,
    said_hash,
    said_new,
    sender_of,
    subject_of,
    text_of,
    wants_no_answer,
)
from tracker.settings import Settings
from tracker.storage import Incoming, settle

FILES_MOST = 10
"""Files of one mail that are taken; whoever sent more is told which were not."""

PROGRAM = say("A program sent it by itself.")

NOTHING = say(
    "Nothing was found in your reply besides what it quotes. Write above or below the quoted text,"
    " or answer on the page that this mail leads to."
)

TOO_LARGE = say(
    "It is larger than {n} MB with its files, so nothing of it was taken. Send its files in several"
    " replies.",
    n=MAIL_BYTES // 1_000_000,
)

TOO_MANY = say(
    "One reply brings at most {n} files, and this one came after them. Send it in another reply.",
    n=FILES_MOST,
)

KEEPERS: dict[str, Callable[..., object]] = {
    CommentSubject.MILESTONE: attaching.attach_file,
    CommentSubject.VALUE: value_attaching.attach_file,
}
"""What takes files as evidence."""


@dataclass(frozen=True)
class Reply:
    """A mail as far as it counts."""

    mail: EmailMessage
    message: str
    thread: Thread
    actor: Actor


async def receive(
    settings: Settings,
    mail: EmailMessage,
    message: str,
    recipients: Iterable[str],
    *,
    whole: bool = True,
) -> InboundOutcome:
    """Take a mail that should be a reply; known by the hash `message`, for these recipients. Of one
    that is not `whole`, because it is too large, there are the headers alone. Raises Again for one
    that was taken before."""
    thread = await _thread(settings, recipients, await database_now())
    number = thread.delivery_id if thread else None
    if is_automatic(mail):
        return await ended(message, number, InboundOutcome.IGNORED, PROGRAM)
    if thread is None:
        return await ended(message, None, InboundOutcome.FORGED, UNKNOWN)
    actor = await replies.actor_of(thread)
    if why := _objection(settings, mail, thread, actor):
        return await ended(message, number, InboundOutcome.FORGED, why)
    assert actor
    # Only what its reader wrote is known by what it says: nobody else's can pass for it before.
    said = await asyncio.to_thread(said_hash, mail, thread.delivery_id)
    reply = Reply(mail, said or message, thread, actor)
    return await (_recorded(settings, reply) if whole else _refused(reply, "large", TOO_LARGE))


async def _thread(settings: Settings, recipients: Iterable[str], now: datetime) -> Thread | None:
    for address in recipients:
        token = token_in(settings.reply_address, address)
        if token and (found := await replies.thread_of(token, now)):
            return found
    return None


def _objection(
    settings: Settings, mail: EmailMessage, thread: Thread, actor: Actor | None
) -> Message | None:
    """Why it does not count as its reader's, if it does not."""
    if sender_of(mail) != thread.email:
        return say("It is not from the mail's reader.")
    if actor is None or not actor.memberships:
        return LEFT
    if settings.reply_authserv and not passes_dmarc(mail, settings.reply_authserv):
        return say("Its sender is not authenticated (DMARC).")
    return None


async def _recorded(settings: Settings, reply: Reply) -> InboundOutcome:
    """Files first: the same one again changes nothing, so a mail that is taken up after a crash
    loses none. One that was taken to its end brings none back that were removed since."""
    await replies.require_new(reply.message)
    kept = await deliveries.kept([reply.thread.delivery_id])
    text, files = await asyncio.to_thread(_read, reply.mail, kept.get(reply.thread.delivery_id))
    if not text and not files:
        return await _refused(reply, "nothing", NOTHING)
    problems = await _refused_files(settings, reply, files)
    kept_some = len(problems) < len(files)
    outcome = await _said(reply, text, problems)
    if problems:
        refused = outcome == InboundOutcome.REFUSED
        kept_some = kept_some or (bool(text) and not refused)
        await _tell(reply, problems, text if refused else "", kept_some)
    return outcome


def _read(mail: EmailMessage, answered: bytes | None) -> tuple[str, list[tuple[str, bytes]]]:
    """What it says new, besides the mail that it answers, if that is kept, and its files."""
    before = text_of(parsed(answered)) if answered else ""
    return said_new(text_of(mail), before), list(files_of(mail))


async def _refused(reply: Reply, name: str, why: Message) -> InboundOutcome:
    """Say to its reader why nothing of it was taken, once for each mail; its own hash stays free,
    so that it counts when it comes again and we read it better."""
    told = sha256(f"{name} {reply.message}".encode()).hexdigest()
    outcome = await ended(told, reply.thread.delivery_id, InboundOutcome.REFUSED, why)
    if not wants_no_answer(reply.mail):
        await _tell(reply, [why])
    return outcome


async def _said(reply: Reply, text: str, problems: list[Message]) -> InboundOutcome:
    try:
        if text:
            await replies.record(reply.actor, reply.thread, text, reply.message)
        else:
            await replies.take(reply.message, reply.thread.delivery_id, InboundOutcome.RECORDED)
    except Refusal as refusal:
        why = _why(refusal)
        problems.append(why)
        return await ended(reply.message, reply.thread.delivery_id, InboundOutcome.REFUSED, why)
    return InboundOutcome.RECORDED


def _why(refusal: Refusal) -> Message:
    """Without the names of fields, which a mail has none of."""
    if isinstance(refusal, Invalid):
        texts = [text for texts in refusal.fields.values() for text in texts]
        return Message("{texts}", {"texts": listed(texts)})
    return refusal.message


async def _refused_files(
    settings: Settings, reply: Reply, files: Sequence[tuple[str, bytes]]
) -> list[Message]:
    """Keep the files as evidence. Returns why others of them are none, each with its name."""
    problems: list[Message] = []
    for place, (name, content) in enumerate(files):
        if why := await _attached(settings, reply, place, name, content):
            problems.append(Message("{name}: {why}", {"name": name, "why": why}))
    return problems


async def _attached(
    settings: Settings, reply: Reply, place: int, name: str, content: bytes
) -> Message | None:
    """The file at this place of the mail as evidence, after the checks of every upload; else why it
    is none."""
    about = reply.thread.about
    keep = KEEPERS.get(about.kind) if about else None
    if about is None or keep is None:
        return say("Files are kept with milestones and values alone.")
    if place >= FILES_MOST:
        return TOO_MANY
    incoming = Incoming(settings, name)
    incoming.write(content)
    received = await incoming.finish()
    try:
        await keep(reply.actor, about.number, received)  # type: ignore[misc]
    except Refusal as refusal:
        return _why(refusal)
    finally:
        await settle(settings, [received])
    return None


async def _tell(
    reply: Reply, problems: Sequence[Message], lost: str = "", kept_some: bool = False
) -> None:
    """Say to whoever replied what could not be recorded: `problems`, and the words that are `lost`
    with it, "" for none; `kept_some` where the rest was."""
    subject = subject_of(reply.mail)
    await tell(reply.thread, reply.actor, Refused(subject, problems, lost, kept_some))
