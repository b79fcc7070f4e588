"""Mails that say once more what a former one said, in its very words as far as they are kept: of a
digest, without the links by which the former one answered."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from email import message_from_bytes, policy
from email.message import MIMEPart
from email.utils import parseaddr
from typing import cast

from tracker.digests import briefing
from tracker.domain.deliveries import queries
from tracker.domain.deliveries.claims import Claim
from tracker.domain.digests import issues
from tracker.domain.digests.issues import Written
from tracker.mail import Attached, Mail
from tracker.mail.addressing import token_in
from tracker.settings import Settings
from tracker.workers.composing import Composed


@dataclass(frozen=True)
class Again(Mail):
    """A mail that was written before: nothing of it is to be kept once more."""


async def written_before(settings: Settings, claims: Sequence[Claim]) -> dict[int, Composed]:
    """Those of the claims that are sent once more and whose words are kept, by their numbers."""
    former = {each.id: each.resends for each in claims if each.resends}
    kept = await queries.kept(list(former.values())) if former else {}
    found: dict[int, Composed] = {
        number: _read(settings, kept[origin]) for number, origin in former.items() if origin in kept
    }
    return found | await _copied([each for each in claims if each.id in former.keys() - found])


async def _copied(claims: Sequence[Claim]) -> dict[int, Composed]:
    """Those whose digests' copies say it, with their briefings where these had one."""
    copies = await issues.copies([each.told_by for each in claims]) if claims else {}
    return {
        each.id: await asyncio.to_thread(_of_copy, copies[each.told_by], each.time_zone)
        for each in claims
        if each.told_by in copies
    }


def _of_copy(said: Written, zone: str) -> Again:
    made = Again(said.language, said.subject, said.text, said.html)
    if said.sheet is None:
        return made
    paper = replace(made, html=said.sheet)
    return replace(made, attached=(briefing.attached(paper, zone, said.composed_at),))


def _read(settings: Settings, message: bytes) -> Again:
    mail = message_from_bytes(message, policy=policy.SMTP)
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    return Again(
        mail["Content-Language"],
        mail["Subject"],
        _words(text),
        _words(html),
        attached=tuple(_file(cast(MIMEPart, each)) for each in mail.iter_attachments()),
        takes_replies=_took_replies(settings, parseaddr(str(mail["Reply-To"] or ""))[1]),
    )


def _took_replies(settings: Settings, reply_to: str) -> bool:
    """Whether the former mail had an address of its own for replies: its words say so."""
    return bool(settings.reply_address and token_in(settings.reply_address, reply_to))


def _file(part: MIMEPart) -> Attached:
    return Attached(
        part.get_filename("") or "",
        part["Content-Type"].params["name"],
        part.get_content_type(),
        part.get_content(),
    )


def _words(part: MIMEPart | None) -> str:
    content: str = part.get_content() if part else ""
    return content.replace("\r\n", "\n")
