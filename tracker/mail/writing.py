"""Texts -> the bytes that go out."""

import base64
import binascii
import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime
from email.errors import MessageError
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime, parseaddr
from functools import lru_cache
from urllib.parse import urlsplit

from tracker.mail.rendering import Attached, Mail, one_line
from tracker.settings import Settings

LINE_MOST = 76
"""Characters of a line; RFC 5322, 2.1.1, has two more."""

PREFERENCES = "/preferences", "/preferences#mails"
"""Our own link as a mail has it: in its text the very end, in its HTML the link of a tag, which
nobody else's words can be, since their quotation marks are escaped."""

ASCII = bytes(range(128))

POLICY = SMTP_POLICY.clone(cte_type="7bit")
"""Lines end with CRLF, and bodies are encoded so that every relay takes them."""


def message(
    mail: Mail,
    settings: Settings,
    to: tuple[str, str],
    message_id: str,
    at: datetime,
    unsubscribe: str = "",
    reply_to: str | None = None,
) -> bytes:
    """The mail as it goes out, to `to` (name, address), signed with the keys of DKIM_KEYS; replies
    to it go to the address `reply_to`, else to the sender. Where its reader may do without such
    mails, `unsubscribe` is the address for that (RFC 8058); its words lead there too.

    Raises ValueError for an address that cannot stand in a header, or a key that is none.
    """
    boundary = hashlib.sha256(message_id.encode()).hexdigest()[:24]
    headers = [
        _same("From", settings.mail_from),
        _to(_address(*to)),
        *([_header("Reply-To", reply_to)] if reply_to else []),
        _subject(mail.subject),
        _header("Date", format_datetime(at)),
        _header("Message-ID", message_id),
        _same("Auto-Submitted", "auto-generated"),  # RFC 3834: keeps out-of-office replies away
        _same("Content-Language", mail.language),
        _same("MIME-Version", "1.0"),
    ]
    if unsubscribe:
        # Not folded: some readers of mail take only an address that stands in one line.
        headers += [
            f"List-Unsubscribe: <{unsubscribe}>\r\n".encode("ascii"),
            b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n",
        ]
    text, html = _choosing(mail, settings.base_url, unsubscribe)
    texts = [_part("plain", text), _part("html", html)]
    body = _multipart("alternative", f"=_{boundary}", texts)
    if mail.attached:
        files = [_file(each) for each in mail.attached]
        body = _multipart("mixed", f"=-{boundary}", [body, *files])
    content = b"".join(headers) + body
    if not settings.dkim_keys:
        return content
    from tracker.mail.signing import signed, signers  # few web servers sign, and it is heavy

    return signed(content, signers(domain_of(settings), settings.dkim_keys), at)


def _choosing(mail: Mail, base_url: str, unsubscribe: str) -> tuple[str, str]:
    """Its text and HTML, its own link leading to `unsubscribe` instead of to the preferences, which
    ask to sign in; never one that people wrote, since it may be quoted. Copies on the web, previews
    and paper keep to the preferences: others see those."""
    text, html = mail.text.rstrip(), mail.html
    for ours in (f"{base_url}{each}" for each in PREFERENCES if unsubscribe):
        if text.endswith(ours):
            text = text.removesuffix(ours) + unsubscribe
        html = html.replace(f'href="{ours}"', f'href="{unsubscribe}"')
    return text, html


def new_message_id(settings: Settings, about: str) -> str:
    """A Message-ID nobody else has; `about` makes it recognisable in a relay's log."""
    return f"<{about}.{secrets.token_hex(10)}@{host_of(settings)}>"


def host_of(settings: Settings) -> str:
    """The installation's name in Message-IDs and to relays."""
    return urlsplit(settings.base_url).hostname or "localhost"


def domain_of(settings: Settings) -> str:
    """The domain that mails are from, and whose keys sign them."""
    return _domain(settings.mail_from)


@lru_cache(10)
def _domain(sender: str) -> str:
    return parseaddr(sender)[1].rpartition("@")[2].lower()


