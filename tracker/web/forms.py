"""Forms fill the drafts of actions: text by text, naming everything that cannot be read."""

import asyncio
import dataclasses
import math
import types
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import Enum
from functools import cached_property
from typing import Annotated, Any, TypeVar
from urllib.parse import parse_qs

import msgspec
from litestar.di import NamedDependency
from litestar.exceptions import HTTPException

from tracker.domain import clock
from tracker.domain.errors import Conflict, Invalid, Refusal
from tracker.domain.messages import Message, say
from tracker.domain.problems import Problems
from tracker.locale import Reader
from tracker.throttle import TooOften
from tracker.web.forgery import FIELD, require_token
from tracker.web.pages import AnyRequest
from tracker.web.patience import SLOW, TEXT_SECONDS

Draft = TypeVar("Draft")

FORM_TYPE = "application/x-www-form-urlencoded"

UNREADABLE: dict[type, Message] = {
    date: say("“{text}” is no date; write one such as 2026-12-31.", text=""),
    Decimal: say("“{text}” is no number; write one such as {example}.", text="", example=""),
    int: say("“{text}” is no whole number; write one such as 12.", text=""),
    Enum: say("“{text}” is not offered here; choose one of the list.", text=""),
}
"""Kind of field -> what to do about a text that is none."""

EXAMPLE = Decimal("1250.5")
"""A number as its reader writes it tells which signs are read."""

NOTATION = "notation"
"""The field that says by which language's numbers the form was drawn."""

MISSING = say("This is needed.")

_Whole = Annotated[int, msgspec.Meta(ge=-(2**31), lt=2**31)]
"""What a column of whole numbers holds."""


def row_number(text: str) -> int | None:
    """A row's number as forms and addresses have it; None for what is none of ours."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def city_id(text: str) -> str:
    """A city's global id as addresses have it, with or without its kind; "" for what is none."""
    found = row_number(text.removeprefix("City:"))
    return "" if found is None else f"City:{found}"


@dataclass(frozen=True)
class Posted:
    """What a form sent: field -> texts. Knows nothing of drafts yet."""

    fields: Mapping[str, Sequence[str]]

    def text(self, name: str, default: str = "") -> str:
        """The field's text, trimmed."""
        return (self.fields.get(name) or [default])[0].strip()

    def exact(self, name: str) -> str:
        """The field's text as it was typed: in a password every character counts."""
        return (self.fields.get(name) or [""])[0]

    def texts(self, name: str) -> Sequence[str]:
        """All texts of a field that is there several times."""
        return [text.strip() for text in self.fields.get(name, ())]

    @cached_property
    def reader(self) -> Reader | None:
        """Whose notation the numbers are in: the one in which the form was drawn, since it says so
        itself. None for machine notation: of programs, and of rows that were never typed."""
        tag = self.text(NOTATION)[:35]
        return Reader(tag) if tag else None

    def number(self, text: str, reader: Reader) -> str:
        """A text of this form for a field of a page: as it was typed, or else as the page's reader
        would type it."""
        return text if self.reader else reader.typed(text)

    def within(self, fields: Mapping[str, Sequence[str]]) -> "Posted":
        """A part of the form, such as one of its rows, with numbers in the same notation."""
        return Posted({NOTATION: self.texts(NOTATION), **fields})

    @property
    def seen_version(self) -> int | None:
        """The version that the form was drawn from; None when it does not say."""
        return row_number(self.text("seen_version"))


PostedForm = NamedDependency[Posted]
"""How a handler asks for the form of its request, checked by `posted`."""

NOTHING = Posted({})
"""What an untouched form has sent."""


async def posted(request: AnyRequest) -> Posted:
    """The form of this request; a dependency of every handler that changes something.

    Raises Forbidden for a form that is not of this session, HTTPException for what is no form.
    """
    form = await sent(request)
    require_token(request, form.text(FIELD))
    return form


async def sent(request: AnyRequest) -> Posted:
    """The same for a request that no page of ours need have drawn, such as a mail program's."""
    if request.content_type[0] != FORM_TYPE:
        raise HTTPException(f"Only {FORM_TYPE} is read here.", status_code=415)
    try:
        async with asyncio.timeout(TEXT_SECONDS):
            body = (await request.body()).decode(errors="replace")
    except TimeoutError as error:
        raise HTTPException(SLOW, status_code=408) from error
    try:
        most = request.app.state.settings.form_fields
        fields = parse_qs(body, keep_blank_values=True, max_num_fields=most)
    except ValueError as error:
        raise HTTPException("The form has too many fields.", status_code=413) from error
    return Posted(fields)


