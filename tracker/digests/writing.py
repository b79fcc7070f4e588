"""Writing a digest: one document, read as its reader, in their words.

The functions need `connected(settings)` and `serving(settings)` around them.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from tracker import mail
from tracker.digests import answering, briefing, content
from tracker.digests.content import Told
from tracker.digests.parts import Window
from tracker.digests.room import AMPLE, ROOMS, SHEET, WHOLE, Room
from tracker.domain.actor import PUBLIC, Actor
from tracker.domain.answers.links import ANSWER_DAYS
from tracker.domain.database import database_now
from tracker.domain.deliveries.rules import LEFT
from tracker.domain.digests import queries, reading
from tracker.domain.digests.issues import Issue
from tracker.domain.digests.queries import Recipient
from tracker.domain.digests.rules import Period, is_silent, running_period
from tracker.domain.digests.tables import DigestKind
from tracker.domain.messages import say
from tracker.domain.people.queries import readers
from tracker.domain.roles import Permission
from tracker.graphql import execute, execute_many
from tracker.graphql.waiting import asked
from tracker.locale import Reader
from tracker.mail import Mail, Withheld
from tracker.mail.addressing import contact_of
from tracker.mail.aside import aside
from tracker.settings import Settings

Tell = Callable[[dict[str, Any], Window, Mapping[str, bool], Room], Told]

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Sent:
    """A digest that was written: its number, its period, and when its data were read."""

    number: int
    period: Period
    composed_at: datetime


@dataclass(frozen=True)
class Digest(Mail):
    """A digest as its copies say it; `written` is the same with places for links that answer for
    its decisions (`answering`), for the mail to its reader, as whom it was read, from `read_at` on;
    `sheet` is the HTML that its briefing was made of, or none."""

    reader: Actor
    written: Mail
    read_at: datetime
    sheet: str | None = field(default=None, kw_only=True)


LATE = timedelta(days=2)
"""From when on a digest says that it is: later than quiet hours and the relays' short absences make
it, so that its period is not what its reader takes for today."""


async def preview(settings: Settings, recipient: Recipient, actor: Actor | None = None) -> Mail:
    """The digest of the time since the last one, as the person would get it now; nothing is kept.
    On the web it is read as the `actor` of the session, who may see less than their mailbox."""
    return await write(settings, recipient, await _coming(recipient), actor=actor)


async def sheet(settings: Settings, recipient: Recipient, actor: Actor) -> Mail:
    """The same with what its briefing has room for."""
    question = _question(recipient, await _coming(recipient), None, actor, await database_now())
    data = await _read(question)
    return await asyncio.to_thread(_laid_out, settings, question, data, content.told)


async def whole(
    settings: Settings, recipient: Recipient, actor: Actor, of: Sent | None = None
) -> Mail:
    """All that there is to say of a digest's period by now, else of that of the next one, read as
    the actor of the session: a page, and no mail, because it may be long."""
    period = of.period if of else await _coming(recipient)
    question = _question(recipient, period, None, actor, await database_now())
    if of:
        question = replace(question, copy=str(of.number), mailed_at=of.composed_at)
    data = await _read(question)
    made = await asyncio.to_thread(_rendered, settings, question, data, AMPLE, content.told)
    return answering.copy(made)


async def _coming(recipient: Recipient) -> Period:
    """The time since the last digest that the person received."""
    period = running_period(*await queries.taking(recipient.person_id), await database_now())
    since = await queries.received_until(recipient.person_id)
    return replace(period, from_=since or period.from_)


async def write(
    settings: Settings,
    recipient: Recipient,
    period: Period,
    issue: Issue | None = None,
    actor: Actor | None = None,
) -> Mail:
    """The mail, from what the recipient (or `actor`, as whom they ask) may see at this moment.
    Raises Withheld, also where there is nothing to say."""
    if actor is None:
        actor = (await readers([recipient.person_id])).get(recipient.person_id, PUBLIC)
    question = _question(recipient, period, issue, actor, await database_now())
    return _worded(settings, question, await _read(question))


async def write_many(
    settings: Settings, issues: Sequence[tuple[Recipient, Issue]]
) -> list[Digest | Exception]:
    """The mails of several issues, each as `write` makes it, or raises; read together."""
    now = await database_now()
    actors = await readers(recipient.person_id for recipient, _ in issues)
    questions = [
        _question(recipient, issue.period, issue, actors.get(recipient.person_id, PUBLIC), now)
        for recipient, issue in issues
    ]
    read: dict[int, dict[str, Any] | Exception] = {}
    for name in {each.name for each in questions}:
        places = [place for place, each in enumerate(questions) if each.name == name]
        read |= zip(places, await _read_all(name, [questions[n] for n in places]), strict=True)
    answered = [(question, read[place]) for place, question in enumerate(questions)]
    return await aside(_all_worded, settings, answered)


@dataclass(frozen=True)
class _Question:
    """What is asked for one mail: the name of its document, the variables, and as whom; the last
    part of its page's address and, for what is said after it, when it was written."""

    name: str
    variables: dict[str, Any]
    actor: Actor
    recipient: Recipient
    period: Period
    issue: Issue | None
    window: Window
    copy: str
    mailed_at: datetime | None = None


