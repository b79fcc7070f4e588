"""The fullest mails that there can be: every list longer than a mail shows, every text as long as
people may write it, in letters of three bytes each, for the longest words of a language."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    OperationDefinitionNode,
    SelectionSetNode,
    parse,
)

from tests.factories import today
from tracker.digests import answering
from tracker.digests.parts import Window
from tracker.digests.writing import Digest, _Question, _worded
from tracker.domain.actor import Actor
from tracker.domain.answers.links import NewLink
from tracker.domain.digests.issues import Issue
from tracker.domain.digests.queries import Recipient
from tracker.domain.digests.rules import Period
from tracker.domain.digests.tables import DigestKind
from tracker.domain.installation import choosing
from tracker.domain.problems import TEXT_MOST, TITLE_MOST, WORD_MOST
from tracker.domain.references import Reference
from tracker.domain.reminders.mailing import Reminded
from tracker.domain.reminders.tables import ReminderKind
from tracker.domain.roles import Role
from tracker.locale import Reader
from tracker.mail import TEMPLATES, Mail
from tracker.settings import Settings
from tracker.workers import reminders

NOW = datetime.now(UTC)
ZONE = "Asia/Seoul"

TITLE, TEXT, WORD = "가" * TITLE_MOST, "나 " * (TEXT_MOST // 2), "마" * WORD_MOST
NAME = "도" * TITLE_MOST
CITY = {"name": NAME, "localName": NAME, "languages": ["en"]}

NODES = {
    "memberships": 30, "cities": 30, "participations": 12, "projects": 100, "decisions": 24,
    "lessons": 20,
    "toAnswer": 12, "toPublish": 12, "toApprove": 12, "toAccept": 12,
    "toRevise": 12, "toReview": 12, "toAssess": 12, "missing": 100,
    "milestones": 40, "results": 4, "indicators": 3, "events": 1, "reminders": 40, "returned": 1,
}  # fmt: skip
"""How many of each connection there are."""

SAID: dict[str, Any] = {
    "title": TITLE, "name": NAME, "localName": NAME, "languages": ["en"], "unit": WORD,
    "reason": TEXT, "stateReason": TEXT, "moveReason": TEXT, "narrative": TEXT, "summary": TEXT,
    "code": "ES-2026-00001", "kind": "ENDORSE", "role": "MAYOR", "type": "OUTCOME",
    "benefit": "BOTH", "measure": "UNIT", "health": "RED", "scheduleHealth": "RED",
    "healthReason": "OUTCOMES", "reportedHealth": "GREEN", "progress": "0.5", "verb": "close",
    "amberDays": 7, "redDays": 30, "daysLate": 0, "moves": 3, "daysOverdue": 90,
    "overdue": True, "disputed": True, "totalCount": 12_345, "subjectType": "project",
    "proposedByViewer": False, "settledByViewerElsewhere": False, "askedByViewer": False,
    "baselineValue": "123456.789", "targetValue": "123456.789", "value": "123456.789",
    "achievement": "0.5", "subjectId": 1, "before": {"dueOn": today(-100).isoformat()},
    "green": 1234, "amber": 1234, "red": 1234, "unknown": 1234, "decidedAt": None,
}  # fmt: skip

USUAL = SAID | {
    "title": "Complaints with a promised day of answer: Seoul to Nairobi", "name": "San Francisco",
    "localName": "San Francisco", "unit": "days", "reason": "The line comes two weeks later.",
    "stateReason": "The agreement has expired.", "moveReason": "The line comes two weeks later.",
    "baselineValue": "41", "targetValue": "14", "value": "36", "totalCount": 12,
    "green": 12, "amber": 4, "red": 2, "unknown": 1,
}  # fmt: skip
"""The same with names of the length that most have."""

SIDES = ("DONOR", "RECIPIENT")


def mails(language: str) -> Iterator[tuple[str, Mail]]:
    """Each with what it is."""
    settings = _settings()
    with choosing(settings):
        yield "digest", _linked(_worded(settings, _question("digest", language), _digest()))
        closing = _question("closing", language)
        yield "closing", _worded(settings, closing, _Answer("closing/content").data)
        yield "reminder", _reminder(settings, language)


def usual(language: str) -> Iterator[Mail]:
    """The digests of a mayor and of an officer of the secretariat who have a lot in each part, of
    projects with usual names."""
    settings, question = _settings(), _question("digest", language)
    data = _digest(usual=True)
    mayor = {
        **data,
        "viewer": {"memberships": {"nodes": _places(data)[:1]}},
        "cities": {"nodes": data["cities"]["nodes"][:1]},
        "projects": {"nodes": []}, "portfolio": None, "toReview": None,
    }  # fmt: skip
    none: dict[str, Any] = {"nodes": []}
    officer = {
        **data, "viewer": {"memberships": none}, "cities": none,
        **dict.fromkeys(("toAnswer", "toPublish", "toApprove", "toAccept", "toRevise"), none),
    }  # fmt: skip
    assert question.issue
    issue = replace(question.issue, received_at=NOW)
    recipient = replace(question.recipient, name="Johnson")
    question = replace(question, recipient=recipient, issue=issue)
    with choosing(settings):
        for each in (mayor, officer):
            yield _linked(_worded(settings, question, each))


def _linked(made: Digest) -> Mail:
    """As its reader gets it, with links."""
    paths = dict.fromkeys(answering.asked(made.written), f"/answers/{'s' * 43}")
    return answering.mail(made.written, paths)


def _settings() -> Settings:
    return Settings.from_environment(
        {"SECRET_KEY": "only for measuring " * 3, "BASE_URL": "https://tracker.example.org"}
    )


def _question(name: str, language: str) -> _Question:
    """As the mayor of all these cities who is of the secretariat as well asks."""
    roles = {(Role.MAYOR, int(_number(each["city"]))) for each in _places(_digest())}
    actor = Actor(1, NAME, frozenset(roles | {(Role.OFFICER, None)}))
    period = Period("2026-W48", NOW - timedelta(days=7), NOW)
    kind = DigestKind.CLOSING if name == "closing" else DigestKind.PERIODIC
    return _Question(
        name, {}, actor, Recipient(1, "mayor@city.example", NAME, language, ZONE), period,
        Issue(12_345, kind, 1, period, None),
        Window(period.from_, NOW, NOW, Reader(language, ZONE)), "12345",
    )  # fmt: skip


@cache
def _digest(*, usual: bool = False) -> dict[str, Any]:
    """Everything has happened to every project."""
    data = _Answer("digest/content", USUAL if usual else SAID).data
    places = _places(data)
    for each in data["toAnswer"]["nodes"]:
        each["city"]["id"] = each["project"]["participations"]["nodes"][0]["city"]["id"]
        each["decider"]["id"] = places[0]["city"]["id"]
    for city, each in zip(data["cities"]["nodes"], places, strict=True):
        city["id"] = each["city"]["id"]
    parts = [part for city in data["cities"]["nodes"] for part in city["participations"]["nodes"]]
    for project in [*(each["project"] for each in parts), *data["projects"]["nodes"]]:
        for each in project["milestones"]["nodes"][::2]:
            moved = {"subjectType": "milestone", "verb": "move", "subjectId": int(_number(each))}
            project["events"]["nodes"].append(project["events"]["nodes"][0] | moved)
    return data


def _places(data: dict[str, Any]) -> list[Any]:
    found: list[Any] = data["viewer"]["memberships"]["nodes"]
    return found


def _number(row: dict[str, Any]) -> str:
    return str(row["id"]).partition(":")[2]


def _reminder(settings: Settings, language: str) -> Mail:
    """Of many things that are late, to a colleague of those who should have done them; all can be
    answered from it."""
    claim: Any = SimpleNamespace(id=1, own_id=1, name=NAME, language=language, time_zone=ZONE)
    told = [
        Reminded(ReminderKind.LATE_CITY, kind, number, today(-9), 1, 1, CITY, needed=True)
        for number, kind in enumerate(("milestone", "period", "status_report") * 12)
    ]
    letter = reminders._Letter(claim, Actor(1), told, of_one_project=False)
    read = {(letter, each): _Answer(f"reminder/{each.subject_type}").data for each in told}
    things = [Reference(each.subject_type, each.subject_id) for each in told]
    links = {each: NewLink(1, 1, each, "s" * 43) for each in things}
    return reminders._worded(letter, reminders._Written(settings, read, {1: links}, NOW))


class _Answer:
    """The answer to a document of mails, made field by field; each row has a number of its own."""

    def __init__(self, name: str, said: dict[str, Any] = SAID) -> None:
        self._said = said
        document = parse(Path(TEMPLATES / "emails" / f"{name}.graphql").read_text())
        self._fragments = {
            each.name.value: each
            for each in document.definitions
            if isinstance(each, FragmentDefinitionNode)
        }
        self._numbers = count(1)
        asked, *_ = (  # of several, the first asks for all that the others do
            each for each in document.definitions if isinstance(each, OperationDefinitionNode)
        )
        self.data = self._row(asked.selection_set, "")

    def _row(self, chosen: SelectionSetNode, of: str) -> dict[str, Any]:
        number = next(self._numbers)
        return {
            (each.alias or each.name).value: self._value(each, of, number)
            for each in self._fields(chosen)
        }

    def _fields(self, chosen: SelectionSetNode) -> Iterator[FieldNode]:
        for each in chosen.selections:
            if isinstance(each, FragmentSpreadNode):
                yield from self._fields(self._fragments[each.name.value].selection_set)
            else:
                yield cast(FieldNode, each)

    def _value(self, field: FieldNode, of: str, number: int) -> Any:
        name = (field.alias or field.name).value
        if field.selection_set:
            if name == "nodes":
                return [self._row(field.selection_set, of) for _ in range(NODES[of])]
            return self._row(field.selection_set, name)
        made = _made(name, of, number)
        return self._said[name] if made is None else made


def _made(name: str, of: str, number: int) -> Any:
    if name == "id":
        return f"{of.capitalize()}:{number}"
    if name == "side":
        return SIDES[number % 2]
    if name == "state":
        return "PLANNED" if of == "milestones" else "SUSPENDED"
    if name == "dueOn":
        return today(number % 100 - 50).isoformat()
    if name.endswith("On") or name == "asOf":
        return today().isoformat()
    if name == "decidedAt" and number % 2:
        return None
    if name.endswith("At") or name == "at":
        return (NOW - timedelta(hours=1)).isoformat()
    return None
