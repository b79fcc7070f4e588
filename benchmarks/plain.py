"""Plain Strawberry with data loaders over asyncpg, as its documentation shows it. The schema has
the tracker's names, so the same documents run.

    DATABASE_URL=… uvicorn benchmarks.plain:app
"""

import os
from collections import defaultdict
from collections.abc import Callable
from decimal import Decimal
from enum import Enum
from typing import Any

import asyncpg
import strawberry
from litestar import Litestar
from strawberry.dataloader import DataLoader
from strawberry.extensions import ParserCache, ValidationCache
from strawberry.litestar import make_graphql_controller

from benchmarks.plain_types import (
    Milestone,
    Project,
    Projects,
    Row,
    city_of,
    indicator_of,
    milestone_of,
    period_of,
    project_of,
    value_of,
)
from tracker.domain.projects.tables import ProjectState

_pool: asyncpg.Pool | None = None


async def fetch(text: str, *values: Any) -> list[Row]:
    """The rows of a statement."""
    assert _pool is not None
    async with _pool.acquire() as connection:
        found: list[Row] = await connection.fetch(text, *values)
        return found


def one(text: str, make: Callable[[Row], Any]) -> DataLoader[int, Any]:
    """A loader of at most one row for each key; the statement names the key `key`."""

    async def load(keys: list[int]) -> list[Any]:
        found = {row["key"]: make(row) for row in await fetch(text, keys)}
        return [found.get(key) for key in keys]

    return DataLoader(load)


def many(text: str, make: Callable[[Row], Any]) -> DataLoader[int, Any]:
    """A loader of the rows for each key, in the statement's order."""

    async def load(keys: list[int]) -> list[Any]:
        found: dict[int, list[Any]] = defaultdict(list)
        for row in await fetch(text, keys):
            found[row["key"]].append(make(row))
        return [found[key] for key in keys]

    return DataLoader(load)


def loaders() -> dict[str, DataLoader[int, Any]]:
    """Fresh ones for each request."""
    return {
        "cities": one("SELECT id AS key, * FROM city WHERE id = ANY($1::int[])", city_of),
        "milestones": many(
            "SELECT project AS key, * FROM milestone WHERE project = ANY($1::int[])"
            " ORDER BY due_on, id",
            milestone_of,
        ),
        "indicators": many(
            "SELECT project AS key, * FROM indicator WHERE project = ANY($1::int[]) ORDER BY id",
            indicator_of,
        ),
        "periods": many(
            "SELECT indicator AS key, * FROM period WHERE indicator = ANY($1::int[])"
            " ORDER BY starts_on, id",
            period_of,
        ),
        "approved": one(
            "SELECT period AS key, * FROM value WHERE period = ANY($1::int[])"
            " AND state = 'approved'",
            value_of,
        ),
        "latest": one(
            "SELECT k.key, x.* FROM unnest($1::int[]) k (key), LATERAL (SELECT v.value, v.number"
            " FROM period q JOIN value v ON v.period = q.id AND v.state = 'approved'"
            " WHERE q.indicator = k.key ORDER BY q.ends_on DESC LIMIT 1) x",
            value_of,
        ),
    }


@strawberry.input
class StateFilter:
    eq: ProjectState


@strawberry.input
class TextFilter:
    eq: str | None = None
    matches: str | None = None


@strawberry.input
class CityFilter:
    region_code: TextFilter


@strawberry.input
class ProjectFilter:
    state: StateFilter | None = None
    recipient_city: CityFilter | None = None
    text: TextFilter | None = None


@strawberry.type
class Line:
    currency: str
    amount: Decimal


@strawberry.type
class Budget:
    by_currency: list[Line]


@strawberry.type
class Keys:
    state: ProjectState
    region: str
    theme: str


@strawberry.type
class Group:
    keys: Keys
    count: int
    budget: Budget


@strawberry.type
class Groups:
    nodes: list[Group]


@strawberry.enum
class PortfolioKey(Enum):
    STATE = "STATE"
    REGION = "REGION"
    THEME = "THEME"


@strawberry.type
class Portfolio:
    @strawberry.field
    async def groups(self, by: list[PortfolioKey], first: int = 100) -> Groups:
        found: dict[tuple[str, ...], Group] = {}
        for row in await fetch(
            "SELECT state, region, theme, currency, count(*) AS n, sum(amount) AS amount"
            " FROM project_facet GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4"
        ):
            key = (row["state"], row["region"], row["theme"])
            keys = Keys(state=ProjectState(key[0]), region=key[1], theme=key[2])
            group = found.setdefault(
                key, Group(keys=keys, count=row["n"], budget=Budget(by_currency=[]))
            )
            group.budget.by_currency.append(Line(currency=row["currency"], amount=row["amount"]))
        return Groups(nodes=list(found.values())[:first])


@strawberry.type
class Query:
    @strawberry.field
    async def project(self, id: strawberry.ID) -> Project | None:
        rows = await fetch("SELECT * FROM project WHERE id = $1", int(id.partition(":")[2]))
        return project_of(rows[0]) if rows else None

    @strawberry.field
    async def projects(self, filter: ProjectFilter, first: int = 20) -> Projects:
        if filter.text:
            rows = await fetch(
                "SELECT * FROM search_projects($1) ORDER BY created_at DESC, id DESC LIMIT $2",
                filter.text.matches,
                first,
            )
        else:
            assert filter.state
            assert filter.recipient_city
            rows = await fetch(
                "SELECT * FROM project p WHERE state = $1 AND EXISTS (SELECT FROM city c WHERE"
                " c.id = p.recipient_city AND c.region_code = $2)"
                " ORDER BY created_at DESC, id DESC LIMIT $3",
                filter.state.eq.value,
                filter.recipient_city.region_code.eq,
                first,
            )
        return Projects(nodes=[project_of(row) for row in rows])

    @strawberry.field
    async def portfolio(self) -> Portfolio:
        return Portfolio()


@strawberry.type
class Problem:
    message: str


@strawberry.type
class MilestonePayload:
    milestone: Milestone
    problems: list[Problem]


@strawberry.input
class MilestonePlanInput:
    title: str


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def milestone_edit(
        self, id: strawberry.ID, input: MilestonePlanInput
    ) -> MilestonePayload:
        [row] = await fetch(
            "UPDATE milestone SET title = $2 WHERE id = $1 RETURNING *",
            int(id.partition(":")[2]),
            input.title,
        )
        return MilestonePayload(milestone=milestone_of(row), problems=[])


async def _context() -> dict[str, Any]:
    return {"loaders": loaders()}


async def _start() -> None:
    global _pool
    _pool = await asyncpg.create_pool(os.environ["DATABASE_URL"], min_size=8, max_size=8)


schema = strawberry.Schema(
    Query, Mutation, extensions=[lambda: ParserCache(100), lambda: ValidationCache(100)]
)
controller = make_graphql_controller(schema, path="/graphql", context_getter=_context)
app = Litestar([controller], on_startup=[_start], openapi_config=None, logging_config=None)
