"""Mail that comes in: replies to mails of ours, and reports of what became of them.

It is handed over by the mail server, to `tracker inbound` or to `POST /inbound`, or it is fetched
from a mailbox. Each is taken once, and logged if nothing came of it.
"""

import asyncio
import logging
from email.message import EmailMessage
from hashlib import sha256

from tracker.domain.answers.replies import Again
from tracker.domain.answers.tables import InboundOutcome
from tracker.inbound import replies, reports
from tracker.inbound.ending import ended
from tracker.mail.addressing import is_same, token_in
from tracker.mail.boxes import MAIL_BYTES
from tracker.mail.parsing import Unreadable, head_of, parsed
from tracker.mail.reading import recipients_of
from tracker.mail.reports import is_report
from tracker.settings import Settings

log = logging.getLogger(__name__)


def takes_mail(settings: Settings) -> bool:
    """Whether mail may come in at all."""
    return bool(settings.reply_address or settings.bounce_address)


async def receive(settings: Settings, raw: bytes, recipient: str = "") -> InboundOutcome:
    """Take one mail, as RFC 5322 bytes; `recipient` is the address it was delivered to, where the
    server says it. Returns what became of it, also when it was taken before."""
    try:
        return await _take(settings, raw[: MAIL_BYTES + 1], recipient)
    except Again:
        log.info("a mail was taken before")
        return InboundOutcome.IGNORED


async def _take(settings: Settings, raw: bytes, recipient: str) -> InboundOutcome:
    known = sha256(raw).hexdigest()
    whole = len(raw) <= MAIL_BYTES
    try:
        mail = await asyncio.to_thread(parsed, raw if whole else head_of(raw))
    except Unreadable as error:
        return await ended(known, None, InboundOutcome.IGNORED, str(error))
    recipients = [*([recipient] if recipient else []), *recipients_of(mail)]
    if _has_come_back(settings, mail, recipients):
        return await reports.receive(settings, mail, known, recipients)
    return await replies.receive(settings, mail, known, recipients, whole=whole)


def _has_come_back(settings: Settings, mail: EmailMessage, recipients: list[str]) -> bool:
    box = settings.bounce_address
    return bool(box) and (
        is_report(mail) or any(token_in(box, each) or is_same(box, each) for each in recipients)
    )
