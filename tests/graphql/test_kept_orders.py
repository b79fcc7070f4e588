"""The first page of a portfolio in an order that is kept is walked to along an index: nothing is
sorted, however large the portfolio is."""

from types import SimpleNamespace
from typing import Any

import asyncpg
import pytest

from tests.cast import Cast
from tracker.graphql import graphql_schema
from tracker.graphql.planner.run import Planner
from tracker.graphql.registry import registry

PAGE = """{ projects(first: 100, filter: {%s}, orderBy: [{field: %s, direction: %s}]) {
    nodes { code health progress slippedDays moves outcomeShare } } }"""

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
