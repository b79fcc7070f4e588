"""Mails that remind people of what is due, and tell others when nothing was heard."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from tracker import mail
from tracker.domain.actor import PUBLIC
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


async def _write(settings: Settings, claim: Claim, about: Reminded) -> Mail:
    actor = await actor_by_email(claim.address) or PUBLIC
    number = f"{_type_name(about.subject_type)}:{about.subject_id}"
    data = await execute(_document(about.subject_type), {"id": number}, actor)
    if data["subject"] is None:
        raise Withheld("The reader may no longer see what it is about.")
    told = {
        "recipient": claim.name,
        "kind": about.kind.value,
        "late": about.kind not in (ReminderKind.AHEAD, ReminderKind.DUE),
        "about": about.subject_type,
        "subject": data["subject"],
        "due_on": about.due_on,
        "base_url": settings.base_url,
        "path": _path(about, data["subject"]),
    }
    return await asyncio.to_thread(
        render, "reminder", claim.language, told, time_zone=claim.time_zone
    )


PATHS = {"status_report": "reports", "decision": "decisions"}
"""Kind of what is due -> where it has its page; else the results of the project are where."""


def _path(about: Reminded, subject: Any) -> str:
    if about.subject_type in PATHS:
        return f"/{PATHS[about.subject_type]}/{about.subject_id}"
    return f"/projects/{subject['project']['code']}/results"


def _type_name(subject_type: str) -> str:
    """status_report -> StatusReport."""
    return "".join(word.capitalize() for word in subject_type.split("_"))


@cache
def _document(subject_type: str) -> str:
    return (mail.TEMPLATES / "emails" / "reminder" / f"{subject_type}.graphql").read_text()
