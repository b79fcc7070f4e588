"""Mails that remind people of what is due, and tell others when nothing was heard."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from tracker import mail
from tracker.domain.actor import PUBLIC, Actor
from tracker.domain.deliveries.ledger import Claim
from tracker.domain.people.queries import actors_by_email
from tracker.domain.reminders import mailing
from tracker.domain.reminders.mailing import Reminded
from tracker.domain.reminders.tables import ReminderKind
from tracker.graphql import execute_many
from tracker.mail import Mail, Withheld, render
from tracker.settings import Settings
from tracker.workers.composing import Composed, Maker, told

log = logging.getLogger(__name__)


async def sweep(_context: dict[str, Any]) -> None:
    """Owe what fell due."""
    made = await mailing.sweep()
    if made:
        log.info("%d reminders fell due", len(made))


async def compose(settings: Settings, claims: Sequence[Claim]) -> Mapping[int, Composed]:
    """The mails of these deliveries, from what their readers may see now; read together."""
    of = await mailing.reminded(claims)
    actors = await actors_by_email([claim.address.lower() for claim in claims])
    letters = [
        _Letter(
            claim,
            actors.get(claim.address.lower(), PUBLIC),
            [each for each in of.get(claim.id, ()) if each.needed],
        )
        for claim in claims
    ]
    # In a thread, so that mails that are ready go out in between.
    return await asyncio.to_thread(_all_worded, settings, letters, await _read(letters))


MAKER = Maker(compose, mailing.needless)

SHOWN = 30
"""Things that one mail tells; the rest it counts."""


@dataclass(frozen=True, eq=False)
class _Letter:
    """A mail that is to be written, as whom it is read, and what it tells."""

    claim: Claim
    actor: Actor
    needed: Sequence[Reminded]


Read = Mapping[tuple[_Letter, Reminded], Mapping[str, Any] | Exception]
"""What the reader of a letter sees of a thing, by both: `subject` is None for nothing."""


async def _read(letters: Sequence[_Letter]) -> Read:
    """Everything that the letters show, one document for each kind of thing."""
    found: dict[tuple[_Letter, Reminded], Mapping[str, Any] | Exception] = {}
    shown = [(letter, about) for letter in letters for about in letter.needed[:SHOWN]]
    for kind in {about.subject_type for _, about in shown}:
        these = [each for each in shown if each[1].subject_type == kind]
        asked = [
            ({"id": f"{_type_name(kind)}:{about.subject_id}"}, letter.actor)
            for letter, about in these
        ]
        found |= zip(these, await execute_many(_document(kind), asked), strict=True)
    return found


def _all_worded(
    settings: Settings, letters: Sequence[_Letter], read: Read
) -> Mapping[int, Composed]:
    found: dict[int, Composed] = {}
    for letter in letters:
        made: Composed
        try:
            made = _worded(settings, letter, read)
        except Exception as error:  # noqa: BLE001 - one mail's own
            made = told(letter.claim, error)
        found[letter.claim.id] = made
    return found


def _worded(settings: Settings, letter: _Letter, read: Read) -> Mail:
    """Put it into words. Raises Withheld where nothing is left to tell."""
    shown = letter.needed[:SHOWN]
    entries = [found for each in shown if (found := _entry(each, read[letter, each]))]
    if not entries:
        raise Withheld("The reader may no longer see what it is about.")
    claim = letter.claim
    context = {
        "recipient": claim.name,
        "entries": entries,
        "more": len(letter.needed) - SHOWN,
        "late": any(each["late"] for each in entries),
        "base_url": settings.base_url,
        "takes_replies": settings.reply_address is not None,
    }
    return render("reminder", claim.language, context, time_zone=claim.time_zone)


def _entry(about: Reminded, data: Mapping[str, Any] | Exception) -> dict[str, Any] | None:
    """One thing that the mail tells; None where its reader may not see it."""
    if isinstance(data, Exception):
        raise data
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
