"""What is announced to go says until when and what to use instead, wherever programmers look."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import strawberry
from strawberry.schema.config import StrawberryConfig
from strawberry.tools import create_type

from tests.cast import Cast
from tests.graphql.conftest import Api
from tracker.domain.cities import rules, tables
from tracker.graphql import graphql_schema, retired
from tracker.graphql.planner import Registry, auto
from tracker.graphql.planner.deprecations import announce, deprecation
from tracker.graphql.planner.kinds import SCALARS
from tracker.graphql.planner.types import TypeBuilder

MARK = '@deprecated(reason: "Use localName. Served until 2027-06-30.")'


def built(registry: Registry) -> strawberry.Schema:
    """A schema of a registry that lasts as long as its test."""
    builder = TypeBuilder(registry)

    async def fetch(*_: Any) -> None: ...

    schema = strawberry.Schema(
        query=create_type("Query", builder.query_fields(fetch)),
        types=[builder.names[name] for name in registry.declarations],
        config=StrawberryConfig(scalar_map=SCALARS),
    )
    announce(schema._schema, registry.deprecations)
    return schema


@pytest.fixture
def registry() -> Registry:
    """Two types of its own."""
    made = Registry(parameters={})

    @made.node(tables.City, visible=rules.visible, plural="towns")
    class Town:
        name: auto
        local_name: auto

    return made


def test_deprecated_field_says_reason_and_date(registry: Registry) -> None:
    registry.deprecate("Town.name", until="2027-06-30", reason="Use localName.")
    text = built(registry).as_str()
    for line in (f"  name: String! {MARK}", f"  name: StringFilter {MARK}", f"  NAME {MARK}"):
        assert line in text
    assert text.count("@deprecated") == 3


@pytest.mark.parametrize(
    ("coordinate", "line"),
    [
        ("Query.towns", f"TownConnection! {MARK}"),
        ("Query.towns(search:)", ""),
        ("Query.towns(first:)", f"first: Int {MARK}"),
        ("StringFilter.contains", f"contains: String {MARK}"),
        ("OrderDirection.DESC", f"DESC {MARK}"),
        ("PageInfo.endCursor", f"endCursor: String {MARK}"),
    ],
)
def test_every_part_of_a_schema_can_be_deprecated(
    registry: Registry, coordinate: str, line: str
) -> None:
    registry.deprecate(coordinate, until="2027-06-30", reason="Use localName.")
    if not line:
        with pytest.raises(TypeError, match="nothing of this name"):
            built(registry)
        return
    text = built(registry).as_str()
    assert line in text
    assert text.count("@deprecated") == 1


def test_deprecation_that_names_nothing_or_what_is_required_makes_no_schema(
    registry: Registry,
) -> None:
    for coordinate in ("Town.nmae", "Twon.name", "Query.town(id:)", "TownOrder.field"):
        registry.deprecate(coordinate, until="2027-06-30", reason="Use localName.")
    with pytest.raises(TypeError) as refused:
        built(registry)
    assert str(refused.value) == (
        "Town.nmae: there is nothing of this name; Twon.name: there is nothing of this name;"
        " Query.town(id:): make it optional first; TownOrder.field: make it optional first"
    )


@pytest.mark.parametrize(
    ("until", "reason", "message"),
    [
        ("soon", "Use localName.", "Town.name: until='soon' is not a day"),
        ("2027-06-31", "Use localName.", "is not a day"),
        ("", "Use localName.", "is not a day"),
        ("2027-06-30", "", "say in a sentence what to use instead"),
        ("2027-06-30", "old", "say in a sentence what to use instead, not 'old'"),
    ],
)
def test_deprecation_without_date_or_reason_is_refused(
    registry: Registry, until: str, reason: str, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        registry.deprecate("Town.name", until=until, reason=reason)
    assert registry.deprecations == {}


def test_deprecation_whose_day_has_passed_is_reported(capsys: pytest.CaptureFixture[str]) -> None:
    found = {
        "Town.name": deprecation("Town.name", "2027-06-30", "Use localName."),
        "Town.code": deprecation("Town.code", "2027-07-01", "Use id instead."),
    }
    assert retired.main(found, date(2027, 6, 30)) == 0
    assert retired.main(found, date(2027, 7, 1)) == 1
    told = capsys.readouterr().err
    assert "Town.name was to be served until 2027-06-30." in told
    assert "Town.code" not in told


@pytest.fixture
def gone_soon() -> Iterator[None]:
    """The API's own schema with a field and what follows from it announced to go."""
    announce(graphql_schema, {"City.name": deprecation("", "2027-06-30", "Use localName.")})
    yield
    for kind in ("City", "CityFilter"):
        graphql_schema.type_map[kind].fields["name"].deprecation_reason = None  # type: ignore[attr-defined]
    graphql_schema.type_map["CityOrderField"].values["NAME"].deprecation_reason = None  # type: ignore[attr-defined]


@pytest.mark.usefixtures("gone_soon")
async def test_deprecated_field_is_served_until_then(api: Api, cast: Cast) -> None:
    document = '{ cities(filter: { name: { eq: "Lima" } }, orderBy: [{ field: NAME }]) { %s } }'
    found = await api.data(document % "nodes { name }")
    assert found == {"cities": {"nodes": [{"name": "Lima"}]}}
    assert len(api.statements) == 1
