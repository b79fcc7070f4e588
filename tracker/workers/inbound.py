"""Mail that comes in: a reply to a mail of ours, recorded as a comment, its files as evidence.

It is handed over by the mail server, one at a time or as a Maildir, by `tracker inbound`. A reply
counts when its address bears our token and it comes from that mail's reader; anything else is
refused and logged, and nobody is written to, because whoever made it up is not who it names. Only
the reader is told why something could not be recorded.
"""

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as POLICY
from email.utils import getaddresses

from tracker.domain.actor import Actor
from tracker.domain.answers import replies
from tracker.domain.answers.replies import Again, Thread
from tracker.domain.answers.tables import Outcome
from tracker.domain.comments.subjects import CommentSubject
from tracker.domain.database import database_now
from tracker.domain.deliveries.posting import post
from tracker.domain.errors import Invalid, Refusal
from tracker.domain.messages import Message, listed, say
from tracker.domain.milestones import attaching
from tracker.domain.outcomes import attaching as value_attaching
from tracker.domain.people import queries
from tracker.mail.reading import files_of, hash_of, is_automatic, said_new, text_of
from tracker.mail.replying import token_of
from tracker.settings import Settings
from tracker.storage import Incoming, settle

log = logging.getLogger(__name__)

BYTES_MOST = 40_000_000
FILES_MOST = 10

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


async def receive(settings: Settings, raw: bytes, recipient: str = "") -> Outcome:
    """Take one mail, as RFC 5322 bytes; `recipient` is the address it was delivered to, where the
    server says it. Returns what became of it, also when it was taken before."""
    mail = message_from_bytes(raw[:BYTES_MOST], policy=POLICY)
    message = hash_of(mail, raw)
    thread = await _thread(settings, mail, recipient, await database_now())
    try:
        if is_automatic(mail):
            return await _ended(message, thread, Outcome.IGNORED, "a program sent it")
        if thread is None:
            return await _ended(message, thread, Outcome.FORGED, "no token of ours")
        actor = await replies.actor_of(thread)
        if why := _objection(settings, mail, thread, actor):
            return await _ended(message, thread, Outcome.FORGED, why)
        assert actor
        return await _recorded(settings, Reply(mail, message, thread, actor))
    except Again:
        log.info("mail %s was taken before", message[:12])
        return Outcome.IGNORED


async def _thread(
    settings: Settings, mail: EmailMessage, recipient: str, now: datetime
) -> Thread | None:
    names = ("Delivered-To", "X-Original-To", "Envelope-To", "To", "Cc")
    given = [recipient, *(str(value) for name in names for value in mail.get_all(name, []))]
    for _, address in getaddresses(given):
        token = token_of(settings, address)
        if token and (found := await replies.thread_of(token, now)):
            return found
    return None


def _objection(
    settings: Settings, mail: EmailMessage, thread: Thread, actor: Actor | None
) -> str | None:
    """Why it does not count as its reader's, if it does not."""
    senders = [address for _, address in getaddresses([str(v) for v in mail.get_all("From", [])])]
    if len(senders) != 1 or senders[0].lower() != thread.email:
        return "not from the mail's reader"
    if actor is None or not actor.memberships:
        return "its reader has left"
    if settings.reply_authserv and not _authenticated(settings.reply_authserv, mail):
        return "not authenticated"
    return None


def _authenticated(authserv: str, mail: EmailMessage) -> bool:
    """Whether our own server says that the sender's domain stands for it. What others say is not
    looked at; ours writes its result above all else (RFC 8601, 5)."""
    for value in mail.get_all("Authentication-Results", []):
        results = re.sub(r"\([^()]*\)", "", str(value)).split(";")
        if results[0].split()[:1] == [authserv]:
            return any(re.match(r"\s*dmarc\s*=\s*pass\b", each) for each in results[1:])
    return False


async def _recorded(settings: Settings, reply: Reply) -> Outcome:
    """Files first: the same one again changes nothing, so a mail that is taken up after a crash
    loses none."""
    text, files = said_new(text_of(reply.mail)), list(files_of(reply.mail))
    if not text and not files:
        return await _ended(reply.message, reply.thread, Outcome.IGNORED, "nothing new in it")
    problems: list[Message] = []
    for name, content in files[:FILES_MOST]:
        if why := await _attached(settings, reply, name, content):
            problems.append(Message("{name}: {why}", {"name": name, "why": why}))
    outcome = await _said(reply, text, problems)
    if problems:
        await _tell(reply, problems)
    return outcome


async def _said(reply: Reply, text: str, problems: list[Message]) -> Outcome:
    try:
        if text:
            await replies.record(reply.actor, reply.thread, text, reply.message)
        else:
            await replies.take(reply.message, reply.thread, Outcome.RECORDED)
    except Refusal as refusal:
        problems.append(_why(refusal))
        return await _ended(reply.message, reply.thread, Outcome.REFUSED, str(refusal))
    return Outcome.RECORDED


def _why(refusal: Refusal) -> Message:
    """Without the names of fields, which a mail has none of."""
    if isinstance(refusal, Invalid):
        texts = [text for texts in refusal.fields.values() for text in texts]
        return Message("{texts}", {"texts": listed(texts)})
    return refusal.message


async def _attached(settings: Settings, reply: Reply, name: str, content: bytes) -> Message | None:
    """The file as evidence, after the checks of every upload; else why it is none."""
    about = reply.thread.about
    keep = KEEPERS.get(about.kind) if about else None
    if about is None or keep is None:
        return say("Files are kept with milestones and values alone.")
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


async def _tell(reply: Reply, problems: list[Message]) -> None:
    """Say to whoever replied what could not be recorded."""
    person = await queries.person(reply.thread.person_id)
    await post(person, "reply_refused", context={"problems": problems})


async def _ended(message: str, thread: Thread | None, outcome: Outcome, why: str) -> Outcome:
    await replies.take(message, thread, outcome)
    number = thread.delivery_id if thread else "-"
    log.warning("mail %s to delivery %s is %s: %s", message[:12], number, outcome, why)
    return outcome
