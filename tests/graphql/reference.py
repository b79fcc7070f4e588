"""An executor that is slow and obviously right: one trivial statement for each column and each
relation, everything else looked through in Python, visibility always applied by hand.

Nothing of the planner is used but the declarations: what it must agree with is written again.
"""

import asyncio
import base64
import json
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from typing import Any

import asyncpg
from graphql import DocumentNode, ExecutionResult, GraphQLSchema, execute

from tracker.domain.actor import Actor
from tracker.domain.visibility import bound
from tracker.graphql import told
from tracker.graphql.planner.declare import Declaration, Many, One, Registry, Scalar
from tracker.graphql.planner.pages import DEFAULT_SIZE
from tracker.graphql.planner.pointers import Pointer
from tracker.graphql.registry import registry

Ids = list[int]


@dataclass(frozen=True)
class Row:
    """A row of a declared type, known by its number alone."""

    declaration: Declaration
    id: int
    cursor: str = ""


@dataclass(frozen=True)
class Page:
    """What was asked of a connection, and the rows that it found."""

    nodes: list[Row]
    total: int
    has_next: bool
    has_previous: bool


class Columns:
    """What trivial statements find on one connection. Each is asked once, whoever asks it: nothing
    is written meanwhile."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection
        self._turn = asyncio.Lock()
        self._kinds = told.bound(registry).replace("'", "''")
        self._known: dict[tuple[Any, ...], dict[Any, list[Any]]] = {}

    async def pairs(self, sql: str, actor: Actor, *values: Any) -> dict[Any, list[Any]]:
        """Value of the first column -> those of the second, in the order of the rows."""
        text, more = bound(sql.replace(":kinds", f"'{self._kinds}'::jsonb"), actor)
        for number in range(len(values) + 1, len(values) + len(more) + 1):
            text = text.replace("{}::", f"${number}::", 1)
        key = (text, *map(repr, (*values, *more)))
        if key not in self._known:
            async with self._turn:
                rows = await self._connection.fetch(text, *values, *more)
            found = self._known[key] = {}
            for first, second in rows:
                found.setdefault(first, []).append(second)
        return self._known[key]


class Reference:
    """Answers as `actor` sees the database of `columns`.

    `schema` is the API's own, made anew from its text: no resolver is left in it.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        registry: Registry,
        columns: Columns,
        actor: Actor,
    ) -> None:
        self.schema = schema
        self.registry = registry
        self.columns = columns
        self.actor = actor
        self._cursors: dict[tuple[Any, ...], dict[int, str]] = {}

    async def answer(self, document: DocumentNode, variables: Mapping[str, Any]) -> ExecutionResult:
        """The result of a query."""
        result = execute(
            self.schema,
            document,
            variable_values=dict(variables),
            field_resolver=self._resolve,
            type_resolver=lambda row, *_: row.declaration.name,
        )
        return result if isinstance(result, ExecutionResult) else await result

    async def _resolve(self, source: Any, info: Any, **given: Any) -> Any:
        name = info.field_name
        if isinstance(source, Page):
            return _of_page(source, name)
        if isinstance(source, Row):
            if info.parent_type.name == f"{source.declaration.name}Edge":
                return source.cursor if name == "cursor" else source
            return await self._of_row(source, name, given)
        return await self._root(name, given) if source is None else source[name]

    # --- roots

    async def _root(self, name: str, given: dict[str, Any]) -> Any:
        if name == "node":
            return await self._by_global_id(given["id"])
        if name == "nodes":
            return [await self._by_global_id(each) for each in given["ids"]]
        root = self.registry.roots[name]
        declaration = self.registry.declarations[root.target]
        if not root.single:
            ids = await self._seen(declaration, root.on.replace("{c}", "c"))
            return await self._page(declaration, ids, declaration.order, given)
        on = root.on.replace("{c}", "c")
        if root.by is None:
            found = await self._seen(declaration, on)
        elif root.by[0] == "id":
            return await self._by_global_id(given["id"])
        else:
            found = await self._seen(declaration, on.replace("{by}", "$1"), given[root.by[0]])
        return Row(declaration, found[0]) if found else None

    async def _by_global_id(self, text: str) -> Row | None:
        name, _, number = text.partition(":")
        declaration = self.registry.declarations[name]
        found = await self._seen(declaration, "c.id = $1::bigint", int(number))
        return Row(declaration, found[0]) if found else None

    # --- rows

    async def _of_row(self, row: Row, name: str, given: dict[str, Any]) -> Any:
        field = row.declaration.fields[name]
        if isinstance(field, Scalar):
            value = await self._value(row, field)
            return _written(field, value, row.declaration)
        if isinstance(field, Pointer):
            return await self._by_global_id(await self._pointed(row, field))
        child = self.registry.declarations[field.target]
        if isinstance(field, One):
            ids = await self._related(row, field)
            return Row(child, ids[0]) if ids else None
        ids = await self._related(row, field)
        return await self._page(child, ids, field.order or child.order, given)

    async def _value(self, row: Row, field: Scalar) -> Any:
        sql = field.sql.replace("{t}", "t")
        found = await self._pairs(f"SELECT t.id, {sql} FROM {row.declaration.sql_name} t")
        return found[row.id][0]

    async def _related(self, row: Row, relation: One | Many) -> Ids:
        """Numbers of the related rows that the actor may see; of a relation to one, at most one."""
        child = self.registry.declarations[relation.target]
        on = relation.on.replace("{p}", "p").replace("{c}", "c")
        parent = row.declaration.sql_name
        last = ""
        if isinstance(relation, One):
            order = relation.order.replace("{c}", "c")
            last = f" ORDER BY {order}" if order else ""
        sql = (
            f"SELECT p.id, c.id FROM {child.sql_name} c, {parent} p WHERE ({on})"
            f" AND ({child.visible('c')}){last}"
        )
        return (await self._pairs(sql)).get(row.id, [])

    async def _pointed(self, row: Row, pointer: Pointer) -> str:
        """The global id of what the row points to; of what is no declared type, one of no row."""
        own = f"t.{pointer.kind} || ':' || t.{pointer.number}"
        found = await self._pairs(f"SELECT t.id, {own} FROM {row.declaration.sql_name} t")
        table, _, number = found[row.id][0].partition(":")
        declared = self.registry.declarations.values()
        names = [each.name for each in declared if each.table._meta.tablename == table]
        return f"{names[0]}:{number}" if names else "Person:0"

    async def _seen(self, declaration: Declaration, on: str, *values: Any) -> Ids:
        sql = f"SELECT 1, c.id FROM {declaration.sql_name} c WHERE ({on})"
        return await self._all(f"{sql} AND ({declaration.visible('c')})", *values)

    # --- connections

    async def _page(
        self, declaration: Declaration, ids: Ids, order: tuple[str, ...], given: dict[str, Any]
    ) -> Page:
        keys = _keys(given.get("orderBy"), order)
        fitting = [
            number for number in ids
            if await self._fits(Row(declaration, number), given.get("filter") or {})
        ]  # fmt: skip
        cursors = await self._ordered(declaration, keys)
        place = {number: index for index, number in enumerate(cursors)}
        rows = sorted(fitting, key=place.__getitem__)
        after, before = given.get("after"), given.get("before")
        by_cursor = {text: place[number] for number, text in cursors.items()}
        if after:
            rows = [each for each in rows if place[each] > by_cursor[after]]
        if before:
            rows = [each for each in rows if place[each] < by_cursor[before]]
        last = given.get("last")
        size = last if last is not None else given.get("first")
        size = DEFAULT_SIZE if size is None else size
        kept = (rows[-size:] if size else []) if last is not None else rows[:size]
        more = len(rows) > size
        return Page(
            [Row(declaration, number, cursors[number]) for number in kept],
            len(fitting),
            has_next=bool(before) or (more and last is None),
            has_previous=bool(after) or (more and last is not None),
        )

    async def _ordered(
        self, declaration: Declaration, keys: list[tuple[str, bool]]
    ) -> dict[int, str]:
        """The cursor of every row of the type in the order, whoever may see it."""
        key = (declaration.name, *keys)
        if key not in self._cursors:
            self._cursors[key] = await self._with_cursors(declaration, keys)
        return self._cursors[key]

    async def _with_cursors(
        self, declaration: Declaration, keys: list[tuple[str, bool]]
    ) -> dict[int, str]:
        table = f"FROM {declaration.sql_name} t"
        terms = [
            f"{_sql(declaration, name)} {'DESC' if down else 'ASC'} NULLS LAST"
            for name, down in keys
        ]
        numbers = await self._all(f"SELECT 1, t.id {table} ORDER BY {', '.join(terms)}")
        distinct: dict[str, bool] = {}
        for name, down in keys:
            distinct.setdefault(name, down)
        columns = [
            await self._pairs(f"SELECT t.id, ({_sql(declaration, name)})::text {table}")
            for name in distinct
        ]
        signature = ",".join(f"{'-' if down else ''}{name}" for name, down in distinct.items())
        written = {
            number: json.dumps([signature, *(c[number][0] for c in columns)], ensure_ascii=False)
            for number in numbers
        }
        return {n: base64.b64encode(text.encode()).decode() for n, text in written.items()}

    # --- filters

    async def _fits(self, row: Row, given: dict[str, Any]) -> bool:
        for name, value in given.items():
            if name == "and":
                holds = all([await self._fits(row, each) for each in value])
            elif name == "or":
                holds = any([await self._fits(row, each) for each in value])
            elif name == "not":
                holds = not await self._fits(row, value)
            elif name == "isNull":
                holds = not value  # there is this row
            else:
                holds = await self._field_fits(row, name, value)
            if not holds:
                return False
        return True

    async def _field_fits(self, row: Row, name: str, given: dict[str, Any]) -> bool:
        field = row.declaration.fields[name]
        if isinstance(field, Scalar):
            value = await self._value(row, field)
            return all([await self._holds(field, value, *each) for each in given.items()])
        if isinstance(field, Pointer):
            own = await self._pointed(row, field)
            return all((own == ids if how == "eq" else own in ids) is (how != "notIn")
                       for how, ids in given.items())  # fmt: skip
        child = self.registry.declarations[field.target]
        rows = [Row(child, number) for number in await self._related(row, field)]
        if isinstance(field, One):
            if "isNull" in given and given["isNull"] is not (not rows):
                return False
            rest = {key: each for key, each in given.items() if key != "isNull"}
            if "isNull" in given and not rest:
                return True
            return bool(rows) and await self._fits(rows[0], rest)
        found = []
        for quantifier, each in given.items():
            fitting = [await self._fits(related, each) for related in rows]
            found.append({"some": any, "every": all}.get(quantifier, _none)(fitting))
        return all(found)

    async def _holds(self, field: Scalar, value: Any, how: str, given: Any) -> bool:
        """Whether a condition on one value holds; on none, only what asks for none."""
        if how == "isNull":
            return (value is None) is given
        if value is None:
            return False
        read = partial(_read, field)
        if how in ("has", "hasAny", "hasAll"):
            wanted = {read(each) for each in (given if isinstance(given, list) else [given])}
            return bool(wanted & set(value)) if how != "hasAll" else wanted <= set(value)
        if how in ("in", "notIn"):
            return (value in [read(each) for each in given]) is (how == "in")
        if how == "eq":
            return bool(value == read(given))
        if not isinstance(value, str):
            return COMPARISONS[how](value, read(given))
        sql = f"SELECT 1, {TEXTS[how].format(a='$1::text', b='$2::text')}"
        return bool((await self._all(sql, value, given))[0])

    # --- statements

    async def _all(self, sql: str, *values: Any) -> list[Any]:
        return (await self._pairs(sql, *values)).get(1, [])

    async def _pairs(self, sql: str, *values: Any) -> dict[Any, list[Any]]:
        return await self.columns.pairs(sql, self.actor, *values)


COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
}

TEXTS = {
    "contains": "strpos(lower({a}), lower({b})) > 0",
    "startsWith": "starts_with(lower({a}), lower({b}))",
    "endsWith": "lower({b}) = right(lower({a}), length(lower({b})))",
    "gt": "{a} > {b}",
    "gte": "{a} >= {b}",
    "lt": "{a} < {b}",
    "lte": "{a} <= {b}",
}
"""What PostgreSQL's collation and letters decide, it is asked about, two texts at a time."""


def _sql(declaration: Declaration, name: str) -> str:
    field = declaration.fields[name]
    assert isinstance(field, Scalar)
    return field.sql.replace("{t}", "t")


def _of_page(page: Page, name: str) -> Any:
    ends = {"startCursor": 0, "endCursor": -1}
    return {
        "nodes": page.nodes,
        "edges": page.nodes,
        "totalCount": page.total,
        "pageInfo": {
            "hasNextPage": page.has_next,
            "hasPreviousPage": page.has_previous,
            **{key: page.nodes[at].cursor if page.nodes else None for key, at in ends.items()},
        },
    }[name]


def _keys(given: list[dict[str, Any]] | None, default: tuple[str, ...]) -> list[tuple[str, bool]]:
    """(field, whether it descends), each field as it is first given, ending with the id in the
    direction of the key before it."""
    if given:
        first: dict[str, bool] = {}
        for each in given:
            first.setdefault(_camel(each["field"]), each["direction"] == "DESC")
        keys = list(first.items())
    else:
        keys = [(name.lstrip("-"), name.startswith("-")) for name in default]
    return keys if "id" in dict(keys) else [*keys, ("id", keys[-1][1] if keys else False)]


