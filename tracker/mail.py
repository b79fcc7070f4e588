"""Mails: templates -> texts, texts -> bytes, bytes -> the relay.

Sending is split before the final dot (RFC 5321, 4.1.1.4): whatever fails before it was surely not
sent, whatever fails after it may have been, and the ledger has to know which.
"""

import hashlib
import re
import secrets
import smtplib
import socket
import ssl
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime, parseaddr
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from tracker.locale import Reader, install
from tracker.locale.words import ROLES
from tracker.settings import Settings

TEMPLATES = Path(__file__).parent.parent / "frontend_templates"
POLICY = SMTP_POLICY.clone(cte_type="7bit")
"""Lines end with CRLF, and bodies are encoded so that every relay takes them."""

CONNECT_SECONDS = 10.0

PORTS = {"smtp": 25, "smtps": 465}


class Unreachable(Exception):
    """The relay cannot be talked to. Nothing was sent."""


class Refused(Exception):
    """The relay said no. Nothing was sent; `permanent` (5xx) says that trying again is no use,
    `mailbox` that this is because there is no such mailbox, for anybody's mail."""

    def __init__(self, message: str, *, permanent: bool, mailbox: bool = False) -> None:
        self.permanent, self.mailbox = permanent, permanent and mailbox
        super().__init__(message)


class Unanswered(Exception):
    """The mail was handed over whole, and no answer came. It may have been accepted."""


class Withheld(Exception):
    """Its reader may no longer see what a mail is about, or it is needed no more."""


@dataclass(frozen=True)
class Mail:
    """What a person reads."""

    language: str
    subject: str
    text: str
    html: str


def render(name: str, language: str, context: Mapping[str, Any], *, time_zone: str = "UTC") -> Mail:
    """The mail of frontend_templates/emails/<name>/ in the reader's language and time zone.

    The templates see `context` and the `reader`. Raises jinja2.UndefinedError for a name that
    is in neither.
    """
    reader = Reader(language, time_zone)
    subject, text, html = (
        _templates(html=part.endswith(".html"))
        .get_template(f"emails/{name}/{part}")
        .render(context, reader=reader)
        for part in ("subject.txt", "body.txt", "body.html")
    )
    return Mail(reader.language, _one_line(subject), _tidy(text), html)


def message(
    mail: Mail, settings: Settings, to: tuple[str, str], message_id: str, at: datetime
) -> bytes:
    """The mail as it goes out, to `to` (name, address).

    Raises ValueError for an address that cannot stand in a header.
    """
    made = EmailMessage(policy=POLICY)
    made["From"] = settings.mail_from
    made["To"] = _address(*to)
    made["Subject"] = mail.subject
    made["Date"] = format_datetime(at)
    made["Message-ID"] = message_id
    made["Auto-Submitted"] = "auto-generated"  # RFC 3834: keeps out-of-office replies away
    made.set_content(mail.text)
    made.add_alternative(mail.html, subtype="html")
    made["Content-Language"] = mail.language  # last, or it moves into the first part
    return made.as_bytes()


def new_message_id(settings: Settings, about: str) -> str:
    """A Message-ID nobody else has; `about` makes it recognisable in a relay's log."""
    return f"<{about}.{secrets.token_hex(10)}@{host_of(settings)}>"


def witnessed(settings: Settings, message_id: str) -> bool | None:
    """Whether the relay has accepted this mail, as far as OUTBOX_DIR can tell; None when there
    is nobody to ask. The demonstration's catcher writes the file before it answers."""
    if settings.outbox_dir is None or not settings.outbox_dir.is_dir():
        return None
    name = hashlib.sha256(message_id.encode()).hexdigest()
    return (settings.outbox_dir / f"{name}.1.eml").exists()