def _header(name: str, value: str) -> bytes:
    """A header, encoded and folded by the library, which lets no line break through; what needs
    neither is written down, in a hundredth of the time."""
    if value.isascii() and value.isprintable() and len(name) + len(value) < LINE_MOST:
        return f"{name}: {value}\r\n".encode()
    made = EmailMessage(policy=POLICY)
    made[name] = value
    [(_, parsed)] = made.raw_items()
    folded: str = POLICY.fold(name, parsed)
    # Its first line is never empty but for the name: programs would read a blank that is not there.
    return folded.replace(f"{name}:\r\n ", f"{name}: ", 1).encode("ascii")


def _subject(words: str) -> bytes:
    """The same for words in any letters."""
    words = one_line(words)
    if _is_plain(words) and len("Subject") + len(words) < LINE_MOST:
        return _header("Subject", words)
    return f"Subject: {_folded('Subject', words)}\r\n".encode("ascii")


def _to(reader: Address) -> bytes:
    """The same for a reader whose name is in any letters."""
    if _is_plain(reader.display_name):
        return _header("To", str(reader))
    name = _folded("To", reader.display_name)
    return f"To: {name}\r\n <{reader.addr_spec}>\r\n".encode("ascii")


def _is_plain(words: str) -> bool:
    """Whether words can stand in a header as they are: not where they look as if they were encoded
    (RFC 2047, 2), since programs would show what they decode."""
    return words.isascii() and words.isprintable() and "=?" not in words


def _folded(header: str, words: str) -> str:
    """Where the new library has to fold words in other letters, it loses the blank between two
    encoded ones, and it begins plain ones on the next line; the old one does neither. A word that
    no line holds is encoded, too, which is folded anywhere."""
    plain = _is_plain(words) and max(map(len, words.split())) < LINE_MOST - len(f"{header}: ")
    charset = "us-ascii" if plain else "utf-8"
    return Header(words, charset, header_name=header).encode(splitchars=" ", linesep="\r\n")


_same = lru_cache(100)(_header)
"""For what many mails have in common: reading and folding addresses takes the library a while."""


def _part(kind: str, text: str) -> bytes:
    """One form of the mail's text, in whichever encoding is shorter; the library would take longer
    for it than for all the rest."""
    data = "\r\n".join(text.splitlines()).encode() + b"\r\n"
    if len(data.translate(None, ASCII)) * 2 < len(data) // 3:  # each would take three for one
        encoding, body = b"quoted-printable", binascii.b2a_qp(data, istext=True)
    else:
        encoding, body = b"base64", base64.encodebytes(data).replace(b"\n", b"\r\n")
    return (
        b'Content-Type: text/%s; charset="utf-8"\r\nContent-Transfer-Encoding: %s\r\n\r\n%s\r\n'
        % (kind.encode(), encoding, body)
    )


def _multipart(kind: str, boundary: str, parts: Sequence[bytes]) -> bytes:
    """Parts, each with its headers, as one (RFC 2046, 5.1)."""
    mark = boundary.encode("ascii")
    head = b'Content-Type: multipart/%s; boundary="%s"\r\n\r\n' % (kind.encode(), mark)
    return b"%s%s--%s--\r\n" % (
        head,
        b"".join(b"--%s\r\n%s" % (mark, each) for each in parts),
        mark,
    )


def _file(file: Attached) -> bytes:
    """A file, its name after RFC 2231; who knows no such names finds the plain one."""
    headers = EmailMessage(policy=POLICY)
    headers.add_header("Content-Type", file.media_type, name=file.plain)
    headers.add_header("Content-Disposition", "attachment", filename=one_line(file.name))
    headers["Content-Transfer-Encoding"] = "base64"
    data = base64.encodebytes(file.data).replace(b"\n", b"\r\n")
    return headers.as_bytes() + data + b"\r\n"


def _address(name: str, address: str) -> Address:
    try:
        return Address(one_line(name), addr_spec=address)
    except (MessageError, ValueError, IndexError) as error:  # the parser's own ways to say no
        raise ValueError(f"{address!r} is no address: {error}") from error
