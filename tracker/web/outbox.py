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
from urllib.parse import quote

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Response

from tracker.domain.errors import NotFound
from tracker.domain.messages import say
from tracker.inbound import receive
from tracker.web import outbox_answers
from tracker.web.digests import sandboxed
from tracker.web.forms import PostedForm
from tracker.web.pages import AnyRequest, Page, page

NAME = re.compile(r"[0-9a-f]{64}\.[0-9]{1,6}")
"""As the catcher names files, without `.eml`."""

SHOWN = 200
"""Mails in the list, the newest."""


@dataclass(frozen=True)
class File:
    """A file that comes with a mail; its size in bytes."""

    name: str
    media_type: str
    data: bytes

    @property
    def size(self) -> int:
        """For the list."""
        return len(self.data)


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
    files: tuple[File, ...]
    mail: EmailMessage


@get("/dev/outbox")
async def listing(request: AnyRequest) -> Page:
    """All mails, the newest first."""
    mails = await asyncio.to_thread(_newest, _folder(request))
    return await page(request, "dev/outbox", mails=mails)


@get("/dev/outbox/{name:str}")
async def show(request: AnyRequest, name: FromPath[str]) -> Page:
    """One mail: its headers, its HTML in a sandbox, its text, its files, and what can come back to
    it."""
    return await _page(request, name)


@post("/dev/outbox/{name:str}/reply")
async def reply(request: AnyRequest, name: FromPath[str], form: PostedForm) -> Page:
    """Have the mail's reader reply to it: their reply comes in as from a mail server."""
    kept = await asyncio.to_thread(_one, _folder(request), name)
    return await _page(request, name, outbox_answers.reply(kept.mail, form.text("text")))


@post("/dev/outbox/{name:str}/return")
async def come_back(request: AnyRequest, name: FromPath[str], form: PostedForm) -> Page:
    """Have the mail come back, as if there were no such mailbox."""
    kept = await asyncio.to_thread(_one, _folder(request), name)
    return await _page(request, name, outbox_answers.report(kept.mail))


@get("/dev/outbox/{name:str}/files/{number:int}")
async def file(request: AnyRequest, name: FromPath[str], number: FromPath[int]) -> Response[bytes]:
    """The first file that came with the mail, or another; only a PDF is shown by the browser."""
    files = (await asyncio.to_thread(_one, _folder(request), name)).files
    if not 1 <= number <= len(files):
        raise NotFound(say("There is no such mail."))
    found = files[number - 1]
    how, kind = "attachment", "application/octet-stream"
    if found.media_type == "application/pdf":
        how, kind = "inline", found.media_type
    headers = {"Content-Disposition": f"{how}; filename*=UTF-8''{quote(found.name, safe='')}"}
    return Response(found.data, media_type=kind, headers=headers)


@get("/dev/outbox/{name:str}/html")
async def html(request: AnyRequest, name: FromPath[str]) -> Response[str]:
    """The mail's HTML alone, for its sandbox."""
    return sandboxed((await asyncio.to_thread(_one, _folder(request), name)).html)


async def _page(request: AnyRequest, name: str, coming: bytes = b"") -> Page:
    """The mail; with one that comes back to it taken first, and what became of that."""
    kept = await asyncio.to_thread(_one, _folder(request), name)
    settings = request.app.state.settings
    return await page(
        request,
        "dev/mail",
        at=f"/dev/outbox/{name}",
        mail=kept,
        replies=outbox_answers.reply_box(settings, kept.mail),
        returns=outbox_answers.return_box(settings, kept.mail),
        outcome=(await receive(settings, coming)).value if coming else None,
    )


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
        files=tuple(map(_file, mail.iter_attachments())),
        mail=mail,
    )


def _file(part: EmailMessage) -> File:
    data = part.get_payload(decode=True)
    assert isinstance(data, bytes)
    return File(part.get_filename() or "", part.get_content_type(), data)


def _part(mail: EmailMessage, kind: str) -> str:
    body = mail.get_body((kind,))
    return str(body.get_content()) if body else ""
