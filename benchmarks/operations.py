"""What is asked. Each operation in the tracker's words, the variables that change from request to
request, and the one form in which all answers must be equal."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import asyncpg

from benchmarks.rival_documents import POSTGRAPHILE

Variables = dict[str, Any]
Data = dict[str, Any]

PORTFOLIO = """
query Portfolio($state: ProjectState!, $region: String!) {
  projects(first: 100, filter: {state: {eq: $state}, recipientCity: {regionCode: {eq: $region}}}) {
    nodes {
      id code title state plannedStartOn plannedEndOn
      donorCity { name countryCode } recipientCity { name countryCode }
      milestones(first: 20) { nodes { title dueOn state } }
      indicators(first: 20) {
        nodes { title unit baselineValue latestValue { value number } }
      }
    }
  }
}
"""
PROJECT = """
query Project($id: ID!) {
  project(id: $id) {
    id code title summary state plannedStartOn plannedEndOn themes
    donorCity { name countryCode population } recipientCity { name countryCode population }
    milestones(first: 20) { nodes { id title kind dueOn state weight } }
    indicators(first: 20) {
      nodes {
        id title unit baselineValue
        periods(first: 20) { nodes { startsOn endsOn targetValue approvedValue { value } } }
      }
    }
  }
}
"""
AGGREGATE = """
query Aggregate {
  portfolio {
    groups(by: [STATE, REGION, THEME], first: 1000) {
      nodes {
        keys { state region theme }
        count
        budget { byCurrency { currency amount } }
      }
    }
  }
}
"""
SEARCH = """
query Search($words: String!) {
  projects(first: 20, filter: {text: {matches: $words}}) { nodes { id code title state } }
}
"""
UPDATE = """
mutation Update($id: ID!, $title: String!) {
  milestoneEdit(id: $id, input: {title: $title}) {
    milestone { id title dueOn } problems { message }
  }
}
"""
HEALTH = """
query Health($health: Health!) {
  projects(
    first: 100, filter: {state: {eq: ACTIVE}, health: {eq: $health}}
    orderBy: [{field: PROGRESS, direction: DESC}]
  ) {
    nodes { id code title state plannedEndOn health progress slippedDays }
  }
}
"""
ROLL_UP = """
query RollUp($state: ProjectState!) {
  portfolio(filter: {state: {eq: $state}}) {
    indicators {
      nodes {
        title unit aggregation value latestOn indicators reported unknown missingValues projects
      }
    }
  }
}
"""

TRACKER = {
    "portfolio": PORTFOLIO,
    "project": PROJECT,
    "aggregate": AGGREGATE,
    "search": SEARCH,
    "update": UPDATE,
    "health": HEALTH,
    "rollup": ROLL_UP,
}
OPERATIONS = tuple(TRACKER)
COMMON = tuple(POSTGRAPHILE)
"""What every competitor is asked. Health and roll-ups are asked of the tracker and of SQL by hand
only, over the same kept rows: the others have no such thing unless somebody writes it in SQL."""

GROWING = ("portfolio", "health")
"""Pages, which must not take longer because there is more behind them."""

OFFICERS = ("aggregate", "search")
"""Asked by the secretariat, the only one that sees every budget and every submitted project;
everything else is asked by coordinators, as whom each request changes."""

COMPUTED = """CASE
  WHEN f.red_from <= now() OR f.outcome_share < p.red_share THEN 'red'
  WHEN f.amber_from <= now() OR f.outcome_share < p.amber_share THEN 'amber'
  WHEN f.milestones = 0 OR f.missing_from <= now() THEN 'unknown'
  WHEN f.heard_inside <= now() - make_interval(days => p.stale_days + 1) THEN 'unknown'
  ELSE 'green' END"""
"""The health of a project `p` that is under way and its kept figures `f`, written by hand."""

DATE = "@DATE@"
"""Stands for a new day in each request: an update that changes nothing would not be one."""


@dataclass(frozen=True)
class Request:
    """One request: whose token goes with it, and its variables in the tracker's words."""

    token: str
    variables: Variables


