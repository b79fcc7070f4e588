"""Mails that remind people of what is due, and tell others when nothing was heard."""

import asyncio
import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from tracker import mail
from tracker.digests.parts import nodes, row_number
from tracker.digests.room import Part
from tracker.domain import clock
from tracker.domain.actor import PUBLIC, Actor
from tracker.domain.answers.links import ANSWER_DAYS, DECISION, MILESTONE, NewLink
from tracker.domain.deliveries.claims import Claim
from tracker.domain.messages import say
from tracker.domain.milestones.rules import owner
from tracker.domain.people.queries import readers
from tracker.domain.references import Reference
from tracker.domain.reminders import mailing
from tracker.domain.reminders.mailing import Reminded
from tracker.domain.reminders.tables import ReminderKind
from tracker.graphql import execute_many
from tracker.mail import Mail, Withheld, fitting, render
from tracker.mail.addressing import contact_of
from tracker.settings import Settings
from tracker.workers import answering
from tracker.workers.answering import Linked, Links
from tracker.workers.composing import Composed, Maker, told

log = logging.getLogger(__name__)


LOOKING_SHARE = 0.01
"""Of the time, at the most, in which it is looked for what has not fallen due."""

REST_MOST = timedelta(minutes=15)
"""Mornings begin on quarters of an hour, wherever they do."""


class Rest:
    """How long nobody looks, after a look that found nothing: the longer it took, the longer."""

    def __init__(self) -> None:
        self._until = datetime.min.replace(tzinfo=UTC)

    def is_over(self) -> bool:
        """Whether it is time to look again."""
        return clock.now() >= self._until

    def begin(self, looked_seconds: float) -> None:
        """Rest after such a look."""
        self._until = clock.now() + min(
            timedelta(seconds=looked_seconds / LOOKING_SHARE), REST_MOST
        )


async def sweep(context: dict[str, Any]) -> None:
    """Owe what fell due. Where nothing did, what `rest` the context has decides when to look again:
    a look takes a second or two in a portfolio of tens of thousands of projects."""
    rest: Rest = context.get("rest") or Rest()
    if not rest.is_over():
        return
    began = time.monotonic()
    made = await mailing.sweep()
    if not made:
        rest.begin(time.monotonic() - began)
    if made:
        log.info("%d reminders fell due", len(made))


async def compose(settings: Settings, claims: Sequence[Claim]) -> Mapping[int, Composed]:
    """The mails of these deliveries, from what their readers may see now; read together."""
    of = await mailing.reminded(claims)
    actors = await readers(claim.person_id for claim in claims)
    letters = [
        _Letter(
            claim,
            actors.get(claim.person_id, PUBLIC),
            [each for each in of.get(claim.id, ()) if each.needed],
            len({each.project_id for each in of.get(claim.id, ())}) == 1,
        )
        for claim in claims
    ]
    read = await _read(letters)
    written = _Written(settings, read, await _links(read), clock.now())
    # In a thread, so that mails that are ready go out in between.
    return await asyncio.to_thread(_all_worded, letters, written)


MAKER = Maker(compose, mailing.needless, answering.keep, reads=True)

SHOWN = (20, 10, 5, 2, 1)
"""Things that one mail tells, fewer where they are long; the rest it counts."""

TOLD = 3
"""People who were reminded before that are named of each, the last ones."""

PAGE = "/reminders"
"""Where all of them are."""


@dataclass(frozen=True, eq=False)
class _Letter:
    """A mail that is to be written, as whom it is read, and what it tells."""

    claim: Claim
    actor: Actor
    needed: Sequence[Reminded]
    of_one_project: bool
    """Whether a reply can be about nothing else, by all that it was owed for: that is what a reply
    is judged by (`answers/replies.py`), whatever is left to tell."""


Read = Mapping[tuple[_Letter, Reminded], Mapping[str, Any] | Exception]
"""What the reader of a letter sees of a thing, by both: `subject` is None for nothing."""


@dataclass(frozen=True)
class _Written:
    """What letters are written from: what was read, the links that they carry, and from when these
    count."""

    settings: Settings
    read: Read
    links: Links
    at: datetime


async def _read(letters: Sequence[_Letter]) -> Read:
    """Everything that the letters show, one document for each kind of thing."""
    found: dict[tuple[_Letter, Reminded], Mapping[str, Any] | Exception] = {}
    shown = [(letter, about) for letter in letters for about in letter.needed[: SHOWN[0]]]
    for kind in {about.subject_type for _, about in shown}:
        these = [each for each in shown if each[1].subject_type == kind]
        asked = [
            ({"id": f"{_type_name(kind)}:{about.subject_id}"}, letter.actor)
            for letter, about in these
        ]
        found |= zip(these, await execute_many(_document(kind), asked), strict=True)
    return found


