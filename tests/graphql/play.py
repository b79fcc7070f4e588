"""Mutations played against the API by somebody of the cast, each with all that its payload has."""

import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from asyncpg import Connection
from graphql import GraphQLNonNull

from tests.cast import Cast
from tests.conftest import empty
from tracker.domain import clock
from tracker.domain.actor import Actor
from tracker.graphql import graphql_schema
from tracker.graphql.planner.declare import Many, One, Scalar
from tracker.graphql.planner.kinds import JSON
from tracker.graphql.planner.pointers import Pointer
from tracker.graphql.registry import registry
from tracker.graphql.schema import PERFORMABLE

Way = Callable[[str, dict[str, Any], Actor], Awaitable[bytes]]

NOON = datetime(2026, 6, 1, 12, 30, 15, 999_999, tzinfo=UTC)

PROBLEMS = "problems { __typename field code message currentVersion changedFields }"


def day(days: int = 0) -> str:
    """A day near the frozen present."""
    return str(NOON.date() + timedelta(days=days))


def plain(node: str) -> str:
    """The type's own columns, which need no statement where the type is a part of a project."""
    fields = registry.declarations[node].fields.items()
    return " ".join(name for name, each in fields if isinstance(each, Scalar) and each.column)


def everything(node: str) -> str:
    """All scalars, and something of everything that is related; no stored JSON, in which the ways
    differ by white space."""
    lines = ["__typename ... on Node { id }"]
    for name, field in registry.declarations[node].fields.items():
        if isinstance(field, Scalar):
            if field.kind is not JSON:
                lines.append(name)
        elif isinstance(field, One | Pointer):
            lines.append(f"{name} {{ id }}")
        elif isinstance(field, Many):
            lines.append(f"{name}(first: 2) {{ totalCount nodes {{ id }} }}")
    return " ".join(lines)


def document(name: str, arguments: dict[str, Any], selection: Callable[[str], str]) -> str:
    """The mutation with a variable for each argument that is given."""
    assert graphql_schema.mutation_type
    field = graphql_schema.mutation_type.fields[name]
    kind: Any = field.type
    payload = (kind.of_type if isinstance(kind, GraphQLNonNull) else kind).fields
    [row] = [each for each in payload if each not in ("problems", "secret")]
    declared = ", ".join(f"${each}: {field.args[each].type}" for each in arguments)
    passed = ", ".join(f"{each}: ${each}" for each in arguments)
    secret = "secret" if "secret" in payload else ""
    inner = f"__typename {row} {{ {selection(PERFORMABLE[name].mutation.node)} }} {secret}"
    return f"mutation({declared}) {{ {name}({passed}) {{ {inner} {PROBLEMS} }} }}"


class Play:
    """Asks one mutation after the other, and keeps the answers' bytes."""

    def __init__(self, cast: Cast, way: Way, selection: Callable[[str], str]) -> None:
        self.cast, self.way, self.selection = cast, way, selection
        self.answers: list[tuple[str, bytes]] = []
        self.instants = (NOON + timedelta(minutes=7 * n) for n in range(1000))
        self.now = NOON

    def today(self) -> str:
        """The day in Nairobi, as far as the play is."""
        return str((self.now + timedelta(hours=3)).date())

    async def ask(self, name: str, who: str, **arguments: Any) -> str:
        """Do it, after the auditor was refused; the id of the row, or "" when it was refused."""
        text = document(name, arguments, self.selection)
        found: dict[str, Any] = {}
        for actor in (self.cast.auditor, self.cast[who]):
            self.now = next(self.instants)
            with clock.at(self.now):
                body = await self.way(text, arguments, actor)
            self.answers.append((name, timeless(name, body)))
            found = orjson.loads(body)
        assert "errors" not in found, found
        payload = found["data"][name]
        row = next(v for k, v in payload.items() if k not in ("__typename", "problems", "secret"))
        return "" if payload["problems"] or not isinstance(row, dict) else str(row["id"])


def timeless(name: str, body: bytes) -> bytes:
    """The answer without secrets, and without the instants of the ledger, which goes by the
    database's clock."""
    if name.startswith(("digestIssue", "delivery", "suppression")):
        body = re.sub(rb"20\d\d-\d\d-\d\dT[\d:.]+Z", b"", body)
    return re.sub(rb"est_[\w-]+", b"est_", body)


async def next_numbers(cleaner: Connection) -> str:
    """The statement that makes rows get the numbers that they would get from now on."""
    found = await cleaner.fetch(
        "SELECT sequencename AS name, last_value AS last FROM pg_sequences"
        " WHERE schemaname = 'public'"
    )
    return "SELECT " + ", ".join(
        f"setval('{name}', {last or 1}, {last is not None})" for name, last in found
    )


async def begin_afresh(cleaner: Connection, numbers: str) -> None:
    """Nothing but the cast; rows made from now on get those numbers."""
    await empty(cleaner)
    await cleaner.execute(numbers)