def _camel(constant: str) -> str:
    head, *tail = constant.lower().split("_")
    return head + "".join(word.title() for word in tail)


def _none(values: list[bool]) -> bool:
    return not any(values)


def _read(field: Scalar, given: Any) -> Any:
    """An argument's raw value as asyncpg gives and takes that of a column."""
    name = field.kind.name.removesuffix("List")
    readers: dict[str, Any] = {
        "ID": lambda text: int(text.partition(":")[2]),
        "Date": date.fromisoformat,
        "DateTime": datetime.fromisoformat,
        "Decimal": Decimal,
        "Int": int,
        "Float": float,
        "Boolean": bool,
        "String": str,
    }
    return readers.get(name, str.lower)(given)  # enums are stored in small letters


def _written(field: Scalar, value: Any, declaration: Declaration) -> Any:
    """A column's value as the API writes it."""
    name = field.kind.name
    if value is None:
        return None
    if name == "ID":
        return f"{declaration.name}:{value}"
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return _shortest(value)
    if name == "JSON":
        return json.loads(value)
    plain = name.removesuffix("List") in ("Int", "Float", "Boolean", "String")
    if plain:
        return value
    return [each.upper() for each in value] if name.endswith("List") else value.upper()


def _shortest(value: Decimal) -> str:
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
