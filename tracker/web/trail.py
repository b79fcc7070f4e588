"""The whole audit trail, as far as the reader may see it: with filters, and to take along."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, time, timedelta
from typing import Any

import orjson
from litestar import get
from litestar.params import FromPath
from litestar.response import Stream

from tracker.domain.actor import Actor
from tracker.domain.errors import Invalid, NotFound
from tracker.domain.messages import Message, say
from tracker.domain.people.identities import confirmed
from tracker.exchange import csv
from tracker.graphql import ReadError, execute
from tracker.locale import Reader
from tracker.throttle import require_room
from tracker.web.forms import city_id, row_number
from tracker.web.history import kinds, sentence
from tracker.web.identity import person_of
from tracker.web.labels import SUBJECTS
from tracker.web.naming import history
from tracker.web.pages import ABSENT, AnyRequest, Page, draw, read, reader_of
from tracker.web.programs import by_token_too
from tracker.web.proxies import address_of
from tracker.web.templates import document_of, number_of
from tracker.web.words import ROLES

PAGE_SIZE = 50
EXPORTED = 100
"""Events that an export reads at a time; so many are in memory, however long the trail is."""

TEXT_MOST = 100

SIGN_INS = {"subjectType": {"in": ["session", "sign_in_link", "half_sign_in"]}}
REFUSED_SIGN_INS = {"verb": {"eq": "refuse_sign_in"}}
WITHOUT_SIGN_INS = {"not": {"or": [SIGN_INS, REFUSED_SIGN_INS]}}
"""What hides sign-ins, in which all else can drown."""

COLUMNS = (
    *("id", "at", "sentence", "verb", "actor", "actorId", "onBehalfOf", "onBehalfOfId"),
    *("subjectType", "subjectId", "subjectVersion", "about", "project"),
    *("before", "after", "requestId"),
)


UNKNOWN = "There is no project with this code, or you may not see it. Codes look like ES-2026-0001."


@dataclass(frozen=True)
class Choice:
    """The reader's filters, as the page's address has them. `since` and `until` are civil dates
    in the reader's zone, both included."""

    who: str = ""
    role: str = ""
    city: str = ""
    kind: str = ""
    number: str = ""
    verb: str = ""
    project: str = ""
    since: str = ""
    until: str = ""
    signins: str = ""
    after: str = ""
    before: str = ""

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "Choice":
        """What is not offered counts as not chosen: addresses get mangled."""
        given = {name: query.get(name, "").replace("\x00", "").strip() for name in _names()}
        number = row_number(given["number"])
        return cls(
            **{name: value[:500] for name, value in given.items() if name in ("after", "before")},
            **{name: given[name][:TEXT_MOST] for name in ("who", "verb", "project")},
            role=given["role"] if given["role"] in ROLES else "",
            city=city_id(given["city"]),
            kind=given["kind"] if given["kind"] in SUBJECTS else "",
            number="" if number is None else str(number),
            signins="hidden" if given["signins"] == "hidden" else "",
            since=query.get("from", "")[:10],
            until=query.get("to", "")[:10],
        )

    def query(self) -> dict[str, str]:
        """The filters for another address, without a place in the list."""
        named = {f.name: getattr(self, f.name) for f in fields(self)}
        words = {"since": "from", "until": "to"}
        return {
            words.get(name, name): value
            for name, value in named.items()
            if value and name not in ("after", "before")
        }

    def filter(self, reader: Reader) -> dict[str, Any]:
        """As GraphQL takes it. Raises Invalid for days that are none."""
        actor: dict[str, Any] = {}
        if self.who:
            actor["name"] = {"contains": self.who}
        held: dict[str, Any] = {}
        if self.role:
            held["role"] = {"eq": self.role}
        if self.city:
            held["city"] = {"id": {"eq": self.city}}
        if held:
            actor["memberships"] = {"some": held}
        found: dict[str, Any] = {"actor": actor} if actor else {}
        for name, value in {"subjectType": self.kind, "verb": self.verb}.items():
            if value:
                found[name] = {"eq": value}
        if self.number:
            found["subjectId"] = {"eq": int(self.number)}
        if self.project:
            found["project"] = {"code": {"eq": self.project.upper()}}
        if self.signins:
            found |= WITHOUT_SIGN_INS
        return found | _period(self.since, self.until, reader)


