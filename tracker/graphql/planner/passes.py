"""The passes of an aggregate over its sources: each source is joined once, and only if something
was asked of it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from graphql import FieldNode, GraphQLError, GraphQLObjectType

from tracker.graphql.planner.aggregate import Block, Figure, Key, Listing, Source
from tracker.graphql.planner.cells import Cells, holds
from tracker.graphql.planner.declare import Declaration
from tracker.graphql.planner.kinds import DATE, TEXT
from tracker.graphql.planner.statement import (
    NotPlannable,
    Statement,
    Text,
    placed,
    response_key,
    where,
)
from tracker.graphql.planner.values import Leaf, Variables

if TYPE_CHECKING:
    from tracker.graphql.planner.figures import FiguresText

Nodes = list[FieldNode]
Bound = Mapping[str, str]
"""Arguments in force: name -> SQL of their bind parameter."""

USED = "{used}"
"""Stands for the columns of `c` that anything reads, which is known at the end."""

LEVELS_MOST = 8
"""Passes over the rows in one operation: an aggregate is one, each of its groupings another."""


@dataclass
class Pass:
    """One pass over a source: the aggregates that it computes, or a single listing's text."""

    name: str
    source: Source
    bound: Bound
    columns: list[str] = field(default_factory=list)
    listing: Listing | None = None
    body: str = ""

    def column(self, sql: str) -> str:
        """A reference to the aggregate, computed once however often it was asked for."""
        if sql not in self.columns:
            self.columns.append(sql)
        return f"{self.name}.f{self.columns.index(sql)}"


