"""The classification as data, and what the schema and the routes have that it does not mention."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from graphql import GraphQLObjectType

from tracker.app import create_app
from tracker.graphql.schema import PERFORMABLE, schema
from tracker.settings import Settings

FILE = Path(__file__).with_name("classification.toml")

MADE = re.compile(r"\w+(Connection|Edge|Payload)|__\w+|Query|Mutation|Subscription")
"""Types made of others: pages of rows, payloads of mutations, and the roots that lead to them."""

ROUTE = re.compile(r"[A-Z]+ \S+")


@dataclass(frozen=True)
class Type:
    """Who sees rows of a declared type, and who of them which field."""

    rows: str
    fields: Mapping[str, str]
    notes: Mapping[str, str]


@cache
def read() -> dict[str, Any]:
    """The file as it is."""
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


@cache
def types() -> dict[str, Type]:
    """Declared type -> who sees what of it. A field's audience is `all` where the row's is."""
    found = {}
    for name, told in read()["types"].items():
        fields = {
            field: audience
            for audience, listed in told.items()
            if audience not in ("rows", "notes")
            for field in listed.split()
        }
        found[name] = Type(told["rows"], fields, told.get("notes", {}))
    return found


def missing() -> list[str]:
    """What is not classified, and what is classified but is not there (any more)."""
    return [*_fields(), *_mutations(), *_routes(), *_audiences()]


def _fields() -> Iterator[str]:
    told = {name: set(each.fields) for name, each in types().items()}
    told |= {name: set(listed.split()) for name, listed in read()["figures"].items()}
    there = {
        name: set(kind.fields)
        for name, kind in schema._schema.type_map.items()
        if isinstance(kind, GraphQLObjectType) and not MADE.fullmatch(name)
    }
    yield from _compared("type", set(told), set(there))
    for name in sorted(told.keys() & there.keys()):
        for word, fields in (("not classified", there[name] - told[name]),
                             ("classified but not there", told[name] - there[name])):  # fmt: skip
            yield from (f"{name}.{field} is {word}" for field in sorted(fields))


def _mutations() -> Iterator[str]:
    told = {each for listed in read()["mutations"].values() for each in listed.split()}
    yield from _compared("mutation", told, set(PERFORMABLE))


def _routes() -> Iterator[str]:
    told = {each for listed in read()["routes"].values() for each in ROUTE.findall(listed)}
    yield from _compared("route", told, set(routes()))


@cache
def routes() -> tuple[str, ...]:
    """Every address with its method, as `GET /milestones/{number}`."""
    app = create_app(Settings.from_environment({}))
    return tuple(
        f"{method} {route.path_format}"
        for route in app.routes
        for method in sorted(route.methods)
        if method != "OPTIONS"
    )


def _audiences() -> Iterator[str]:
    told = read()
    used = {each.rows for each in types().values()}
    used |= {a for each in types().values() for a in each.fields.values()} - {"all"}
    yield from _compared("audience", set(told["audiences"]), used)
    yield from _compared("doer", set(told["doers"]), set(told["mutations"]))
    yield from _compared("door", set(told["doors"]), set(told["routes"]))


def _compared(what: str, told: set[str], there: set[str]) -> Iterator[str]:
    yield from (f"{what} {name} is not classified" for name in sorted(there - told))
    yield from (f"{what} {name} is classified but not there" for name in sorted(told - there))