def read_form(kind: type[Draft], form: Posted) -> Draft:
    """The draft that the form fills in. Raises Invalid naming every field that cannot be read.

    Fields are named as the dataclass's; those of a nested list (`evidence`) are `evidence.title`
    and `evidence.url`, once a row. Empty texts mean the default, empty rows are left out.
    """
    problems = Problems()
    values = _values(kind, form, problems)
    problems.raise_any()
    return kind(**values)


def rows(form: Posted, name: str, columns: Sequence[str]) -> list[dict[str, str]]:
    """The rows of a nested list as typed, empty ones included."""
    texts = {column: form.texts(f"{name}.{column}") for column in columns}
    size = max((len(each) for each in texts.values()), default=0)
    return [
        {column: each[at] if at < len(each) else "" for column, each in texts.items()}
        for at in range(size)
    ]


@dataclass(frozen=True)
class Failure:
    """Why a form comes back: for its page, beside what was typed."""

    status: int
    errors: Mapping[str, Sequence[str]]


def failure(refusal: Refusal) -> Failure:
    """A refusal as errors for the form. Only what the person can put right in the form comes
    back with it; everything else is raised again, for the pages of faults."""
    if isinstance(refusal, Invalid):
        return Failure(422, _by_field(refusal.fields))
    if isinstance(refusal, Conflict):
        return Failure(409, {"": [str(refusal)]})
    raise refusal


def too_often(reader: Reader, much: TooOften) -> Failure:
    """Too much of something as an error for the form, which keeps what was typed."""
    again = clock.now() + timedelta(seconds=math.ceil(much.seconds / 60) * 60)
    moment = reader.moment(again)
    message = say(
        "That was tried often enough for now; try it again after {moment}.", moment=moment
    )
    return Failure(429, {"": [message]})


def _by_field(fields: Mapping[str, Sequence[str]]) -> Mapping[str, Sequence[str]]:
    """What is wrong with an item of a list, `sectors.1.code`, is shown at the list."""
    found: dict[str, list[str]] = {}
    for name, messages in fields.items():
        found.setdefault(name.partition(".")[0], []).extend(messages)
    return found


def _values(kind: Any, form: Posted, problems: Problems, prefix: str = "") -> dict[str, Any]:
    hints = typing.get_type_hints(kind)
    values: dict[str, Any] = {}
    for field in dataclasses.fields(kind):
        optional = field.default is not dataclasses.MISSING
        found = _value(f"{prefix}{field.name}", hints[field.name], form, optional, problems)
        if found is not msgspec.UNSET:
            values[field.name] = found
    return values


def _value(name: str, hint: Any, form: Posted, optional: bool, problems: Problems) -> Any:
    """UNSET for a default, or for what was noted as a problem."""
    plain = _without_none(hint)
    inner = typing.get_args(plain)[0] if typing.get_origin(plain) is not None else None
    if inner is not None and dataclasses.is_dataclass(inner):
        return _nested(name, inner, form, problems)
    if inner is not None:
        texts = [word for text in form.texts(name) for word in text.split(",") if word.strip()]
        return [_converted(name, inner, word.strip(), form, problems) for word in texts]
    if plain is bool:
        return form.text(name) == "true"
    text = form.text(name).replace("\r\n", "\n")
    if text or plain is str:
        return _converted(name, plain, text, form, problems)
    if not optional:
        problems.add(name, MISSING)
    return msgspec.UNSET


def _nested(name: str, kind: Any, form: Posted, problems: Problems) -> list[Any]:
    columns = [field.name for field in dataclasses.fields(kind)]
    found = []
    for at, row in enumerate(rows(form, name, columns)):
        if any(row.values()):
            noted = Problems()
            values = _values(kind, form.within({k: [v] for k, v in row.items()}), noted)
            for field, messages in noted.fields.items():
                for message in messages:
                    problems.add(f"{name}.{at}.{field}", message)
            if not noted.fields:
                found.append(kind(**values))
    return found


def _converted(name: str, kind: Any, text: str, form: Posted, problems: Problems) -> Any:
    if kind is Decimal and form.reader:
        found = form.reader.read(text)
        return _unreadable(name, kind, text, form, problems) if found is None else found
    try:
        return msgspec.convert(text, _Whole if kind is int else kind, strict=False)
    except msgspec.ValidationError:
        return _unreadable(name, kind, text, form, problems)


def _unreadable(name: str, kind: Any, text: str, form: Posted, problems: Problems) -> Any:
    kinds = (each for each in UNREADABLE if issubclass(kind, each))
    message = UNREADABLE[next(kinds, Enum)]
    example = form.reader.exactly(EXAMPLE) if form.reader else str(EXAMPLE)
    told = {**message.parameters, "text": text[:40]}
    told |= {"example": example} if "example" in told else {}
    problems.add(name, Message(message.template, told))
    return msgspec.UNSET


def _without_none(hint: Any) -> Any:
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        return next(part for part in typing.get_args(hint) if part is not type(None))
    return hint
