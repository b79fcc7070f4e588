"""Mails that remind people of what is due, and tell others when nothing was heard."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from tracker import mail
from tracker.domain.actor import PUBLIC, Actor
from tracker.domain.deliveries.ledger import Claim
from tracker.domain.people.queries import actor_by_email
from tracker.domain.reminders import mailing
from tracker.domain.reminders.mailing import Reminded
from tracker.domain.reminders.tables import ReminderKind
from tracker.graphql import execute
from tracker.mail import Mail, Withheld, render
from tracker.settings import Settings
from tracker.workers.composing import Composed, Maker, one_by_one

log = logging.getLogger(__name__)


async def sweep(_context: dict[str, Any]) -> None:
    """Owe what fell due."""
    made = await mailing.sweep()
    if made:
        log.info("%d reminders fell due", len(made))


async def compose(settings: Settings, claims: Sequence[Claim]) -> Mapping[int, Composed]:
    """The mails of these deliveries, from what their readers may see now."""
    of = await mailing.reminded(claims)
    return await one_by_one(claims, lambda claim: _write(settings, claim, of[claim.id]))


MAKER = Maker(compose, mailing.needless)

SHOWN = 30
"""Things that one mail tells; the rest it counts."""


async def _write(settings: Settings, claim: Claim, told: Sequence[Reminded]) -> Mail:
    actor = await actor_by_email(claim.address) or PUBLIC
    needed = [each for each in told if each.needed]
    entries = [found for each in needed[:SHOWN] if (found := await _entry(each, actor))]
    if not entries:
        raise Withheld("The reader may no longer see what it is about.")
    context = {
        "recipient": claim.name,
        "entries": entries,
        "more": len(needed) - SHOWN,
        "late": any(each["late"] for each in entries),
        "base_url": settings.base_url,
        "takes_replies": settings.reply_address is not None,
    }
    return await asyncio.to_thread(
        render, "reminder", claim.language, context, time_zone=claim.time_zone
    )


async def _entry(about: Reminded, actor: Actor) -> dict[str, Any] | None:
    """One thing that the mail tells; None where its reader may not see it."""
    number = f"{_type_name(about.subject_type)}:{about.subject_id}"
    data = await execute(_document(about.subject_type), {"id": number}, actor)
    if data["subject"] is None:
        return None
    return {
        "kind": about.kind.value,
        "late": about.kind not in (ReminderKind.AHEAD, ReminderKind.DUE),
        "about": about.subject_type,
        "subject": data["subject"],
        "city": about.city,
        "due_on": about.due_on,
        "path": _path(about, data["subject"]),
    }


PATHS = {"status_report": "reports", "decision": "decisions", "milestone": "milestones"}
"""Kind of what is due -> where it has its page; else the results of the project are where."""


def _path(about: Reminded, subject: Any) -> str:
    if about.subject_type in PATHS:
        return f"/{PATHS[about.subject_type]}/{about.subject_id}"
    if about.subject_type == "period":
        return f"/periods/{about.subject_id}/report"
    return f"/projects/{subject['project']['code']}/results"


def _type_name(subject_type: str) -> str:
    """status_report -> StatusReport."""
    return "".join(word.capitalize() for word in subject_type.split("_"))


@cache
def _document(subject_type: str) -> str:
    return (mail.TEMPLATES / "emails" / "reminder" / f"{subject_type}.graphql").read_text()
