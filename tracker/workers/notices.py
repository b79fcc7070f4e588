"""Mails that tell people what was done to their roles and to their city's sign-on, where they are
mentioned, and what waits for their decision."""

import asyncio
import logging
from functools import cache
from typing import Any

from tracker import mail
from tracker.domain.notices import ledger
from tracker.domain.notices.ledger import Owed
from tracker.domain.people.queries import actor_by_email
from tracker.graphql import execute
from tracker.locale.words import REQUIREMENTS
from tracker.mail import Mail, Refused, Unanswered, Unreachable, render
from tracker.settings import Settings

log = logging.getLogger(__name__)

BATCH = 50
"""Mails of one run; the rest waits for the next one."""

MAILS = {
    "membership": "role",
    "sign_on": "city_sign_on",
    "delegation": "delegation",
    "comment": "mention",
    "decision": "decision",
}
"""Kind of what was changed -> the mail about it, below frontend_templates/emails."""


async def send(context: dict[str, Any]) -> None:
    """Send the mails that are owed. A relay that is away is tried again with the next run."""
    settings: Settings = context["settings"]
    for _ in range(BATCH):
        owed = await ledger.claim(settings.delivery_lease_seconds)
        if owed is None or not await _sent(settings, owed):
            return


async def _sent(settings: Settings, owed: Owed) -> bool:
    """Whether the relay can be talked to. What it refuses for good is for the log."""
    try:
        composed = await _mail(settings, owed)
        if composed is not None:
            about = owed.subject_type.replace("_", "-")
            await mail.send(settings, (owed.name, owed.email), composed, about=about)
    except Unreachable as error:
        log.warning("mails about roles and sign-ons wait for the mail relay: %s", error)
        await ledger.give_back(owed)
        return False
    except Refused as error:
        log.warning("a mail about %s was refused: %s", owed.subject, error)
        if not error.permanent:
            return True  # The lease runs out, and it is tried again.
    except (Unanswered, ValueError) as error:
        log.warning("a mail about %s may not have arrived: %s", owed.subject, error)
    await ledger.settle(owed)
    return True


async def _mail(settings: Settings, owed: Owed) -> Mail | None:
    """The mail, from what its reader may see at this moment; None where that is nothing."""
    name = MAILS[owed.subject_type]
    reader = await actor_by_email(owed.email)
    ids = {"subject": owed.subject, "doer": f"Person:{owed.doer_id}"}
    data = await execute(_document(name), ids, reader) if reader else {}
    if not data or not _stands(data["subject"]):
        return None
    told = {
        "recipient": owed.name,
        "base_url": settings.base_url,
        "reader_id": f"Person:{owed.person_id}",
        "verb": owed.verb,
        "at": owed.at,
        "requirements": REQUIREMENTS,
        **data,
    }
    return await asyncio.to_thread(render, name, owed.language, told, time_zone=owed.time_zone)


def _stands(subject: dict[str, Any] | None) -> bool:
    """Whether there is still something to tell: not of what is gone or not for this reader, of a
    comment that was withdrawn, or of a decision that somebody has settled."""
    if subject is None:
        return False
    return subject.get("text", "") is not None and subject.get("state", "PENDING") == "PENDING"


@cache
def _document(name: str) -> str:
    return (mail.TEMPLATES / "emails" / name / "content.graphql").read_text()