async def requests(database_url: str, operation: str, number: int) -> list[Request]:
    """Random requests, the same ones in each run over the same database."""
    connection = await asyncpg.connect(database_url)
    try:
        chance = random.Random(42)
        made: list[Request] = await _MAKERS[operation](connection, chance, number)
        return made
    finally:
        await connection.close()


async def _portfolio(
    connection: asyncpg.Connection, chance: random.Random, number: int
) -> list[Request]:
    """Only pages that are full, and states that everybody sees, so that all answer the same."""
    rows = await connection.fetch(
        "SELECT p.state, c.region_code AS region FROM project p JOIN city c ON c.id ="
        " p.recipient_city WHERE p.state IN ('active', 'agreed', 'finalising', 'closed')"
        " GROUP BY 1, 2 HAVING count(*) >= 100 ORDER BY 1, 2"
    )
    # The small portfolio fills pages of active projects only; a collection of a few projects none.
    pages = [{"state": r["state"].upper(), "region": r["region"]} for r in rows]
    if not pages:
        pages = [{"state": "ACTIVE", "region": region} for region in ("142", "002", "150")]
    return [Request(_coordinator(chance), chance.choice(pages)) for _ in range(number)]


async def _project(
    connection: asyncpg.Connection, chance: random.Random, number: int
) -> list[Request]:
    rows = await connection.fetch(
        "SELECT id FROM project WHERE state IN ('active', 'agreed', 'finalising', 'closed')"
        " ORDER BY hashint4extended(id, 42) LIMIT $1",
        number,
    )
    return [Request(_coordinator(chance), {"id": f"Project:{row['id']}"}) for row in rows]


async def _aggregate(
    connection: asyncpg.Connection, chance: random.Random, number: int
) -> list[Request]:
    """The secretariat's question: only it sees every budget and every submitted project."""
    return [Request("bench-officer", {})]


async def _search(
    connection: asyncpg.Connection, chance: random.Random, number: int
) -> list[Request]:
    """What a project is called, with or without its city: from hundreds of hits to a few."""
    rows = await connection.fetch(
        "SELECT lower(split_part(p.title, ' for ', 1)) AS what, c.name AS city FROM project p"
        " JOIN city c ON c.id = p.recipient_city WHERE p.title NOT LIKE '%\"%'"
        " ORDER BY hashint4extended(p.id, 42) LIMIT $1",
        number,
    )
    return [
        Request("bench-officer", {"words": f"{row['what']} {chance.choice(['', row['city']])}"})
        for row in rows
    ]


async def _health(
    connection: asyncpg.Connection, chance: random.Random, number: int
) -> list[Request]:
    """Active projects of whatever health they have, if they fill a page: furthest first."""
    rows = await connection.fetch(
        f"SELECT {COMPUTED} AS health FROM project p JOIN project_figures f ON f.project = p.id"
        " WHERE p.state = 'active' GROUP BY 1 HAVING count(*) >= 100 ORDER BY 1"
    )
    found = [row["health"].upper() for row in rows] or ["RED"]
    return [Request(_coordinator(chance), {"health": chance.choice(found)}) for _ in range(number)]


async def _rollup(
    connection: asyncpg.Connection, chance: random.Random, number: int
) -> list[Request]:
    """Roll-ups of the projects in one state, of those that everybody sees."""
    states = ("ACTIVE", "AGREED", "FINALISING", "CLOSED")
    return [Request(_coordinator(chance), {"state": chance.choice(states)}) for _ in range(number)]


async def _update(
    connection: asyncpg.Connection, chance: random.Random, number: int
) -> list[Request]:
    """Open milestones of active projects, each called otherwise by a coordinator of the city that
    owns it: what a city does alone to an agreed plan. A move would need the other city."""
    rows = await connection.fetch(
        "SELECT m.id, m.city, m.title"
        " FROM milestone m JOIN project p ON p.id = m.project"
        " WHERE p.state = 'active' AND m.state IN ('planned', 'in_progress')"
        " ORDER BY hashint4extended(m.id, 42) LIMIT $1",
        number,
    )
    return [
        Request(
            f"bench-{row['city']}",
            {"id": f"Milestone:{row['id']}", "title": f"{row['title']}, {DATE}"},
        )
        for row in rows
    ]