@get("/audit")
async def listing(request: AnyRequest) -> Page:
    """Everything that happened and that the reader may know of, the newest first."""
    await person_of(request)
    choice, errors, filter_ = Choice.of(request.query_params), {}, {}
    await read(request, "audit/frame")
    try:
        filter_ = choice.filter(reader_of(request))
    except Invalid as invalid:
        errors = invalid.fields
    named = {"code": choice.project.upper(), "named": bool(choice.project)}
    variables: dict[str, Any] = {"first": PAGE_SIZE, "filter": filter_} | named
    if choice.after:
        variables["after"] = choice.after
    elif choice.before:
        variables = {"last": PAGE_SIZE, "before": choice.before, "filter": filter_} | named
    try:
        data = await read(request, "audit/list", variables)
    except ReadError as error:
        if not (choice.after or choice.before):
            raise
        raise Invalid({"": [say("This page of the list is no longer there.")]}) from error
    if choice.project and not data["projectByCode"]:
        errors = {**errors, "project": [say(UNKNOWN)]}
    reader = reader_of(request)
    return draw(
        request,
        "audit/list",
        data,
        status=422 if errors else 200,
        choice=choice,
        errors=errors,
        events=await history(request, data["auditEvents"]["nodes"]),
        kinds=kinds(reader),
        roles=[(name, reader.gettext(words)) for name, words in ROLES.items()],
    )


@get("/audit/{name:str}", guards=[by_token_too])
async def export(request: AnyRequest, name: FromPath[str]) -> Stream:
    """The same, as a file: CSV for spreadsheets, JSON Lines for programs."""
    actor = await person_of(request)
    if name not in EXPORTS:
        raise NotFound(ABSENT)
    await require_room("export", f"person {actor.person_id}", address_of(request.scope))
    await read(request, "audit/frame")
    reader = reader_of(request)
    wanted = Choice.of(request.query_params).filter(reader)
    media, write = EXPORTS[name]
    file = name.replace("export", "history")
    return Stream(
        exported(actor, reader, wanted, write),
        media_type=media,
        headers={"Content-Disposition": f'attachment; filename="{file}"'},
    )


Write = Callable[[Sequence[dict[str, Any]], bool], str]
"""Rows, and whether they are the first, as text."""


async def exported(
    actor: Actor, reader: Reader, filter_: Mapping[str, Any], write: Write
) -> AsyncIterator[bytes]:
    """The events that the actor may see, the newest first, some hundred at a time.

    Raises RightsChanged in the middle when the actor loses a right meanwhile."""
    variables: dict[str, Any] = {"first": EXPORTED, "filter": filter_}
    first = True
    while True:
        asking = replace(await confirmed(actor), rights=None)
        found = (await execute(document_of("audit/export"), variables, asking))["auditEvents"]
        rows = [_row(reader, event) for event in found["nodes"]]
        yield write(rows, first).encode()
        if not found["pageInfo"]["hasNextPage"]:
            return
        variables["after"], first = found["pageInfo"]["endCursor"], False


def _row(reader: Reader, event: dict[str, Any]) -> dict[str, Any]:
    who, whom = event["actor"] or {}, event["onBehalfOf"] or {}
    own = {name: event[name] for name in COLUMNS if name in event}
    return own | {
        "id": number_of(event["id"]),
        "sentence": sentence(reader, event),
        "actor": who.get("name"),
        "actorId": who.get("id"),
        "onBehalfOf": whom.get("name"),
        "onBehalfOfId": whom.get("id"),
        "about": event["about"].get("title"),
        "project": event["project"] and event["project"]["code"],
    }


def as_csv(rows: Sequence[dict[str, Any]], first: bool) -> str:
    """With a header above the first; objects as JSON, formulas made harmless."""
    cells = [[_cell(row[name]) for name in COLUMNS] for row in rows]
    text = csv.written(COLUMNS, cells)
    return text if first else text.partition("\r\n")[2]


def as_json_lines(rows: Sequence[dict[str, Any]], first: bool) -> str:
    """An object a line."""
    lines = (orjson.dumps({name: row[name] for name in COLUMNS}).decode() for row in rows)
    return "".join(f"{line}\n" for line in lines)


EXPORTS: dict[str, tuple[str, Write]] = {
    "export.csv": ("text/csv", as_csv),
    "export.jsonl": ("application/jsonl", as_json_lines),
}


def _cell(value: Any) -> Any:
    return orjson.dumps(value).decode() if isinstance(value, dict | list) else value


def _names() -> list[str]:
    return [f.name for f in fields(Choice)]


def _period(since: str, until: str, reader: Reader) -> dict[str, Any]:
    days: dict[str, date] = {}
    errors: dict[str, list[Message]] = {}
    for name, text in {"from": since, "to": until}.items():
        try:
            if text:
                days[name] = date.fromisoformat(text)
        except ValueError:
            errors[name] = [say("Write a day such as 2026-11-25.")]
    if len(days) == 2 and days["from"] > days["to"]:
        errors["to"] = [say("The period ends before it begins.")]
    if errors:
        raise Invalid(errors)
    bounds = {}
    if "from" in days:
        bounds["gte"] = midnight(days["from"], reader)
    if "to" in days and days["to"] < date.max:
        bounds["lt"] = midnight(days["to"] + timedelta(days=1), reader)
    return {"at": bounds} if bounds else {}


def midnight(day: date, reader: Reader) -> str:
    """When the day begins for the reader, ISO 8601."""
    return datetime.combine(day, time(), reader.zone).isoformat()
