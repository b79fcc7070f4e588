"""The demonstration's mail server: accepts everything and keeps it in a folder.

    python -m tracker.demo.catcher --port N --dir DIR

A mail becomes `DIR/<SHA-256 of its Message-ID>.<n>.eml`, where n counts mails of the same
Message-ID from 1: a mail sent twice shows as `.2.eml`. The file is whole and on disk before the
sender is told that the mail was accepted, so the folder is a witness for doubtful deliveries.
Above the mail stands who was on its envelope (`Return-Path`; RFC 5321, 4.4), as in any mailbox:
what comes back is to be sent there.
"""

import argparse
import asyncio
import hashlib
import itertools
import os
import signal
import tempfile
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import cast

from aiosmtpd.smtp import SMTP, Envelope, Session

LOOPBACK = "127.0.0.1"


class Keeper:
    """aiosmtpd's handler: writes the mail, then says 250."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        """The reply to the end of a mail. On a full disk, "try later" rather than a lost mail."""
        sender = (envelope.mail_from or "").strip("<>")
        path = f"Return-Path: <{sender}>\r\n".encode(errors="surrogateescape")
        try:
            keep(self._folder, path + cast(bytes, envelope.content))
        except OSError as error:
            return f"452 4.3.1 {error.strerror}"
        return "250 2.0.0 kept"


def keep(folder: Path, content: bytes) -> Path:
    """Write one mail under the next free number of its Message-ID; the path of its file."""
    handle, draft = tempfile.mkstemp(dir=folder, prefix=".arriving-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        return _publish(Path(draft), folder / _digest(content))
    finally:
        os.unlink(draft)


def _publish(draft: Path, stem: Path) -> Path:
    """A link fails where a name is taken, so that no two mails get one number."""
    for number in itertools.count(1):
        path = stem.with_name(f"{stem.name}.{number}.eml")
        try:
            path.hardlink_to(draft)
        except FileExistsError:
            continue
        break
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return path


def _digest(content: bytes) -> str:
    """A mail without a Message-ID is its own identity."""
    identity = message_from_bytes(content, policy=default)["Message-ID"]
    return hashlib.sha256(str(identity).strip().encode() if identity else content).hexdigest()


async def serve(port: int, folder: Path) -> None:
    """Accept mails on the loopback address until SIGTERM or SIGINT; the folder exists."""
    loop, stopped = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    keeper = Keeper(folder)
    server = await loop.create_server(
        lambda: SMTP(keeper, enable_SMTPUTF8=True, ident="e-Sharing demonstration", loop=loop),
        LOOPBACK,
        port,
    )
    async with server:
        await stopped.wait()


def main() -> None:
    """Parse the command line and serve."""
    parser = argparse.ArgumentParser(description="Keep mails in a folder.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--dir", type=Path, required=True)
    options = parser.parse_args()
    options.dir.mkdir(parents=True, exist_ok=True)
    asyncio.run(serve(options.port, options.dir))


if __name__ == "__main__":
    main()
