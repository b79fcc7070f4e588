"""Relations to a row of any of several types. The row that points says by two columns which table's
row it means; the statement has an arm for each type that it may be, of which PostgreSQL looks at
one. A filter compares global ids, and so tells nothing that those two columns do not."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from graphql import GraphQLError

from tracker.graphql.planner import kinds
from tracker.graphql.planner.kinds import Kind

if TYPE_CHECKING:
    from tracker.graphql.planner.declare import Declaration, Registry


@dataclass(frozen=True)
class Pointer:
    """A relation to at most one row of any declared type, or of those over `tables` alone: the
    column `kind` holds the table's name, the column `number` the row's."""

    description: str
    tables: frozenset[str] | None = None
    kind: str = "subject_type"
    number: str = "subject_id"


IDS = kinds.identity("Node")
"""What a filter by a pointer takes."""


def targets(registry: "Registry", pointer: Pointer) -> Mapping[str, "Declaration"]:
    """Table -> what is declared over it, for all that the pointer may lead to."""
    found = {each.table._meta.tablename: each for each in registry.declarations.values()}
    if pointer.tables is None:
        return found
    return {name: each for name, each in found.items() if name in pointer.tables}


def halves(known: Mapping[str, "Declaration"]) -> tuple[Kind, Kind]:
    """What binds the table and the number of a global id. A type that is never meant is of no
    table, so that no row fits. Raises GraphQLError for what is no id."""
    tables = {each.name: table for table, each in known.items()}

    def split(text: Any) -> tuple[str, int]:
        name, colon, _ = str(text).partition(":")
        if not name or not colon:
            raise GraphQLError(f"{str(text)[:40]!r} is no id; ids look like Project:12.")
        return tables.get(name, ""), kinds.number_of(text, name)

    return (
        Kind("ID", str, "text", "table of {x}", bind=lambda text: split(text)[0]),
        Kind("ID", str, "integer", "number of {x}", bind=lambda text: split(text)[1]),
    )
