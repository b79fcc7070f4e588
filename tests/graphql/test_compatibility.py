"""A change that breaks clients does not pass unannounced."""

import pytest
from graphql import build_schema

from tracker.graphql import compatibility
from tracker.graphql.compatibility import breaking, dangerous, told, unannounced

RELEASED = build_schema("""
    type Query { project(id: ID): Project  city(id: ID): City }
    type Project { code: String  state: State }
    type City { name: String! }
    enum State { DRAFT ACTIVE }
    input Filter { name: String }
""")


@pytest.mark.parametrize(
    ("old", "new", "coordinate"),
    [
        ("code: String ", "", "Project.code"),
        ("name: String!", "name: String", "City.name"),
        ("DRAFT ACTIVE", "DRAFT", "State.ACTIVE"),
        ("city(id: ID): City", "city(id: ID!): City", "Query.city(id:)"),
        ("city(id: ID): City", "city(id: ID, day: Int!): City", "Query.city(day:)"),
        ("input Filter { name: String }", "", "Filter"),
        ("input Filter { name: String }", "input Filter { name: String  of: Int! }", "Filter.of"),
    ],
)
def test_breaking_change_must_be_named_by_its_coordinate(
    old: str, new: str, coordinate: str
) -> None:
    text = """type Query { project(id: ID): Project  city(id: ID): City }
    type Project { code: String  state: State }
    type City { name: String! }
    enum State { DRAFT ACTIVE }
    input Filter { name: String }"""
    [change] = breaking(RELEASED, build_schema(text.replace(old, new)))
    assert change.coordinate == coordinate
    assert f"### Breaking\n- `{coordinate}`: {change.description}" in told([change])
    announced = f"# Changelog\n\n## Unreleased\n\n### Breaking\n- `{coordinate}`: gone.\n"
    assert unannounced([change], announced) == []
    line = f"- `{coordinate}`\n"
    elsewhere = f"## Unreleased\n\n### Added\n{line}\n## 1.0\n\n### Breaking\n{line}"
    assert unannounced([change], elsewhere) == [change]


def test_new_value_of_an_enum_is_dangerous_only() -> None:
    text = """type Query { project(id: ID): Project  city(id: ID): City }
    type Project { code: String  state: State }
    type City { name: String! }
    enum State { DRAFT ACTIVE CLOSED }
    input Filter { name: String }"""
    now = build_schema(text)
    assert breaking(RELEASED, now) == []
    assert [change.coordinate for change in dangerous(RELEASED, now)] == ["State.CLOSED"]


def test_present_schema_breaks_nothing_unannounced() -> None:
    assert compatibility.main(["--check"]) == 0