class Level:
    """The passes of one object or grouping, and the text made of them."""

    def __init__(self, figures: "FiguresText", keys: tuple[Key, ...]) -> None:
        self.figures = figures
        self.keys = tuple(_Keyed(key, figures.compiler.statement) for key in keys)
        self.compiler = figures.compiler
        self.statement = figures.statement
        self.statement.count_level(LEVELS_MOST)
        self.rows = self.statement.alias() if keys else figures.rows
        self._names = {"t": "t", "c": "c", "rows": figures.rows}
        self._passes: dict[Any, Pass] = {}
        self.base = self._pass("", {})
        self.cells: Cells | None = None

    def order(self, *, by_keys: bool) -> str:
        """The ORDER BY items: the keys in turn, below the number of rows unless `by_keys`."""
        items = [each.ordered(f"{self.base.name}.k{i}") for i, each in enumerate(self.keys)]
        return ", ".join(items if by_keys else [f"{self.base.column('count(*)')} DESC", *items])

    def object(
        self,
        text: Text,
        gtype: GraphQLObjectType,
        nodes: Nodes,
        fields: Mapping[str, Figure | Listing | Block],
        bound: Bound,
    ) -> None:
        """Adds an object of figures, listings, blocks, keys and groups."""
        for found in self.compiler.object(text, gtype.name, nodes):
            with self.statement.at(response_key(found), nodes=found):
                self._field(text, gtype, found, fields.get(found[0].name.value), bound)
        text.add("}")

    def _field(
        self,
        text: Text,
        gtype: GraphQLObjectType,
        found: Nodes,
        each: Figure | Listing | Block | None,
        bound: Bound,
    ) -> None:
        name = found[0].name.value
        if isinstance(each, Figure):
            self._figure(text, each, bound)
        elif isinstance(each, Listing):
            self._listing(text, each, found, bound)
        elif isinstance(each, Block):
            inner = {**bound, **self._arguments(gtype, found, each)}
            self.object(text, self.compiler.type(each.name), found, each.fields, inner)
        elif name == "keys":
            self._keys(text, found)
        elif name == "on" and gtype.name == f"{self.figures.aggregate.name}Point":
            text.scalar(DATE, "(x.at AT TIME ZONE 'UTC')::date", False)
        elif name == "groups":
            text.sql(self.figures.groups(gtype, found))
        else:
            raise NotPlannable(f"{gtype.name}.{name}")

    def head(self, page: str) -> str:
        """The rows with their keys, computed once for all passes of the `page` that read them."""
        if f" {self.rows} " not in page:
            return ""
        columns = used_columns(self.figures.over, page)
        keys = "".join(f",{key.sql} AS k{i}" for i, key in enumerate(self.keys))
        keyed = self.opened(f"SELECT {columns}{keys} FROM {self.joined_keys()}", columns)
        return f"WITH {self.rows} AS ({keyed}) "

    def joined_keys(self) -> str:
        """The rows with the joins of the keys."""
        shared = dict.fromkeys(join for key in self.keys for join in key.joins)
        return f"{self.figures.rows} t{''.join(f' {join}' for join in shared)}"

    def opened(self, select: str, columns: str) -> str:
        """The SELECT of `columns` and keys, with each array as its elements: in the select list,
        which takes a third of the time of a join. One that is empty has no value."""
        for i, key in enumerate(self.keys):
            if key.key.each:
                others = "".join(f",t.k{n}" for n in range(len(self.keys)) if n != i)
                filled = f"CASE WHEN cardinality(t.k{i}) > 0 THEN t.k{i} ELSE '{{NULL}}' END"
                select = f"SELECT {columns}{others},unnest({filled}) AS k{i} FROM ({select}) t"
        return select

    def passes(self) -> str:
        """The FROM clause: the passes side by side, groups matched by all of their keys."""
        first, *others = self._passes.values()
        if not self.keys:
            used = [each for each in (first, *others) if each.columns or each.listing or
                    (self.cells and each is first)]  # fmt: skip
            return " FROM " + " CROSS JOIN ".join(map(self._sql, used)) if used else ""
        mine = _together([f"{first.name}.k{i}" for i in range(len(self.keys))])
        joined = "".join(f" LEFT JOIN {self._sql(other)} ON {other.name}.k = {mine}"
                         for other in others)  # fmt: skip
        return f" FROM {self._sql(first)}{joined}"

    def _figure(self, text: Text, figure: Figure, bound: Bound) -> None:
        sql = self._pass(figure.source, bound).column(self._placed(figure.sql, bound))
        if self.keys and not figure.null:
            sql = f"coalesce({sql},0)"
        text.scalar(figure.kind, sql, figure.null)

    def _listing(self, text: Text, listing: Listing, nodes: Nodes, bound: Bound) -> None:
        source = self._source(listing.source)
        made = Pass(self.statement.alias(), source, bound, listing=listing)
        entry = Text()
        parts = list(listing.parts)
        for found in self.compiler.object(entry, listing.name, nodes):
            name = found[0].name.value
            if name in listing.parts:
                part = listing.parts[name]
                entry.scalar(part.kind, f"e.p{parts.index(name)}", part.null)
            else:
                figure = listing.figures[name]
                sql = self._placed(figure.sql, bound)
                if sql not in made.columns:
                    made.columns.append(sql)
                entry.scalar(figure.kind, f"e.f{made.columns.index(sql)}", figure.null)
        entry.add("}")
        made.body = str(entry)
        name = made.name
        if self.cells is None and holds(listing, made.columns):
            self.cells = Cells(self, listing, made.body)
            name = self.base.name
        else:
            self._passes[name] = made
        text.add("[")
        text.sql(f"coalesce({name}.listed,'')")
        text.add("]")

    def _keys(self, text: Text, nodes: Nodes) -> None:
        numbers = {key.key.name: i for i, key in enumerate(self.keys)}
        declared = {key.name: key for key in self.figures.aggregate.keys.values()}
        labels = {key.label.name: key for key in declared.values() if key.label}
        name = f"{self.figures.aggregate.name}GroupKeys"
        for found in self.compiler.object(text, name, nodes):
            asked = found[0].name.value
            key = declared.get(asked) or labels[asked]
            number = numbers.get(key.name)
            column = f"{self.base.name}.k{number}"
            if number is None:
                text.add("null")
            elif key.label and asked in labels:
                text.scalar(TEXT, placed(key.label.sql, {"k": column}), True)
            elif key.target:
                child = self.statement.registry.declarations[key.target]
                with self.statement.at(response_key(found), nodes=found):
                    text.sql(self.compiler.row_by_number(child, column, found))
            else:
                text.scalar(key.kind or TEXT, column, True)
        text.add("}")

    def _arguments(self, owner: GraphQLObjectType, nodes: Nodes, block: Block) -> Bound:
        """The block's arguments as bind parameters."""
        given = self.compiler.arguments(owner, nodes[0])
        bound = {}
        for name, argument in block.arguments.items():
            leaf = given[name]
            assert isinstance(leaf, Leaf)

            def value(variables: Variables, _: Any, leaf=leaf, argument=argument) -> Any:  # type: ignore[no-untyped-def]
                return argument.check(argument.kind.bind(leaf.get(variables)))

            key = (block.name, name, leaf.key)
            with self.statement.at(name):
                bound[name] = self.statement.bind(key, argument.kind.cast, value)
        return bound

    def _pass(self, name: str, bound: Bound) -> Pass:
        """The pass over a source with these arguments, which all figures share."""
        source = self._source(name)
        used = {k: v for k, v in bound.items() if f"{{{k}}}" in source.joins + source.on}
        key = (name, tuple(used.items()))
        if key not in self._passes:
            self._passes[key] = Pass(self.statement.alias(), source, bound)
        return self._passes[key]

    def _source(self, name: str) -> Source:
        """The declared source, or the rows themselves. Raises GraphQLError for one that is not
        known for the past that is asked for."""
        if not name:
            return Source()
        source = self.figures.aggregate.sources[name]
        if self.figures.at and not (source.past or source.timeless):
            raise GraphQLError(f"{name}: the past of this is not kept; ask for it without a date.")
        return source

    def _sql(self, each: Pass) -> str:
        """One pass as a subselect."""
        if self.cells and each is self.base:
            return self.cells.sql()
        if each.listing is not None:
            return self._listed(each, each.listing)
        keys = [f"t.k{i}" for i in range(len(self.keys))]
        shown = [f"{key} AS k{i}" for i, key in enumerate(keys)]
        if each is not self.base:
            shown = [f"{_together(keys)} AS k"] if keys else []
        source = f" FROM {self.rows} t{self._joined(each)}{self._begun(each)}"
        columns = [f"{sql} AS f{i}" for i, sql in enumerate(each.columns)]
        grouped = f" GROUP BY {', '.join(keys)}" if keys else ""
        return f"(SELECT {', '.join(shown + columns) or '1'}{source}{grouped}) {each.name}"

    def _listed(self, each: Pass, listing: Listing) -> str:
        """A listing's pass: its entries as text, in their order. Sorted by the keys one by one,
        which takes a tenth of the time of sorting by an array of them."""
        keys = [f"k{i}" for i in range(len(self.keys))]
        entries, count = self._entries(each, listing, keys), len(listing.parts)
        order = ", ".join(f"e.p{i}" for i in range(count))
        keyed = ", ".join(f"e.{key}" for key in keys)
        limit = ""
        if listing.most is not None:
            apart = f"PARTITION BY {keyed} " if keys else ""
            numbers = f"row_number() OVER ({apart}ORDER BY {order}) AS rank"
            entries, order = f"SELECT e.*, {numbers} FROM ({entries}) e", "e.rank"
            limit = where([f"e.rank <= {listing.most}"])
        k = f"{_together(keyed.split(', '))} AS k, " if keys else ""
        grouped = f" GROUP BY {keyed}" if keys else ""
        return (
            f"(SELECT {k}string_agg({each.body},',' ORDER BY {order}) AS listed"
            f" FROM ({entries}) e{limit}{grouped}) {each.name}"
        )

    def _entries(self, each: Pass, listing: Listing, keys: list[str]) -> str:
        """A listing's entries as a SELECT of keys, parts and figures."""
        parts = [self._placed(part.sql, each.bound) for part in listing.parts.values()]
        shown = [f"{sql} AS p{i}" for i, sql in enumerate(parts)]
        by = [listing.by] if listing.by else parts
        selected = [
            *(f"t.{key}" for key in keys),
            *([f"{listing.by} AS by"] if listing.by else shown),
            *(f"{sql} AS f{i}" for i, sql in enumerate(each.columns)),
        ]
        entries = (
            f"SELECT {', '.join(selected)} FROM {self.rows} t{self._joined(each)}"
            f"{self._begun(each)} GROUP BY {', '.join([*(f't.{key}' for key in keys), *by])}"
            f" HAVING {self._placed(listing.having, each.bound)}"
        )
        if not listing.by:
            return entries
        named = placed(listing.named, {"by": "g.by"})
        return f"SELECT g.*, {', '.join(shown)} FROM ({entries}) g {named}"

    def placed(self, template: str) -> str:
        """The SQL template over `t` without arguments."""
        return self._placed(template, {})

    def _placed(self, template: str, bound: Bound) -> str:
        """The SQL template over `t` and `c` with arguments and viewer parameters bound."""
        return self.statement.tokens(placed(template, {**self._names, **bound}))

    def _joined(self, each: Pass) -> str:
        """The JOIN of the source's rows that the viewer may see."""
        source = each.source
        more = self._placed(source.joins, each.bound)
        if not source.target:
            return f" {more}" if more else ""
        child = self.statement.registry.declarations[source.target]
        table = child.sql_name
        if self.figures.at and source.past:
            table = self.figures.shared(self._past(self._placed(source.past, each.bound)))
        seen = self.statement.visible(child, "c", self.figures.over.scope)
        on = " AND ".join([self._placed(source.on, each.bound), *seen])
        return f" JOIN {table} c ON {on} {more}".rstrip()

    def _begun(self, each: Pass) -> str:
        """The WHERE clause that leaves out what does not count yet."""
        if not each.source.after:
            return ""
        day, zone = (self._placed(sql, each.bound) for sql in each.source.after)
        now = self.figures.at or self.statement.tokens(":now")
        return where([f"{day} < ({now} AT TIME ZONE {zone})::date"])

    def _past(self, past: str) -> str:
        """What of a source's past all passes share."""
        return f"SELECT {USED} FROM ({past}) c{where([stood_at('c', self.figures.at)])}"


