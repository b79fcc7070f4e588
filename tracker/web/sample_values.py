"""The smallest value for an argument or an input field, and how documents write it."""

import json
from collections.abc import Mapping
from functools import cached_property
from typing import Any, NamedTuple

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLSchema,
    is_list_type,
    is_non_null_type,
    is_required_input_field,
)

KNOWN = "Project"
"""The type that an id is of where nothing says another."""

VALUES: dict[str, object] = {
    "Int": 1,
    "Float": 1.5,
    "Boolean": True,
    "Date": "2026-06-30",
    "DateTime": "2026-06-30T00:00:00Z",
    "Decimal": "12.5",
    "JSON": {},
    "Upload": None,
}
"""Scalar -> a value of it; a file stands beside the variables, which hold null in its place."""

WORDS = {
    "code": "ES-2026-0001",
    "contains": "e",
    "country": "KE",
    "currency": "EUR",
    "email": "somebody@example.org",
    "language": "en",
    "query": "open data",
    "matches": "open data",
    "name": "Nairobi",
    "timeZone": "Africa/Nairobi",
    "title": "A title",
    "to": "EUR",
    "url": "https://example.org/report.pdf",
    "unit": "%",
    "zone": "Africa/Nairobi",
}
"""Last word of a text's name -> what it may say."""


FINDING: dict[str, object] = {
    "isNull": False,
    "code.contains": "1",
    "currency.contains": "U",
    "themes.has": "permits",
    "sdgGoals.has": 16,
}
"""Input field, or a condition on a field -> what finds rows: those that have a value, and such as
the demonstration has."""

SELDOM = ("remarks",)
"""Texts that most rows leave empty."""


class Word(str):
    """An enum value: bare in a document, a text in variables."""

    __slots__ = ()


class Place(NamedTuple):
    """Where a value is needed: under which name, for what type, and the row that ids name."""

    name: str
    owner: str
    row: int


class SampleValues:
    """Values that validate against one schema."""

    def __init__(
        self, schema: GraphQLSchema, worked: Mapping[str, Mapping[str, Any]] | None = None
    ) -> None:
        self.schema = schema
        self.worked = worked or {}

    def of(
        self, taker: GraphQLArgument | GraphQLInputField, at: Place, inner: tuple[str, ...]
    ) -> Any:
        """The smallest value that fits, going down the input fields `inner`."""
        kind: Any = taker.type
        kind = kind.of_type if is_non_null_type(kind) else kind
        if is_list_type(kind):
            return [self.of(type(taker)(kind.of_type), at, inner)]
        if isinstance(kind, GraphQLInputObjectType):
            return self._object(kind, at, inner)
        if isinstance(kind, GraphQLEnumType):
            return Word(next(iter(kind.values)))
        if kind.name == "ID":
            return self._identifier(at)
        if at.name in FINDING:
            return FINDING[at.name]
        if kind.name in VALUES:
            return VALUES[kind.name]
        words = (text for word, text in WORDS.items() if _ends(at.name, word))
        return next(words, "A few words")

    def _object(
        self, kind: GraphQLInputObjectType, at: Place, inner: tuple[str, ...]
    ) -> dict[str, Any]:
        named = kind.name.removesuffix("Filter")
        owner = named if named in self._nodes else at.owner
        wanted = {name for name, each in kind.fields.items() if is_required_input_field(each)}
        worked = {} if inner and inner[0] in self.worked.get(kind.name, {}) else dict(
            self.worked.get(kind.name, {})
        )  # fmt: skip
        wanted |= {inner[0]} if inner else set() if wanted or worked else self._showing(kind, owner)
        found = {
            name: self.of(
                each,
                at._replace(name=_told(at.name, name), owner=owner),
                inner[1:] if name in inner[:1] else (),
            )
            for name, each in kind.fields.items()
            if name in wanted and name not in worked
        }
        return {name: {**found, **worked}[name] for name in kind.fields if name in found | worked}

    def _showing(self, kind: GraphQLInputObjectType, owner: str) -> set[str]:
        """One field for an input object that needs none: one that shows what it is for. Of a filter
        one by which rows are found, because they all have it."""
        shown = getattr(self.schema.type_map.get(owner), "fields", {})
        always = {name for name, each in shown.items() if is_non_null_type(each.type)}
        others = [n for n in kind.fields if n not in ("and", "or", "not", "id", "isNull", *SELDOM)]
        texts = [n for n in others if str(kind.fields[n].type) == "StringFilter"]
        likely = [n for n in ("contains", "isNull") if n in kind.fields and "eq" in kind.fields]
        sure = [n for n in texts if n in always] or [n for n in others if n in always]
        return set((likely or sure or texts or others)[:1])

    def _identifier(self, at: Place) -> str:
        """Of the type that the name ends with, else of the one it is asked of."""
        name = at.name.removesuffix("s").removesuffix("Id").lower()
        named = (each for each in self._nodes if name.endswith(each.lower()))
        owner = at.owner if at.owner in self._nodes else KNOWN
        return f"{next(named, owner)}:{at.row}"

    @cached_property
    def _nodes(self) -> frozenset[str]:
        node = self.schema.type_map.get("Node")
        assert isinstance(node, GraphQLInterfaceType)
        return frozenset(each.name for each in self.schema.get_possible_types(node))


def literal(value: Any) -> str:
    """A value as documents write it."""
    if isinstance(value, Word):
        return str(value)
    if isinstance(value, dict):
        inside = ", ".join(f"{name}: {literal(each)}" for name, each in value.items())
        return f"{{ {inside} }}" if inside else "{}"
    if isinstance(value, list):
        return f"[{', '.join(literal(each) for each in value)}]"
    return json.dumps(value, ensure_ascii=False)


def _ends(name: str, word: str) -> bool:
    """Whether `word` is the last one of a name in camel case."""
    return name == word or name.endswith(word[0].upper() + word[1:])


def _told(outer: str, name: str) -> str:
    """The name of an input field, with that of what it is a condition on where that decides."""
    told = f"{outer}.{name}"
    return told if told in FINDING else name
