"""The first page of a portfolio in an order that is kept is walked to along an index: nothing is
sorted, however large the portfolio is."""

from types import SimpleNamespace
from typing import Any

import asyncpg
import pytest
from graphql import GraphQLEnumType

from tests import factories
from tests.cast import Cast
from tests.graphql.conftest import Api
from tracker.domain.database import fetch
from tracker.graphql import graphql_schema
from tracker.graphql.planner.run import Planner
from tracker.graphql.registry import registry

PAGE = """{ projects(first: 100, filter: {%s}, orderBy: [{field: %s, direction: %s}]) {
    nodes { code health progress slippedDays moves outcomeShare } } }"""

ORDERED = "{ projects(orderBy: [{field: %s}]) { nodes { health severity lateDays progress } } }"

OFFICER = SimpleNamespace(
    person_id=1, seen_city_ids=[], secretariat=True, whole=True, only_city=None
)


@pytest.mark.parametrize("direction", ["ASC", "DESC"])
@pytest.mark.parametrize(
    ("order", "filtered"),
    [
        ("PROGRESS", ""),
        ("PROGRESS", "state: {eq: ACTIVE}, health: {eq: RED}"),
        ("OUTCOME_SHARE", "health: {in: [RED, AMBER]}"),
        ("MOVES", "health: {eq: RED}"),
        ("SLIPPED_DAYS", "state: {eq: ACTIVE}"),
    ],
)
async def test_page_in_kept_order_sorts_nothing(
    connection: asyncpg.Connection, cast: Cast, order: str, direction: str, filtered: str
) -> None:
    planner = Planner(graphql_schema, registry, cache_size=10)
    operation = planner.prepared(PAGE % (filtered, order, direction), None, None)
    plan = planner.plan(operation, planner.variables(operation, {}))
    assert plan is not None
    values: list[Any] = [bind({}, OFFICER) for bind in plan.binds]
    async with connection.transaction():
        for other_way in ("sort", "incremental_sort", "seqscan", "bitmapscan", "hashjoin"):
            await connection.execute(f"SET LOCAL enable_{other_way} = off")
        steps = await connection.fetch(f"EXPLAIN {plan.sql}", *values)
    text = "\n".join(step[0] for step in steps)
    of_page = text.partition("Limit")[2]  # above it, the page's own rows may be
    assert of_page, text
    assert "Sort" not in of_page, text


async def test_every_order_goes_with_what_is_kept(api: Api, cast: Cast) -> None:
    await factories.joint_project(cast, "active")
    orders = graphql_schema.get_type("ProjectOrderField")
    assert isinstance(orders, GraphQLEnumType)
    for name in orders.values:
        data = await api.data(ORDERED % name, {}, cast.officer)
        assert len(data["projects"]["nodes"]) == 1, name


async def test_severity_puts_the_worst_first(api: Api, cast: Cast) -> None:
    for title, tolerated in (("Green", 30000), ("Red", 1), ("Amber", 20000)):
        project = await factories.joint_project(cast, "active", title=title)
        await fetch(
            "UPDATE project SET amber_days = CASE WHEN title = 'Green' THEN 29999 ELSE 0 END,"
            " red_days = $2 WHERE id = $1",
            project.id,
            tolerated,
        )
    await fetch("UPDATE milestone SET due_on = due_on - 60")
    data = await api.data(ORDERED % "SEVERITY", {}, cast.officer)
    rows = data["projects"]["nodes"]
    assert [(each["health"], each["severity"]) for each in rows] == [
        ("RED", 0), ("AMBER", 1), ("GREEN", 3),
    ]  # fmt: skip
