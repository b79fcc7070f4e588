"""Mail that comes in: a reply to a mail of ours, recorded as a comment, its files as evidence.

It is handed over by the mail server, one at a time or as a Maildir, by `tracker inbound`. A reply
counts when its address bears our token and it comes from that mail's reader; anything else is
refused and logged, and nobody is written to, because whoever made it up is not who it names. Only
the reader is told why something could not be recorded.
"""

import logging
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as POLICY
from email.utils import getaddresses, parseaddr
from hashlib import sha256
from html.parser import HTMLParser
from typing import cast

from mailparser_reply import EmailReplyParser

from tracker.domain.actor import Actor
from tracker.domain.answers import replies
from tracker.domain.answers.replies import Again, Thread
from tracker.domain.answers.tables import Outcome
from tracker.domain.comments.subjects import CommentSubject
from tracker.domain.database import database_now
from tracker.domain.deliveries.ledger import Claim
from tracker.domain.deliveries.posting import post
from tracker.domain.errors import Invalid, Refusal
from tracker.domain.messages import Message, listed, say
from tracker.domain.milestones import attaching
from tracker.domain.outcomes import attaching as value_attaching
from tracker.domain.people import queries
from tracker.settings import Settings
from tracker.storage import Incoming, settle

log = logging.getLogger(__name__)

BYTES_MOST = 40_000_000
FILES_MOST = 10
TEXT_MOST = 200_000
"""Characters of a mail that are looked through for what was written new."""

SIGNATURE = re.compile("^-- ?$", re.MULTILINE)
QUOTING = EmailReplyParser(["en", "de", "es", "fr", "it", "ko", "ja", "zh", "pl", "nl", "sv", "cs"])

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
    message = _hash(mail, raw)
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


def reply_address(settings: Settings, claim: Claim) -> str | None:
    """Where replies to a mail go that take part in a discussion; None for all others."""
    if settings.reply_address is None or claim.kind not in replies.ANSWERED:
        return None
    own, _, domain = parseaddr(settings.reply_address)[1].rpartition("@")
    return f"{own}+{replies.token_of(claim.told_by)}@{domain}"


def is_automatic(mail: EmailMessage) -> bool:
    """Whether a program sent it by itself (RFC 3834, and what came before it)."""
    submitted = str(mail.get("Auto-Submitted", "no")).partition(";")[0].strip().lower()
    precedence = str(mail.get("Precedence", "")).strip().lower()
    return (
        submitted != "no"
        or precedence in ("bulk", "junk", "list", "auto_reply")
        or any(name in mail for name in ("X-Autoreply", "X-Autorespond", "List-Id"))
        or mail.get_content_type() == "multipart/report"
        or str(mail.get("Return-Path", "")).strip() == "<>"
    )


def said_new(text: str) -> str:
    """What was written above what is quoted, and without a signature."""
    text = text[:TEXT_MOST].replace("\r\n", "\n")
    found = QUOTING.read(text).latest_reply or ""
    return _unquoted(found).strip()


def _unquoted(text: str) -> str:
    """Without quoted lines, the line that introduces the last of them in whatever language, and
    what stands below a signature's mark."""
    lines = SIGNATURE.split(text)[0].splitlines()
    kept = [line for line in lines if not line.lstrip().startswith(">")]
    if len(kept) < len(lines):
        while kept and not kept[-1].strip():
            kept.pop()
        if kept and kept[-1].rstrip().endswith((":", "：")):
            kept.pop()
    return "\n".join(kept)


async def _thread(
    settings: Settings, mail: EmailMessage, recipient: str, now: datetime
) -> Thread | None:
    names = ("Delivered-To", "X-Original-To", "Envelope-To", "To", "Cc")
    given = [recipient, *(str(value) for name in names for value in mail.get_all(name, []))]
    for _, address in getaddresses(given):
        token = _token(settings, address)
        if token and (found := await replies.thread_of(token, now)):
            return found
    return None


def _token(settings: Settings, address: str) -> str | None:
    """What stands behind the plus of our mailbox for replies."""
    own, _, domain = parseaddr(settings.reply_address or "")[1].lower().rpartition("@")
    local, _, where = address.lower().rpartition("@")
    if not own or where != domain or not local.startswith(f"{own}+"):
        return None
    return local.removeprefix(f"{own}+")


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
    text, files = said_new(_text(reply.mail)), list(_files(reply.mail))
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


def _hash(mail: EmailMessage, raw: bytes) -> str:
    """What a mail is known by; a server that delivers it twice keeps its Message-ID."""
    named = str(mail.get("Message-ID", "")).strip()
    return sha256(named.encode(errors="replace") if named else raw).hexdigest()


def _text(mail: EmailMessage) -> str:
    body = mail.get_body(("plain", "html"))
    if body is None:
        return ""
    text = _decoded(cast(EmailMessage, body))
    if body.get_content_type() != "text/html":
        return text
    reader = _Words()
    reader.feed(text[:TEXT_MOST])
    return "".join(reader.said)


def _decoded(part: EmailMessage) -> str:
    try:
        return str(part.get_content())
    except (LookupError, ValueError):  # a character set that nobody knows
        content = part.get_payload(decode=True)
        return content.decode(errors="replace") if isinstance(content, bytes) else ""


def _files(mail: EmailMessage) -> Iterator[tuple[str, bytes]]:
    for part in mail.iter_attachments():
        content = part.get_payload(decode=True)
        if isinstance(content, bytes) and content and part.get_filename():
            yield str(part.get_filename()), content


class _Words(HTMLParser):
    """The words of a mail that has no plain text, without what it quotes."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag in ("blockquote", "style", "script", "head"):
            self._hidden += 1
        elif tag in ("br", "p", "div", "li", "tr"):
            self.said.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("blockquote", "style", "script", "head"):
            self._hidden = max(self._hidden - 1, 0)

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.said.append(data)
