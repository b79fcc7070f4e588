"""Mails that remind people of what is due, and tell others when nothing was heard."""

import asyncio
import logging
from functools import cache
from typing import Any

from tracker import mail
from tracker.domain.actor import PUBLIC
from tracker.domain.people.queries import actor_by_email
from tracker.domain.reminders import ledger
from tracker.domain.reminders.ledger import Claim
from tracker.domain.reminders.tables import ReminderKind
from tracker.graphql import execute
from tracker.mail import Mail, Refused, Unanswered, Unreachable, render
from tracker.settings import Settings

log = logging.getLogger(__name__)

BATCH = 20
"""Mails of one run; the rest waits for the next one."""


async def remind(context: dict[str, Any]) -> None:
    """Owe what fell due, and send what waits. A relay that is away is tried again later."""
    settings: Settings = context["settings"]
    made = await ledger.sweep(mail.host_of(settings))
    if made:
        log.info("%d reminders fell due", len(made))
    for _ in range(BATCH):
        claim = await ledger.claim(settings.delivery_lease_seconds)
        if claim is None or not await _delivered(settings, claim):
            return


async def _delivered(settings: Settings, claim: Claim) -> bool:
    """Whether the relay can be talked to; what it says of this mail is kept with it."""
    if claim.doubtful and mail.witnessed(settings, claim.message_id):
        await ledger.sent(claim)
        return True
    made = await _compose(settings, claim)
    if made is None:
        await ledger.drop(claim)
        return True
    try:
        to = (claim.name, claim.email)
        await mail.send(settings, to, made, message_id=claim.message_id)
        await ledger.sent(claim)
    except Unreachable as error:
        log.warning("reminders wait for the mail relay: %s", error)
        await ledger.postpone(claim, str(error))
        return False
    except Refused as error:
        await ledger.postpone(claim, str(error), again=not error.permanent)
    except ValueError as error:
        await ledger.postpone(claim, str(error), again=False)
    except Unanswered as error:
        # It may have arrived, and nobody wants it twice.
        log.warning("whether a reminder was accepted by the relay is unknown: %s", error)
        await ledger.sent(claim, str(error))
    return True


async def _compose(settings: Settings, claim: Claim) -> Mail | None:
    """The mail, from what its reader may see now; None where that is nothing any more."""
    actor = await actor_by_email(claim.email) or PUBLIC
    number = f"{_type_name(claim.subject_type)}:{claim.subject_id}"
    data = await execute(_document(claim.subject_type), {"id": number}, actor)
    if data["subject"] is None:
        return None
    told = {
        "recipient": claim.name,
        "kind": claim.kind.value,
        "late": claim.kind not in (ReminderKind.AHEAD, ReminderKind.DUE),
        "about": claim.subject_type,
        "subject": data["subject"],
        "due_on": claim.due_on,
        "base_url": settings.base_url,
        "path": _path(claim, data["subject"]),
    }
    return await asyncio.to_thread(
        render, "reminder", claim.language, told, time_zone=claim.time_zone
    )


PATHS = {"status_report": "reports", "decision": "decisions"}
"""Kind of what is due -> where it has its page; else the results of the project are where."""


def _path(claim: Claim, subject: Any) -> str:
    if claim.subject_type in PATHS:
        return f"/{PATHS[claim.subject_type]}/{claim.subject_id}"
    return f"/projects/{subject['project']['code']}/results"


def _type_name(subject_type: str) -> str:
    """status_report -> StatusReport."""
    return "".join(word.capitalize() for word in subject_type.split("_"))


@cache
def _document(subject_type: str) -> str:
    return (mail.TEMPLATES / "emails" / "reminder" / f"{subject_type}.graphql").read_text()