async def _read(question: _Question) -> dict[str, Any]:
    name = question.name
    return await execute(_document(name), question.variables, question.actor, name.capitalize())


async def _read_all(name: str, questions: Sequence[_Question]) -> list[dict[str, Any] | Exception]:
    """What `_read` gives for each, who all ask one document. What is told of projects is read as
    somebody with the reader's roles, whoever they are: once for all readers of a city. Nobody may
    change it."""
    asked = [(each.variables, each.actor) for each in questions]
    if name != "digest":
        return await execute_many(_document(name), asked)
    anybody = [(each.variables, replace(each.actor, person_id=None)) for each in questions]
    own, told = await asyncio.gather(
        execute_many(_document(name), asked, "Own"),
        execute_many(_document(name), anybody, "Told"),
    )
    return [_joined(*each) for each in zip(own, told, strict=True)]


def _joined(
    own: dict[str, Any] | Exception, told: dict[str, Any] | Exception
) -> dict[str, Any] | Exception:
    if isinstance(own, Exception):
        return own
    return told if isinstance(told, Exception) else own | told


def _question(
    recipient: Recipient, period: Period, issue: Issue | None, actor: Actor, now: datetime
) -> _Question:
    reader = Reader.of(recipient.language, recipient.time_zone)
    window = Window(period.from_, period.to, now, reader)
    variables: dict[str, Any] = {
        "from": window.from_.isoformat(),
        "to": window.to.isoformat(),
        "today": window.today.isoformat(),
        "secretariat": actor.secretariat,
        **asked(actor),
    }
    name = "digest"
    if issue is not None and issue.kind == DigestKind.CLOSING:
        name, variables = "closing", {"project": f"Project:{issue.project_id}"}
    copy = str(issue.id) if issue else "preview"
    return _Question(name, variables, actor, recipient, period, issue, window, copy)


def _all_worded(
    settings: Settings, answered: Sequence[tuple[_Question, dict[str, Any] | Exception]]
) -> list[Digest | Exception]:
    found: list[Digest | Exception] = []
    tell = _once()
    for question, data in answered:
        try:
            made = data if isinstance(data, Exception) else _worded(settings, question, data, tell)
        except Exception as error:  # noqa: BLE001 - one mail's own
            found.append(error)
        else:
            found.append(made)
    return found


def _once() -> Tell:
    """`content.told`, once for all who read one answer in one language and zone."""
    made: dict[tuple[Any, ...], Told] = {}

    def tell(
        data: dict[str, Any], window: Window, deciding: Mapping[str, bool], room: Room
    ) -> Told:
        several = len(data["cities"]["nodes"]) > 1
        order = frozenset(deciding) if several else None
        about = (id(data["cities"]), id(data.get("projects")), window, order, room)
        if about not in made:
            made[about] = content.told(data, window, deciding, room)
        return made[about]

    return tell


