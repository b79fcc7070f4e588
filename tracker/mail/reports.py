"""What mail servers report of mails that they took: that one could not be delivered (RFC 3464),
that its reader complained (RFC 5965). What does not keep to these is not guessed at."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage, Message
from email.utils import parseaddr
from typing import cast

from tracker.mail.errors import NO_MAILBOX
from tracker.mail.parsing import parts_of

ACTIONS = ("failed", "delayed", "delivered", "relayed", "expanded")
STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")

UNWANTED = ("abuse", "fraud")
"""Kinds of feedback that are complaints: the rest tells of viruses, or that all is well."""


@dataclass(frozen=True)
class Fate:
    """What became of a mail for one recipient, under all names that are told of them."""

    recipients: frozenset[str]
    action: str
    status: str
    said: str

    @property
    def no_mailbox(self) -> bool:
        """Whether it is because there is no such mailbox, for anybody's mail."""
        return self.action == "failed" and bool(NO_MAILBOX.match(self.status))

    def __str__(self) -> str:
        """What the server said, behind the status, unless it says that itself."""
        if re.search(rf"(?<![\d.]){re.escape(self.status)}(?!\.?\d)", self.said):
            return self.said
        return f"{self.status} {self.said}".strip()


@dataclass(frozen=True)
class Feedback:
    """What a reader's provider passes on, of which kind; and who stood on the envelope of the mail
    that it is about, as far as it tells."""

    kind: str
    senders: frozenset[str]

    @property
    def unwanted(self) -> bool:
        """Whether its reader complained."""
        return self.kind in UNWANTED


def is_report(mail: EmailMessage) -> bool:
    """Whether it is meant to be read by programs like this one."""
    return mail.get_content_type() == "multipart/report"


def fates(mail: EmailMessage) -> list[Fate]:
    """What a delivery status notification tells, by recipient; nothing of what is none."""
    groups = _groups(mail, "delivery-status")
    return [fate for group in groups[1:] if (fate := _fate(group))]


def feedback(mail: EmailMessage) -> Feedback | None:
    """What a feedback report tells; None for what is none."""
    found = _groups(mail, "feedback-report")
    told = found[0] if found else Message()
    kind = _line(told, "Feedback-Type").lower()
    if not (kind and _line(told, "User-Agent") and _line(told, "Version")):
        return None
    senders = [*_lines(told, "Original-Mail-From"), *_returns(mail)]
    return Feedback(kind, frozenset(parseaddr(each)[1].lower() for each in senders) - {""})


def _groups(mail: EmailMessage, kind: str) -> list[Message]:
    """The groups of fields of the report's second part, which machines are to read."""
    parts = parts_of(mail)
    named = str(mail.get_param("report-type", "")).lower()
    if not is_report(mail) or named != kind or len(parts) < 2:
        return []
    if parts[1].get_content_type() != f"message/{kind}":
        return []
    return parts_of(parts[1])


def _fate(group: Message) -> Fate | None:
    action = _line(group, "Action").partition(" ")[0].lower()
    status = STATUS.match(_line(group, "Status"))
    names = ("Final-Recipient", "Original-Recipient")
    recipients = frozenset(_typed(each).lower() for name in names for each in _lines(group, name))
    if not status or action not in ACTIONS or not _line(group, "Final-Recipient"):
        return None
    return Fate(recipients, action, status[0], _typed(_line(group, "Diagnostic-Code")))


def _typed(text: str) -> str:
    """The value of a field that begins with the type that it is of, as in `rfc822; a@b.example`."""
    return text.partition(";")[2].strip()


def _returns(mail: EmailMessage) -> Iterator[str]:
    """Who stands on the envelope of the mail that the report encloses."""
    for part in parts_of(mail)[2:3]:
        for enclosed in parts_of(part):
            yield from _lines(enclosed, "Return-Path")
        if part.get_content_type() == "text/rfc822-headers":
            headers = cast(bytes, part.get_payload(decode=True) or b"")
            yield from re.findall(r"(?mi)^Return-Path:\s*(\S+)", headers.decode(errors="replace"))


def _lines(group: Message, name: str) -> list[str]:
    return [" ".join(str(each).replace("\0", "").split()) for each in group.get_all(name, [])]


def _line(group: Message, name: str) -> str:
    return next(iter(_lines(group, name)), "")