_MAKERS: dict[str, Callable[..., Any]] = {
    "portfolio": _portfolio,
    "project": _project,
    "aggregate": _aggregate,
    "search": _search,
    "update": _update,
    "health": _health,
    "rollup": _rollup,
}


def _coordinator(chance: random.Random) -> str:
    return f"bench-{chance.randint(1, 64)}"


def to_postgraphile(operation: str, variables: Variables) -> Variables:
    """The tracker's variables in PostGraphile's words."""
    made = dict(variables)
    if "id" in made:
        made["id"] = int(made["id"].partition(":")[2])
    if "state" in made:
        made["state"] = made["state"].lower()
    return made


# --- one form for all answers


def plain(operation: str, data: Data) -> object:
    """An answer of the tracker, the written statement or plain Strawberry."""
    if operation == "aggregate":
        return sorted(
            (
                *(group["keys"]["state"], group["keys"]["region"], group["keys"]["theme"]),
                *(line["currency"], int(group["count"]), _number(line["amount"])),
            )
            for group in data["portfolio"]["groups"]["nodes"]
            for line in group["budget"]["byCurrency"]
        )
    if operation == "update":
        found = data["milestoneEdit"]
        assert not found.get("problems"), found
        return _unnested(found["milestone"])
    return _unnested(next(iter(data.values())))


def plain_postgraphile(operation: str, data: Data) -> object:
    """An answer of PostGraphile."""
    if operation == "aggregate":
        return sorted(_facets(data))
    if operation == "update":
        return _row(data["updateMilestone"]["milestone"], "Milestone")
    found = next(iter(data.values()))
    if isinstance(found, list):
        return [_row(each, "Project") for each in found]
    return _row(found, "Project")


def _facets(data: Data) -> Sequence[tuple[Any, ...]]:
    if "portfolioGroupsList" in data:
        return [
            (
                *(each["state"].upper(), each["region"], each["theme"], each["currency"]),
                *(int(each["projects"]), _number(each["amount"])),
            )
            for each in data["portfolioGroupsList"]
        ]
    return [
        (
            each["keys"][0].upper(),
            *each["keys"][1:],
            int(each["distinctCount"]["projectId"] if "distinctCount" in each
                else each["sum"]["one"]),
            _number(each["sum"]["amount"]),
        )
        for each in data["projectFacets"]["groupedAggregates"]
    ]  # fmt: skip


def _row(row: Data, kind: str) -> Data:
    """A row of PostGraphile's with the tracker's names, ids and enums."""
    made: Data = {}
    for name, value in row.items():
        if name == "rowId":
            made["id"] = f"{kind}:{value}"
        elif name in ("state", "kind"):
            made[name] = value.upper()
        elif name.startswith("cityBy"):
            made[name[6].lower() + name[7:]] = value
        elif name == "milestonesByProjectList":
            made["milestones"] = [_row(each, "Milestone") for each in value]
        elif name == "indicatorsByProjectList":
            made["indicators"] = [_row(each, "Indicator") for each in value]
        elif name == "periodsByIndicatorList":
            made["periods"] = _periods(value)
        elif name == "valueByLatestValue":
            made["latestValue"] = _unnested(value)
        else:
            made[name] = _number(value) if name in _NUMBERS else value
    return made


def _periods(periods: list[Data]) -> list[Data]:
    """All periods with their approved values."""
    made = []
    for each in periods:
        [*values] = each["valuesByPeriodList"]
        period = {name: value for name, value in each.items() if name != "valuesByPeriodList"}
        made.append(_unnested(period | {"approvedValue": values[0] if values else None}))
    return made


_NUMBERS = frozenset({"baselineValue", "targetValue", "value"})


def _unnested(value: Any, name: str = "") -> Any:
    """Connections as lists, numbers as numbers."""
    if isinstance(value, dict):
        if set(value) == {"nodes"}:
            return [_unnested(each) for each in value["nodes"]]
        return {key: _unnested(each, key) for key, each in value.items()}
    return _number(value) if name in _NUMBERS else value


def _number(value: Any) -> Any:
    return None if value is None else Decimal(str(value)).normalize()