class _Keyed:
    """A key of a grouping with its SQL over the rows."""

    def __init__(self, key: Key, statement: Statement) -> None:
        self.key = key
        self.sql = placed(key.sql, {"t": "t"})
        self.joins = [statement.tokens(placed(join, {"t": "t"})) for join in key.joins]

    def ordered(self, column: str) -> str:
        """The ORDER BY item; text in the order of its code points, as the database may not
        agree with any reader's language anyway."""
        text = self.key.kind is not None and self.key.kind.cast == "text"
        collation = ' COLLATE "C"' if text else ""
        return f"{column}{collation} NULLS LAST"


def _together(keys: list[str]) -> str:
    """All keys as one value: arrays are equal where both have a null, and can be hashed; keys one
    by one cannot."""
    return f"ARRAY[{', '.join(f'{key}::text' for key in keys)}]"


def stood_at(alias: str, at: str) -> str:
    """The condition on a row with `since` and `until` that it stood so at the instant."""
    return f"{alias}.since <= {at} AND {at} < {alias}.until"


def used_columns(declaration: Declaration, text: str) -> str:
    """The columns of `t` that the text reads: rows are kept for several passes, so narrow ones."""
    return ", ".join(f't."{name}"' for name in read_columns(declaration, text))


def read_columns(declaration: Declaration, text: str) -> list[str]:
    """Their names, the id first."""
    columns = declaration.table._meta.columns
    names = {column._meta.name for column in columns} | {"low", "high"}
    names |= set(declaration.narrow[1] if declaration.narrow else ())
    found = re.findall(r'(?<![\w."])t\."?(\w+)', text)
    return [name for name in dict.fromkeys(["id", *found]) if name in names]
