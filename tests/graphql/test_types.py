"""Every declared field is sound SQL, in one statement, for everybody; filters and orders are in
`test_both_ways.py`."""

import re
from collections.abc import Iterator
from enum import StrEnum
from typing import Any

import pytest
from graphql import GraphQLEnumType, GraphQLSchema, build_schema, specified_scalar_types

from tests.cast import Cast
from tests.factories.projects import joint_project
from tests.graphql import documents
from tests.graphql.conftest import Api
from tracker.graphql import graphql_schema
from tracker.graphql.planner import enums
from tracker.graphql.registry import registry

VIEWERS = ("public", "lima_coordinator", "seoul_coordinator", "nairobi_mayor", "officer")


@pytest.mark.parametrize("name", documents.names())
async def test_type_all_fields_take_one_statement(api: Api, cast: Cast, name: str) -> None:
    await joint_project(cast, "closed")
    document = documents.everything(registry.declarations[name])
    for viewer in VIEWERS:
        await api.data(document, actor=cast[viewer])
        assert len(api.statements) == 1


def test_schema_everything_is_described() -> None:
    assert sorted(_undescribed(graphql_schema)) == []


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ('"Root"', "Query"),
        ('"of field"', "Query.project"),
        ('"of argument"', "Query.project(id)"),
        ('"of input"', "In.code"),
        ('"of value"', "State.DRAFT"),
        ('"of directive"', "@mine"),
        ('"of its argument"', "@mine(now)"),
    ],
)
def test_description_that_is_missing_is_found(text: str, missing: str) -> None:
    whole = """
    "Root" type Query { "of field" project("of argument" id: ID, "in" in: In): State }
    "in" input In { "of input" code: ID }
    "in" enum State { "of value" DRAFT }
    "of directive" directive @mine("of its argument" now: Boolean) on FIELD
    """
    assert list(_undescribed(build_schema(whole))) == []
    assert list(_undescribed(build_schema(whole.replace(text, "")))) == [missing]


def test_enum_value_that_says_nothing_makes_no_schema() -> None:
    class Colour(StrEnum):
        RED = "red"
        BLUE = "blue"

    with pytest.raises(TypeError, match="Colour: say what these mean: RED, BLUE"):
        enums.shown(Colour, "What it looks like.")
    with pytest.raises(TypeError, match="these mean: BLUE"):
        enums.shown(Colour, "What it looks like.", {"RED": "As blood."})


def test_enum_value_says_more_than_its_name() -> None:
    bare = [
        f"{kind.name}.{name}"
        for kind in graphql_schema.type_map.values()
        if isinstance(kind, GraphQLEnumType) and not kind.name.startswith("__")
        for name, value in kind.values.items()
        if set(_words(str(value.description))) <= set(_words(name)) | {"the", "a"}
    ]
    assert bare == []


def _words(text: str) -> list[str]:
    return re.findall("[a-z0-9]+", text.replace("_", " ").lower())


def _undescribed(schema: GraphQLSchema) -> Iterator[str]:
    """Coordinates of all that says nothing of itself, but for what GraphQL itself brings."""
    for kind in schema.type_map.values():
        if kind.name.startswith("__") or kind in specified_scalar_types.values():
            continue
        yield from [] if kind.description else [kind.name]
        parts = {**getattr(kind, "fields", {}), **getattr(kind, "values", {})}
        for name, each in parts.items():
            yield from [] if each.description else [f"{kind.name}.{name}"]
            yield from _arguments(f"{kind.name}.{name}", each)
    for directive in schema.directives:
        yield from [] if directive.description else [f"@{directive.name}"]
        yield from _arguments(f"@{directive.name}", directive)


def _arguments(coordinate: str, of: Any) -> Iterator[str]:
    for name, each in getattr(of, "args", {}).items():
        yield from [] if each.description else [f"{coordinate}({name})"]
