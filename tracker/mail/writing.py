"""Texts -> the bytes that go out."""

import secrets
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime
from urllib.parse import urlsplit

from tracker.mail.rendering import Mail, one_line
from tracker.settings import Settings

POLICY = SMTP_POLICY.clone(cte_type="7bit")
"""Lines end with CRLF, and bodies are encoded so that every relay takes them."""


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


def host_of(settings: Settings) -> str:
    """The installation's name in Message-IDs and to relays."""
    return urlsplit(settings.base_url).hostname or "localhost"


def _address(name: str, address: str) -> Address:
    try:
        return Address(one_line(name), addr_spec=address)
    except (MessageError, ValueError, IndexError) as error:  # the parser's own ways to say no
        raise ValueError(f"{address!r} is no address: {error}") from error
