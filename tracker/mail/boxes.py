"""Mailboxes that are looked into: a Maildir, or one on an IMAP server (RFC 3501). All of it waits,
so it is to be called in a thread."""

import imaplib
import os
import ssl
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from email.parser import BytesHeaderParser
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from tracker.mail.parsing import POLICY

PORTS = {"imap": 143, "imaps": 993}
ANSWER_SECONDS = 30.0
CLOCKS_APART = timedelta(hours=1)
HEAD_BYTES = 65_536
"""In which a mail's Message-ID stands."""

MAIL_BYTES = 40_000_000
"""Of a mail that is taken. One byte more is read, by which a larger one is known."""


class BoxAway(Exception):
    """The mailbox cannot be looked into now."""


class MailAway(Exception):
    """One mail in it cannot be read."""


class Box(Protocol):
    """An open mailbox."""

    def holding(self, message_ids: Collection[str], since: datetime) -> set[str]:
        """Those of the Message-IDs whose mails are here, of mails that came since then."""
        ...

    def unread(self) -> list[str]:
        """Keys of the mails that nobody has read or set aside, the oldest first."""
        ...

    def read(self, key: str) -> bytes:
        """The mail, as far as MAIL_BYTES and one more. Raises MailAway."""
        ...

    def mark_read(self, key: str) -> None:
        """Have it read."""
        ...

    def set_aside(self, key: str) -> None:
        """Leave it to people: unread, and flagged."""
        ...


def shown(where: str) -> str:
    """The mailbox, without who signs in there."""
    url = urlsplit(where)
    return f"{url.scheme}://{url.hostname or ''}{url.path}"


@contextmanager
def opened(where: str) -> Iterator[Box]:
    """The mailbox at `maildir:///path` or `imaps://user:password@host/folder`, for the block.
    Raises BoxAway, also for what goes wrong with it in the block."""
    url = urlsplit(where)
    try:
        if url.scheme == "maildir":
            yield _Maildir(Path(unquote(url.path)))
        else:
            with _signed_in(url) as server:
                yield _Imap(server)
    except (OSError, imaplib.IMAP4.error) as error:
        raise BoxAway(f"{url.scheme}://{url.hostname or url.path}: {error}") from error


class _Maildir:
    """Files in `new` until they are read, then in `cur` with flags behind their names."""

    def __init__(self, folder: Path) -> None:
        self._new, self._read = folder / "new", folder / "cur"
        for each in (self._new, self._read):
            os.stat(each)  # raises OSError

    def holding(self, message_ids: Collection[str], since: datetime) -> set[str]:
        # A mail that another program moves meanwhile raises OSError: then nothing is known.
        wanted, found = set(message_ids), set[str]()
        oldest = (since - CLOCKS_APART).timestamp()
        for folder in (self._new, self._read):
            for entry in os.scandir(folder):
                if wanted > found and entry.stat().st_mtime >= oldest:
                    found |= wanted & {_message_id(Path(entry.path))}
        return found

    def unread(self) -> list[str]:
        files = sorted(os.scandir(self._new), key=lambda each: each.stat().st_mtime_ns)
        return [each.name for each in files]

    def read(self, key: str) -> bytes:
        try:
            with (self._new / key).open("rb") as file:
                return file.read(MAIL_BYTES + 1)
        except OSError as error:
            raise MailAway(str(error)) from error

    def mark_read(self, key: str) -> None:
        self._flag(key, "S")

    def set_aside(self, key: str) -> None:
        self._flag(key, "F")

    def _flag(self, key: str, flag: str) -> None:
        (self._new / key).rename(self._read / f"{key.partition(':')[0]}:2,{flag}")


def _message_id(path: Path) -> str:
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    found = BytesHeaderParser(policy=POLICY).parsebytes(head)["Message-ID"]
    return str(found or "").strip()


class _Imap:
    """A folder that is selected. Mails go by their UIDs, and by the number that a folder gets anew
    where its UIDs begin anew (UIDVALIDITY; RFC 3501, 2.3.1.1)."""

    def __init__(self, server: imaplib.IMAP4) -> None:
        self._server = server
        told = server.response("UIDVALIDITY")[1][-1]
        self._since = told.decode() if isinstance(told, bytes) else ""

    def holding(self, message_ids: Collection[str], since: datetime) -> set[str]:
        day = (since - timedelta(days=1)).strftime("%d-%b-%Y")
        return {
            each
            for each in message_ids
            if self._found("SINCE", day, "HEADER", "Message-ID", _quoted(each))
        }

    def unread(self) -> list[str]:
        return [f"{self._since}/{uid}" for uid in self._found("UNSEEN", "UNFLAGGED")]

    def read(self, key: str) -> bytes:
        for each in self._said("FETCH", _uid(key), f"(BODY.PEEK[]<0.{MAIL_BYTES + 1}>)"):
            if isinstance(each, tuple):
                content: bytes = each[1]
                return content
        raise MailAway(f"mail {key} is gone")

    def mark_read(self, key: str) -> None:
        self._said("STORE", _uid(key), "+FLAGS.SILENT", r"(\Seen)")

    def set_aside(self, key: str) -> None:
        self._said("STORE", _uid(key), "+FLAGS.SILENT", r"(\Flagged)")

    def _found(self, *criteria: str) -> list[str]:
        return [key for line in self._said("SEARCH", *criteria) for key in line.decode().split()]

    def _said(self, *command: str) -> list[Any]:
        told, data = self._server.uid(*command)
        if told != "OK":
            raise imaplib.IMAP4.error(f"{command[0]}: {data}")
        return [each for each in data if each is not None]


def _uid(key: str) -> str:
    return key.rpartition("/")[2]


@contextmanager
def _signed_in(url: SplitResult) -> Iterator[imaplib.IMAP4]:
    """The server, with the folder open."""
    secure, host = ssl.create_default_context(), url.hostname or "localhost"
    server: imaplib.IMAP4
    if url.scheme == "imaps":
        port = url.port or PORTS[url.scheme]
        server = imaplib.IMAP4_SSL(host, port, ssl_context=secure, timeout=ANSWER_SECONDS)
    else:
        server = imaplib.IMAP4(host, url.port or PORTS[url.scheme], timeout=ANSWER_SECONDS)
    with server:
        if parse_qs(url.query).get("starttls") == ["1"]:
            server.starttls(secure)
        server.login(_quoted(unquote(url.username or "")), unquote(url.password or ""))
        folder = unquote(url.path.strip("/")) or "INBOX"
        told, data = server.select(_quoted(folder))
        if told != "OK":
            raise imaplib.IMAP4.error(f"folder {folder}: {data}")
        yield server


def _quoted(text: str) -> str:
    """A string of IMAP's; the library quotes passwords alone."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
