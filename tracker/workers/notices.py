"""Mails that tell people what was done to their roles and to their city's sign-on, where they are
mentioned, what waits for their decision, and what was decided in their name."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

from tracker import mail
from tracker.digests.parts import row_number
from tracker.domain import clock
from tracker.domain.actor import Actor
from tracker.domain.answers.links import ANSWER_DAYS, DECISION, NewLink
from tracker.domain.deliveries.claims import Claim
from tracker.domain.deliveries.rules import LEFT
from tracker.domain.messages import Message
from tracker.domain.notices import mailing
from tracker.domain.notices.mailing import SETTLING, Noticed
from tracker.domain.people.queries import readers
from tracker.domain.references import Reference
from tracker.domain.resending.needless import DECIDED, NOTHING
from tracker.graphql import execute
from tracker.locale.words import REQUIREMENTS
from tracker.mail import Mail, Withheld, render
from tracker.mail.addressing import contact_of
from tracker.settings import Settings
from tracker.workers import answering
from tracker.workers.answering import Asked, Linked
from tracker.workers.composing import Composed, Maker, one_by_one

MAILS = {
    "membership": "role",
    "sign_on": "city_sign_on",
    "delegation": "delegation",
    "comment": "mention",
    "decision": "decision",
}
"""Kind of what was changed -> the mail about it, below frontend_templates/emails."""

IN_ONES_NAME = "decided_by_deputy"
"""The mail about a decision that its reader's deputy has settled."""


async def compose(settings: Settings, claims: Sequence[Claim]) -> Mapping[int, Composed]:
    """The mails of these deliveries, from what their readers may see at this moment."""
    of = await mailing.noticed(claims)
    told = {claim.id: await _tried(claim, of.get(claim.id)) for claim in claims}
    found = await answering.links_for([each for made in told.values() for each in _asked(made)])
    links = {number: tuple(each.values()) for number, each in found.items()}
    return await one_by_one(
        claims, lambda claim: _write(settings, told[claim.id], links.get(claim.own_id, ()))
    )


async def needless(claims: Sequence[Claim]) -> Mapping[int, str]:
    """Of mails that were written before, those that tell nothing any more, or not to their reader,
    and why."""
    written = [each for each in claims if each.message is not None]
    of = await mailing.noticed(written)
    found = {}
    for claim in written:
        try:
            await _read(claim, of.get(claim.id))
        except Withheld as reason:
            found[claim.id] = str(reason)
    return found


MAKER = Maker(compose, needless, reads=True)


@dataclass(frozen=True)
class _Told:
    """What a mail tells, as its reader may read it at this moment."""

    claim: Claim
    notice: Noticed
    reader: Actor
    data: dict[str, Any]


async def _tried(claim: Claim, notice: Noticed | None) -> _Told | Exception:
    try:
        return await _read(claim, notice)
    except Exception as error:  # noqa: BLE001 - one mail's own
        return error


async def _read(claim: Claim, notice: Noticed | None) -> _Told:
    """What the reader may see of it at this moment. Raises Withheld."""
    reader = (await readers([claim.person_id])).get(claim.person_id)
    if notice is None or reader is None:
        raise Withheld(LEFT)
    ids = {"subject": notice.subject, "doer": f"Person:{notice.doer_id}"}
    data = await execute(_document(_template(notice)), ids, reader)
    if why := _over(data["subject"]):
        raise Withheld(why)
    return _Told(claim, notice, reader, data)


def _asked(told: _Told | Exception) -> list[Asked]:
    """The decision that its reader settles, if it tells of one."""
    if isinstance(told, Exception) or _template(told.notice) != MAILS[DECISION]:
        return []
    subject = told.data["subject"]
    if not answering.settles(told.reader, row_number(subject["city"]), subject):
        return []
    return [(told.claim, told.reader, Reference(DECISION, told.notice.subject_id))]


async def _write(settings: Settings, told: _Told | Exception, links: Sequence[NewLink]) -> Mail:
    if isinstance(told, Exception):
        raise told
    claim, notice = told.claim, told.notice
    context = {
        "recipient": claim.name,
        "base_url": settings.base_url,
        "takes_replies": settings.reply_address is not None,
        "contact": contact_of(settings),
        "reader_id": f"Person:{claim.person_id}",
        "verb": notice.verb,
        "at": notice.at,
        "requirements": REQUIREMENTS,
        "answer": links[0].path if links else None,
        "answer_until": clock.now() + timedelta(days=ANSWER_DAYS),
        **told.data,
    }
    name = _template(notice)
    made = await asyncio.to_thread(render, name, claim.language, context, time_zone=claim.time_zone)
    return Linked(made.language, made.subject, made.text, made.html, links)


def _template(notice: Noticed) -> str:
    return IN_ONES_NAME if notice.verb in SETTLING else MAILS[notice.subject_type]


def _over(subject: dict[str, Any] | None) -> Message | None:
    """Why there is nothing to tell any more: it is gone or not for this reader, a comment was
    withdrawn, or somebody has settled a decision that was to be made."""
    if subject is None or subject.get("text", "") is None:
        return NOTHING
    return DECIDED if subject.get("state", "PENDING") != "PENDING" else None


@cache
def _document(name: str) -> str:
    return (mail.TEMPLATES / "emails" / name / "content.graphql").read_text()
