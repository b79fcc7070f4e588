"""Plain Strawberry with data loaders over asyncpg, as its documentation shows it. The schema has
the tracker's names, so the same documents run.

    DATABASE_URL=… uvicorn benchmarks.plain:app
"""

import os
from collections import defaultdict
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any

import asyncpg
import strawberry
from litestar import Litestar
from strawberry.dataloader import DataLoader
from strawberry.extensions import ParserCache, ValidationCache
from strawberry.litestar import make_graphql_controller
from strawberry.types import Info

from tracker.domain.milestones.tables import MilestoneKind, MilestoneState
from tracker.domain.projects.tables import ProjectState

for _enum in (ProjectState, MilestoneState, MilestoneKind):
    strawberry.enum(_enum)

Row = Any

_pool: asyncpg.Pool | None = None


async def fetch(text: str, *values: Any) -> list[Row]:
    """The rows of a statement."""
    assert _pool is not None
    async with _pool.acquire() as connection:
        found: list[Row] = await connection.fetch(text, *values)
        return found


def loaded(name: str, key: str) -> Callable[[Any, Info], Any]:
    """A resolver that asks the request's loader `name` for the row's column `key`."""

    async def load(root: Any, info: Info) -> Any:
        return await info.context["loaders"][name].load(root.row[key])

    return load


@strawberry.type
class City:
    name: str
    country_code: str
    population: int


@strawberry.type
class Milestone:
    id: strawberry.ID
    title: str
    kind: MilestoneKind
    due_on: date
    state: MilestoneState
    weight: int


@strawberry.type
class Value:
    value: Decimal | None
    number: int


@strawberry.type
class Period:
    row: strawberry.Private[Row]
    starts_on: date
    ends_on: date
    target_value: Decimal | None

    @strawberry.field
    async def approved_value(self, info: Info) -> Value | None:
        found: Value | None = await loaded("approved", "id")(self, info)
        return found


@strawberry.type
class Periods:
    nodes: list[Period]


@strawberry.type
class Indicator:
    row: strawberry.Private[Row]
    id: strawberry.ID
    title: str
    unit: str
    baseline_value: Decimal | None

    @strawberry.field
    async def latest_value(self, info: Info) -> Value | None:
        found: Value | None = await loaded("latest", "id")(self, info)
        return found

    @strawberry.field
    async def periods(self, info: Info, first: int = 20) -> Periods:
        return Periods(nodes=(await loaded("periods", "id")(self, info))[:first])


@strawberry.type
class Milestones:
    nodes: list[Milestone]


@strawberry.type
class Indicators:
    nodes: list[Indicator]


@strawberry.type
class Project:
    row: strawberry.Private[Row]
    id: strawberry.ID
    code: str
    title: str
    summary: str
    state: ProjectState
    planned_start_on: date
    planned_end_on: date
    themes: list[str]

    @strawberry.field
    async def donor_city(self, info: Info) -> City:
        found: City = await loaded("cities", "donor_city")(self, info)
        return found

    @strawberry.field
    async def recipient_city(self, info: Info) -> City:
        found: City = await loaded("cities", "recipient_city")(self, info)
        return found

    @strawberry.field
    async def milestones(self, info: Info, first: int = 20) -> Milestones:
        return Milestones(nodes=(await loaded("milestones", "id")(self, info))[:first])

    @strawberry.field
    async def indicators(self, info: Info, first: int = 20) -> Indicators:
        return Indicators(nodes=(await loaded("indicators", "id")(self, info))[:first])


@strawberry.type
class Projects:
    nodes: list[Project]


def _project(row: Row) -> Project:
    return Project(
        row=row,
        id=strawberry.ID(f"Project:{row['id']}"),
        code=row["code"],
        title=row["title"],
        summary=row["summary"],
        state=ProjectState(row["state"]),
        planned_start_on=row["planned_start_on"],
        planned_end_on=row["planned_end_on"],
        themes=row["themes"],
    )


def _milestone(row: Row) -> Milestone:
    return Milestone(
        id=strawberry.ID(f"Milestone:{row['id']}"),
        title=row["title"],
        kind=MilestoneKind(row["kind"]),
        due_on=row["due_on"],
        state=MilestoneState(row["state"]),
        weight=row["weight"],
    )


def _indicator(row: Row) -> Indicator:
    return Indicator(
        row=row,
        id=strawberry.ID(f"Indicator:{row['id']}"),
        title=row["title"],
        unit=row["unit"],
        baseline_value=row["baseline_value"],
    )


def _period(row: Row) -> Period:
    return Period(
        row=row,
        starts_on=row["starts_on"],
        ends_on=row["ends_on"],
        target_value=row["target_value"],
    )


def _value(row: Row) -> Value:
    return Value(value=row["value"], number=row["number"])


def _city(row: Row) -> City:
    return City(name=row["name"], country_code=row["country_code"], population=row["population"])


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
        "cities": one("SELECT id AS key, * FROM city WHERE id = ANY($1::int[])", _city),
        "milestones": many(
            "SELECT project AS key, * FROM milestone WHERE project = ANY($1::int[])"
            " ORDER BY due_on, id",
            _milestone,
        ),
        "indicators": many(
            "SELECT project AS key, * FROM indicator WHERE project = ANY($1::int[]) ORDER BY id",
            _indicator,
        ),
        "periods": many(
            "SELECT indicator AS key, * FROM period WHERE indicator = ANY($1::int[])"
            " ORDER BY starts_on, id",
            _period,
        ),
        "approved": one(
            "SELECT period AS key, * FROM value WHERE period = ANY($1::int[])"
            " AND state = 'approved'",
            _value,
        ),
        "latest": one(
            "SELECT k.key, x.* FROM unnest($1::int[]) k (key), LATERAL (SELECT v.value, v.number"
            " FROM period q JOIN value v ON v.period = q.id AND v.state = 'approved'"
            " WHERE q.indicator = k.key ORDER BY q.ends_on DESC LIMIT 1) x",
            _value,
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
        return _project(rows[0]) if rows else None

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
        return Projects(nodes=[_project(row) for row in rows])

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


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def milestone_move(
        self, id: strawberry.ID, due_on: date, reason: str
    ) -> MilestonePayload:
        [row] = await fetch(
            "UPDATE milestone SET due_on = $2, move_reason = $3 WHERE id = $1 RETURNING *",
            int(id.partition(":")[2]),
            due_on,
            reason,
        )
        return MilestonePayload(milestone=_milestone(row), problems=[])


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