async def _links(read: Read) -> Links:
    """A link for each milestone that its reader may hand in, and each decision that they settle."""
    return await answering.links_for(
        [
            (letter.claim, letter.actor, Reference(about.subject_type, about.subject_id))
            for (letter, about), data in read.items()
            if not isinstance(data, Exception) and data["subject"]
            if _answers(letter.actor, about, data["subject"])
        ]
    )


def _answers(actor: Actor, about: Reminded, subject: Any) -> bool:
    """Whether what is due is for the actor to answer with a link."""
    if about.subject_type == DECISION:
        return answering.settles(actor, about.city_id, subject)
    return about.subject_type == MILESTONE and owner(actor, about.city_id)


def _all_worded(letters: Sequence[_Letter], written: _Written) -> Mapping[int, Composed]:
    found: dict[int, Composed] = {}
    for letter in letters:
        made: Composed
        try:
            made = _worded(letter, written)
        except Exception as error:  # noqa: BLE001 - one mail's own
            made = told(letter.claim, error)
        found[letter.claim.id] = made
    return found


def _worded(letter: _Letter, written: _Written) -> Mail:
    """Put it into words. Raises Withheld where nothing is left to tell."""
    carried = written.links.get(letter.claim.own_id, {})
    entries = [
        entry
        for each in letter.needed[: SHOWN[0]]
        if (entry := _entry(letter.actor, each, written.read[letter, each], carried))
    ]
    if not entries:
        raise Withheld(say("The reader may no longer see what it is about."))
    beyond = len(letter.needed[SHOWN[0] :])
    return fitting(
        _rendered(letter, written, Part(entries[:most], len(entries[most:]) + beyond, PAGE))
        for most in SHOWN
    )


def _rendered(letter: _Letter, written: _Written, told: Part) -> Mail:
    claim, settings = letter.claim, written.settings
    context = {
        "recipient": claim.name,
        "entries": told.entries,
        "more": told.more,
        "where": told.where,
        "late": any(each["late"] for each in told.entries),
        "answer_until": written.at + timedelta(days=ANSWER_DAYS),
        "base_url": settings.base_url,
        "takes_replies": settings.reply_address is not None and letter.of_one_project,
        "contact": contact_of(settings),
    }
    made = render("reminder", claim.language, context, time_zone=claim.time_zone)
    carried = [each["link"] for each in told.entries if each["link"]]
    return Linked(
        *(made.language, made.subject, made.text, made.html, carried),
        takes_replies=letter.of_one_project,
    )


def _entry(
    reader: Actor,
    about: Reminded,
    data: Mapping[str, Any] | Exception,
    carried: Mapping[Reference, NewLink],
) -> dict[str, Any] | None:
    """One thing that the mail tells; None where its reader may not see it."""
    if isinstance(data, Exception):
        raise data
    if data["subject"] is None:
        return None
    link = carried.get(Reference(about.subject_type, about.subject_id))
    return {
        "kind": about.kind.value,
        "late": about.kind not in (ReminderKind.AHEAD, ReminderKind.DUE),
        "about": about.subject_type,
        "subject": data["subject"],
        "city": about.city,
        "deputy": about.subject_type == DECISION
        and answering.deputises(reader, about.city_id, data["subject"]),
        "due_on": about.due_on,
        "returned_on": returned["returnedOn"] if (returned := _returned(data["subject"])) else None,
        "path": _path(about, data["subject"]),
        "link": link,
        "answer": link.path if link else None,
        "told": _told(about, data["subject"]),
    }


def _told(about: Reminded, subject: Any) -> Part:
    """Whom it was told before, the last first."""
    rows = nodes(subject, "reminders")[::-1]
    people = [each for each in rows if each["person"]]
    where = f"{PAGE}?about={_type_name(about.subject_type)}:{about.subject_id}"
    return Part.first(people, TOLD, where)


PATHS = {"status_report": "reports", "decision": "decisions", "milestone": "milestones"}
"""Kind of what is due -> where it has its page; else the results of the project are where."""


def _path(about: Reminded, subject: Any) -> str:
    if about.subject_type in PATHS:
        return f"/{PATHS[about.subject_type]}/{about.subject_id}"
    if returned := _returned(subject):
        return f"/values/{row_number(returned)}"
    if about.subject_type == "period":
        return f"/periods/{about.subject_id}/report"
    return f"/projects/{subject['project']['code']}/results"


def _returned(subject: Any) -> Any:
    """The value that was handed in for a period, and returned; None where none was."""
    return next(iter(nodes(subject, "returned")), None) if "returned" in subject else None


def _type_name(subject_type: str) -> str:
    """status_report -> StatusReport."""
    return "".join(word.capitalize() for word in subject_type.split("_"))


@cache
def _document(subject_type: str) -> str:
    return (mail.TEMPLATES / "emails" / "reminder" / f"{subject_type}.graphql").read_text()