class Relay:
    """A connection to the mail relay, kept from one mail to the next. It blocks: call it from a
    thread. Each answer is waited for half a lease at most, so that it comes within the lease."""

    def __init__(self, settings: Settings) -> None:
        if settings.smtp_url is None:
            raise Unreachable("SMTP_URL is not set")
        self._url = urlsplit(settings.smtp_url)
        self._sender = parseaddr(settings.mail_from)[1]
        self._hostname = host_of(settings)
        self._timeout = settings.delivery_lease_seconds / 2
        self._smtp: smtplib.SMTP | None = None
        self.name = f"{self._url.hostname}:{self._url.port or PORTS[self._url.scheme]}"

    def connect(self) -> None:
        """Have a connection, if there is none yet. Raises Unreachable or Refused."""
        try:
            self._smtp = self._smtp or self._connect()
        except Refused:
            raise
        except (OSError, ValueError) as error:  # smtplib's own are among the first
            raise Unreachable(f"{self._url.hostname}: {error}") from error

    def begin(self, recipient: str, content: bytes) -> None:
        """Hand the mail over, all but its final dot. Raises Unreachable or Refused."""
        try:
            smtp = self._smtp = self._smtp or self._connect()
            _expect(smtp.mail(self._sender), 250)
            _expect(smtp.rcpt(recipient), 250, 251, mailbox=True)
            _expect(smtp.docmd("DATA"), 354)
            smtp.send(_stuffed(content))
        except Refused:
            self.close()
            raise
        except (OSError, AttributeError) as error:  # smtplib's own, and `close` on another thread
            self.close()
            raise Unreachable(f"{self._url.hostname}: {error}") from error
        except ValueError as error:  # smtplib's check of what it is about to say
            self.close()
            raise Refused(f"cannot be said to a mail relay: {error}", permanent=True) from error

    def finish(self) -> None:
        """Send the final dot and hear the answer. Raises Refused or Unanswered."""
        assert self._smtp, "begin comes first"
        try:
            self._smtp.send(b".\r\n")
            code, text = self._smtp.getreply()
        except (OSError, AttributeError) as error:
            self.close()
            raise Unanswered(f"{self._url.hostname}: {error}") from error
        if 200 <= code < 300:
            return
        self.close()
        if not 400 <= code < 600:
            raise Unanswered(f"{self._url.hostname} answered {code} {text!r}")
        raise _refusal(code, text)

    def close(self) -> None:
        """Hang up, also on a thread that is waiting for an answer."""
        smtp, self._smtp = self._smtp, None
        if smtp is not None and smtp.sock is not None:
            with suppress(OSError):
                smtp.sock.shutdown(socket.SHUT_RDWR)
            smtp.close()

    def _connect(self) -> smtplib.SMTP:
        host, options = self._url.hostname or "localhost", parse_qs(self._url.query)
        secure = ssl.create_default_context()
        name, wait = self._hostname, min(CONNECT_SECONDS, self._timeout)
        smtp: smtplib.SMTP
        if self._url.scheme == "smtps":
            smtp = smtplib.SMTP_SSL(
                host,
                self._url.port or PORTS["smtps"],
                local_hostname=name,
                timeout=wait,
                context=secure,
            )
        else:
            smtp = smtplib.SMTP(
                host, self._url.port or PORTS["smtp"], local_hostname=name, timeout=wait
            )
        if options.get("starttls") == ["1"]:
            smtp.starttls(context=secure)
        if self._url.username:
            smtp.login(unquote(self._url.username), unquote(self._url.password or ""))
        smtp.ehlo_or_helo_if_needed()
        assert smtp.sock
        smtp.sock.settimeout(self._timeout)
        return smtp


@cache
def _templates(*, html: bool) -> Environment:
    """Escaping goes by the mail's part, not by the file's name: what both parts import or
    include is escaped in one and plain in the other."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=html,  # noqa: S701 - plain text knows no escaping
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    install(environment)
    environment.globals["role_words"] = ROLES
    return environment


def _address(name: str, address: str) -> Address:
    try:
        return Address(_one_line(name), addr_spec=address)
    except (MessageError, ValueError, IndexError) as error:  # the parser's own ways to say no
        raise ValueError(f"{address!r} is no address: {error}") from error


def _one_line(text: str) -> str:
    """Titles and names come from people: no line break of theirs may reach a header."""
    return " ".join(text.split())


def _tidy(text: str) -> str:
    """Templates leave gaps where parts have nothing to say."""
    lines = "\n".join(line.rstrip() for line in text.splitlines())
    return re.sub(r"\n{3,}", "\n\n", lines).strip() + "\n"


def host_of(settings: Settings) -> str:
    """The installation's name in Message-IDs and to relays."""
    return urlsplit(settings.base_url).hostname or "localhost"


def _stuffed(content: bytes) -> bytes:
    """Lines that begin with a dot get another one (RFC 5321, 4.5.2)."""
    return re.sub(rb"^\.", b"..", content, flags=re.MULTILINE)


def _expect(reply: tuple[int, bytes], *good: int, mailbox: bool = False) -> None:
    if reply[0] not in good:
        raise _refusal(*reply, mailbox=mailbox)


def _refusal(code: int, text: bytes, *, mailbox: bool = False) -> Refused:
    """Anything that is not clearly permanent may be tried again. Whether it is the mailbox that is
    refused, an enhanced status code says (RFC 3463: 1.x the address, 2.1 a mailbox that is off),
    or, where there is none, `mailbox`: that it was asked for its recipient."""
    words = text.decode(errors="replace")
    status = re.match(r"5\.(\d{1,3})\.(\d{1,3})\b", words)
    if status:
        mailbox = status[1] == "1" or status.groups() == ("2", "1")
    return Refused(f"{code} {words}", permanent=500 <= code < 600, mailbox=mailbox)