def _worded(
    settings: Settings, question: _Question, data: dict[str, Any], tell: Tell = content.told
) -> Digest:
    """Choose what to show of the answer, and put it into words: as much as a mail has room for."""
    issue, zone, now = question.issue, question.recipient.time_zone, question.window.now
    made = mail.fitting(_rendered(settings, question, data, room, tell) for room in ROOMS)
    made = _leading(made, question)
    copy = answering.copy(made)
    digest = Digest(copy.language, copy.subject, copy.text, copy.html, question.actor, made, now)
    if issue is None or not issue.briefing:
        return digest
    try:
        laid_out = _laid_out(settings, question, data, tell)
        file = briefing.attached(laid_out, zone, now)
        return replace(digest, sheet=laid_out.html, attached=(file,))
    except Exception:  # better no paper than no mail
        log.exception("no briefing of digest %d", issue.id)
        return _worded(settings, replace(question, issue=replace(issue, briefing=False)), data)


def _laid_out(settings: Settings, question: _Question, data: dict[str, Any], tell: Tell) -> Mail:
    """The same for paper, which has more room than a mail."""
    made = _rendered(settings, question, data, SHEET, tell)
    return answering.copy(_leading(made, question))


def _leading(made: Mail, question: _Question) -> Mail:
    """The mail with the page that has all of it."""
    where = f"/digests/{question.copy}/whole"
    return replace(
        made,
        text=made.text.replace(f"{WHOLE}#", f"{where}#"),
        html=made.html.replace(f"{WHOLE}#", f"{where}#"),
    )


def _rendered(
    settings: Settings, question: _Question, data: dict[str, Any], room: Room, tell: Tell
) -> Mail:
    recipient, period, issue = question.recipient, question.period, question.issue
    now = question.window.now
    context = _content(question, data, room, tell)
    if issue and is_silent(period, context.get("quiet", False), issue.received_at, now):
        raise Withheld(say("There was nothing to say, and the reader was told something lately."))
    context |= {
        "base_url": settings.base_url,
        "recipient": recipient.name,
        "period_from": period.from_,
        "period_to": period.to,
        "composed_at": now,
        "copy": question.copy,
        "mailed_at": question.mailed_at,
        "answer_until": now + timedelta(days=ANSWER_DAYS),
        "verdict_url": f"{settings.base_url}/verdicts/{reading.token(issue.id)}" if issue else "",
        "briefing": issue is not None and issue.briefing,
        "contact": contact_of(settings),
        "first": issue is not None and issue.received_at is None,
        "late": issue is not None and issue.received_at is not None and now - period.to > LATE,
    }
    zone = recipient.time_zone
    return mail.render(question.name, recipient.language, context, time_zone=zone)


def _content(question: _Question, data: dict[str, Any], room: Room, tell: Tell) -> dict[str, Any]:
    window = question.window
    if question.name == "digest":
        if data["viewer"] is None:
            raise Withheld(LEFT)
        deciding = _deciding(question.actor)
        of_projects = tell(data, window, deciding, room)
        return content.digest(data, window, deciding, room, of_projects)
    if data["project"] is None:
        raise Withheld(say("The reader may no longer see the project."))
    return content.closing(data, window, room)


def _deciding(actor: Actor) -> dict[str, bool]:
    """The ids of the cities for which the reader decides, and whether as a mayor's deputy."""
    found = {city: actor.acting(Permission.DECIDE, city) for city in actor.city_ids}
    return {f"City:{city}": each.on_behalf_of is not None for city, each in found.items() if each}


@cache
def _document(name: str) -> str:
    return (mail.TEMPLATES / "emails" / name / "content.graphql").read_text()
