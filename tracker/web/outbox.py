"""The demonstration's mailbox: every mail that its catcher kept, for everybody to read.

Nothing of this exists outside the demonstration.
"""

import asyncio
import re
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import cast

from litestar import get
from litestar.params import FromPath
from litestar.response import Response

from tracker.domain.errors import NotFound
from tracker.domain.messages import say
from tracker.web.digests import sandboxed
from tracker.web.pages import AnyRequest, Page, page

NAME = re.compile(r"[0-9a-f]{64}\.[0-9]{1,6}")
"""As the catcher names files, without `.eml`."""

SHOWN = 200
"""Mails in the list, the newest."""


@dataclass(frozen=True)
class Kept:
    """A mail as a reader sees it."""

    name: str
    subject: str
    to: str
    sender: str
    sent_at: datetime | None
    text: str
    html: str


@get("/dev/outbox")
async def listing(request: AnyRequest) -> Page:
    """All mails, the newest first."""
    mails = await asyncio.to_thread(_newest, _folder(request))
    return await page(request, "dev/outbox", mails=mails)


@get("/dev/outbox/{name:str}")
async def show(request: AnyRequest, name: FromPath[str]) -> Page:
    """One mail: its headers, its HTML in a sandbox, its text."""
    mail = await asyncio.to_thread(_one, _folder(request), name)
    return await page(request, "dev/mail", mail=mail)


@get("/dev/outbox/{name:str}/html")
async def html(request: AnyRequest, name: FromPath[str]) -> Response[str]:
    """The mail's HTML alone, for its sandbox."""
    return sandboxed((await asyncio.to_thread(_one, _folder(request), name)).html)


def _folder(request: AnyRequest) -> Path:
    settings = request.app.state.settings
    if not settings.demonstration or settings.outbox_dir is None:
        raise NotFound(say("There is no mailbox here."))
    return cast(Path, settings.outbox_dir)


def _newest(folder: Path) -> list[Kept]:
    kept = sorted(folder.glob("*.eml"), key=lambda path: path.stat().st_mtime, reverse=True)
    return [_read(path) for path in kept[:SHOWN]]


def _one(folder: Path, name: str) -> Kept:
    path = folder / f"{name}.eml"
    if not NAME.fullmatch(name) or not path.is_file():
        raise NotFound(say("There is no such mail."))
    return _read(path)


def _read(path: Path) -> Kept:
    mail = message_from_bytes(path.read_bytes(), policy=default)
    return Kept(
        name=path.stem,
        subject=str(mail["Subject"] or ""),
        to=str(mail["To"] or ""),
        sender=str(mail["From"] or ""),
        sent_at=parsedate_to_datetime(mail["Date"]) if mail["Date"] else None,
        text=_part(mail, "plain"),
        html=_part(mail, "html"),
    )


def _part(mail: EmailMessage, kind: str) -> str:
    body = mail.get_body((kind,))
    return str(body.get_content()) if body else ""
