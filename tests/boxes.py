"""Mailboxes that mails are put into: a Maildir, and a folder of an IMAP server."""

import imaplib
import mailbox
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

USER, PASSWORD = "tracker@example.org", "h/u:s@h"


@dataclass(frozen=True)
class Maildir:
    """A Maildir in a folder."""

    folder: Path

    @property
    def where(self) -> str:
        return f"maildir://{self.folder}"

    def add(self, raw: bytes) -> None:
        """Deliver a mail."""
        mailbox.Maildir(str(self.folder)).add(raw)


@dataclass(frozen=True)
class Imap:
    """The folder INBOX of a server on a port."""

    port: int

    @property
    def where(self) -> str:
        return f"imap://tracker%40example.org:h%2Fu%3As%40h@127.0.0.1:{self.port}/INBOX"

    def add(self, raw: bytes) -> None:
        """Deliver a mail."""
        with imaplib.IMAP4("127.0.0.1", self.port) as server:
            server.login(USER, PASSWORD)
            server.append("INBOX", None, None, raw)


Box = Maildir | Imap


def maildir(folder: Path) -> Maildir:
    """An empty one."""
    mailbox.Maildir(str(folder)).flush()
    return Maildir(folder)


@contextmanager
def imap() -> Iterator[Imap]:
    """A server that runs, with an empty folder."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    pymap = str(Path(sys.executable).with_name("pymap"))
    account = ("--demo-user", USER, "--demo-password", PASSWORD)
    server = subprocess.Popen(
        [pymap, "--host", "127.0.0.1", "--port", str(port), "dict", *account],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(port)
        yield Imap(port)
    finally:
        server.kill()
        server.wait()


def _wait_for(port: int) -> None:
    for _ in range(200):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.05)
    raise TimeoutError("no IMAP server")
