"""What comes back to a mail in the demonstration's mailbox, as programs and servers would write it:
its reader's reply, and a report that there is no such mailbox (RFC 3464)."""

from email import message_from_string
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid, parseaddr

from tracker.domain import clock
from tracker.mail import addressing
from tracker.settings import Settings

HOST = "mail.example"

RETURNED = """\
Content-Type: message/delivery-status

Reporting-MTA: dns; {host}

Final-Recipient: rfc822; {reader}
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 There is no such mailbox
"""


def reply_box(settings: Settings, mail: EmailMessage) -> str | None:
    """Where replies to the mail are recorded; None where none are."""
    address = parseaddr(str(mail["Reply-To"] or ""))[1]
    return address if addressing.token_in(settings.reply_address, address) else None


def return_box(settings: Settings, mail: EmailMessage) -> str | None:
    """Where reports of the mail are taken; None where none are."""
    address = parseaddr(str(mail["Return-Path"] or ""))[1]
    return address if addressing.token_in(settings.bounce_address, address) else None


def reply(mail: EmailMessage, text: str) -> bytes:
    """What the mail's reader answers."""
    made = _from(str(mail["To"]), str(mail["Reply-To"]), f"Re: {mail['Subject']}")
    made["In-Reply-To"] = str(mail["Message-ID"])
    made.set_content(text)
    return made.as_bytes()


def report(mail: EmailMessage) -> bytes:
    """That the mail's reader has no mailbox there, as the server of their domain would write it."""
    reader = parseaddr(str(mail["To"]))[1]
    made = _from(f"MAILER-DAEMON@{HOST}", str(mail["Return-Path"]), "Undelivered Mail")
    made["Auto-Submitted"] = "auto-replied"
    made.set_content(f"Your message could not be delivered to {reader}.\n")
    made.make_mixed()
    made.attach(message_from_string(RETURNED.format(host=HOST, reader=reader), policy=SMTP))
    made.replace_header("Content-Type", "multipart/report; report-type=delivery-status")
    return made.as_bytes()


def _from(sender: str, to: str, subject: str) -> EmailMessage:
    made = EmailMessage(policy=SMTP)
    made["From"], made["To"], made["Subject"] = sender, to, subject
    made["Date"], made["Message-ID"] = format_datetime(clock.now()), make_msgid(domain=HOST)
    return made
