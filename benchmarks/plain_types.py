"""The types of plain Strawberry, and how rows become them. What lies behind a relation is asked
from the request's data loaders."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import strawberry
from strawberry.types import Info

from tracker.domain.milestones.tables import MilestoneKind, MilestoneState
from tracker.domain.projects.tables import ProjectState

for _enum in (ProjectState, MilestoneState, MilestoneKind):
    strawberry.enum(_enum)

Row = Any


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


def project_of(row: Row) -> Project:
    """The row as GraphQL shows it."""
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


def milestone_of(row: Row) -> Milestone:
    """The row as GraphQL shows it."""
    return Milestone(
        id=strawberry.ID(f"Milestone:{row['id']}"),
        title=row["title"],
        kind=MilestoneKind(row["kind"]),
        due_on=row["due_on"],
        state=MilestoneState(row["state"]),
        weight=row["weight"],
    )


def indicator_of(row: Row) -> Indicator:
    """The row as GraphQL shows it."""
    return Indicator(
        row=row,
        id=strawberry.ID(f"Indicator:{row['id']}"),
        title=row["title"],
        unit=row["unit"],
        baseline_value=row["baseline_value"],
    )


def period_of(row: Row) -> Period:
    """The row as GraphQL shows it."""
    return Period(
        row=row,
        starts_on=row["starts_on"],
        ends_on=row["ends_on"],
        target_value=row["target_value"],
    )


def value_of(row: Row) -> Value:
    """The row as GraphQL shows it."""
    return Value(value=row["value"], number=row["number"])


def city_of(row: Row) -> City:
    """The row as GraphQL shows it."""
    return City(name=row["name"], country_code=row["country_code"], population=row["population"])
