"""Marks: each text of each row gets a word of its own, so that whatever reaches somebody can be
told from where it came."""

import re
from collections.abc import Iterator
from typing import Any

from asyncpg import Connection
from piccolo.columns import Text, Varchar

from tracker.graphql.registry import registry

MARK = re.compile(r"zq(\d+)qz")

Mark = tuple[str, int, str]
"""The type, row and field that a mark was put into; its number is its place in the list."""

UNMARKED = {"city", "exchange_rate", "rate_import"}
"""Tables of what everybody sees."""


async def mark(owner: Connection) -> list[Mark]:
    """Put a mark of its own behind every text that has room for it."""
    made: list[Mark] = []
    async with owner.transaction():
        await owner.execute("SET LOCAL session_replication_role = replica")
        for declaration in registry.declarations.values():
            if declaration.table._meta.tablename in UNMARKED:
                continue
            for name in _texts(declaration.table):
                made += await _of_column(
                    owner, declaration.name, declaration.sql_name, name, len(made)
                )
        made += await _of_events(owner, len(made))
        await owner.execute("SELECT search_rebuild(), figures_rebuild()")
    return made


async def _of_column(owner: Connection, kind: str, table: str, name: str, first: int) -> list[Mark]:
    rows = await owner.fetch(f'SELECT id FROM {table} WHERE "{name}" IS NOT NULL ORDER BY id')
    for number, row in enumerate(rows, first):
        await owner.execute(
            f'UPDATE {table} SET "{name}" = "{name}" || $1 WHERE id = $2',
            f" zq{number}qz", row["id"],
        )  # fmt: skip
    return [(kind, row["id"], name) for row in rows]


async def _of_events(owner: Connection, first: int) -> list[Mark]:
    rows = await owner.fetch("SELECT id FROM audit_event ORDER BY id")
    for number, row in enumerate(rows, first):
        text = f'{{"mark": "zq{number}qz"}}'
        await owner.execute(
            "UPDATE audit_event SET after = after || $1::jsonb WHERE id = $2", text, row["id"]
        )
    return [("AuditEvent", row["id"], "after") for row in rows]


def _texts(table: Any) -> Iterator[str]:
    for column in table._meta.columns:
        meta = column._meta
        long = isinstance(column, Text) or (
            isinstance(column, Varchar) and (column.length or 0) >= 100
        )
        if long and not (meta.choices or meta.secret or meta.name in ("email", "issuer", "url")):
            yield meta.name
