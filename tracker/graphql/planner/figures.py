"""From the selection on an aggregate to one SQL expression: as a whole, in groups, over time."""

import re
from typing import TYPE_CHECKING, Any

from graphql import FieldNode, GraphQLError, GraphQLObjectType

from tracker.graphql.planner import filters
from tracker.graphql.planner.aggregate import Aggregate, Key
from tracker.graphql.planner.aggregate_types import DEFAULT_GROUPS, GROUPS_MOST
from tracker.graphql.planner.declare import Declaration
from tracker.graphql.planner.faults import Place
from tracker.graphql.planner.passes import USED, Level, read_columns, stood_at, used_columns
from tracker.graphql.planner.points import Points, stood
from tracker.graphql.planner.statement import Text, response_key, where
from tracker.graphql.planner.values import Leaf, Variables, known

if TYPE_CHECKING:
    from tracker.graphql.planner.compile import Compiler

Nodes = list[FieldNode]

KEYS_MOST, SEVERAL_MOST = 5, 2
"""Keys of a grouping, and among them those that put a row into several groups."""


class FiguresText:
    """Writes the figures of one aggregate over one set of rows: as they are, or as they were `at`
    an instant, or several (an SQL array)."""

    def __init__(self, compiler: "Compiler", aggregate: Aggregate, rows: str, at: str) -> None:
        self.compiler = compiler
        self.aggregate = aggregate
        self.statement = compiler.statement
        self.over = self.statement.registry.declarations[aggregate.over]
        self.rows = rows
        self.at = at
        self._shared: dict[str, str] = {}

    def shared(self, select: str) -> str:
        """The name of a relation that all passes read, worked out once."""
        return self._shared.setdefault(select, f"s{len(self._shared)}")

    def read(self, body: str) -> str:
        """All that reads the rows: the body, and what its passes share."""
        return body + "".join(self._shared)

    def around(self, rows: str, body: str) -> str:
        """The body with the relations that it reads: the filtered rows, and what is shared."""
        text = self.read(body)
        used = ", ".join(dict.fromkeys(re.findall(r"(?<![\w.\"])c\.(?!low|high)\w+", text)))
        named = {self.rows: rows} | {
            name: select.replace(USED, used) for select, name in self._shared.items()
        }
        listed = ", ".join(f"{name} AS ({select})" for name, select in named.items())
        return f"(WITH {listed} SELECT {body})"

    def whole(self, gtype: GraphQLObjectType, nodes: Nodes) -> str:
        """The SQL text expression of the aggregate itself."""
        level = Level(self, ())
        text = Text()
        level.object(text, gtype, nodes, self.aggregate.fields, {})
        return f"(SELECT {text}{level.passes()})"

    def groups(self, owner: GraphQLObjectType, nodes: Nodes) -> str:
        """The SQL text expression of a grouping."""
        arguments = self.compiler.arguments(owner, nodes[0])
        with self.statement.at("first") as place:
            first = _first(arguments.get("first"), place)
            limit = self.statement.bind(("groups", id(first)), "bigint", lambda v, _: first(v))
        with self.statement.at("by"):
            keys = self._keys(arguments)
        level = Level(self, keys)
        columns: list[str] = []
        with self.compiler.within(first):
            text = self._page(level, nodes, limit, columns)
        asked = known(arguments.get("orderBy"), self.compiler.variables)
        order = level.order(by_keys=getattr(asked, "value", "") == "keys")
        listed = [f"{sql} AS n{i}" for i, sql in enumerate(columns)]
        if "x.total" in str(text):
            listed.append("count(*) OVER () AS total")
        page = f"SELECT {', '.join(listed) or '1'}{level.passes()} ORDER BY {order} LIMIT {limit}"
        return f"({level.head(page)}SELECT {text} FROM ({page}) x)"

    def points(self, nodes: Nodes) -> str:
        """The SQL text expression of a list with the figures at each of the instants (an SQL
        array), the empty ones included."""
        return Points(self).listed(nodes)

    def _page(self, level: Level, nodes: Nodes, limit: str, columns: list[str]) -> Text:
        name = f"{self.aggregate.name}Group"
        values = {
            "totalCount": "coalesce(max(x.total),0)::text",
            "truncated": f"(coalesce(max(x.total),0) > {limit})::text",
        }
        text = Text()
        for found in self.compiler.object(text, f"{name}s", nodes):
            field_name = found[0].name.value
            if field_name in values:
                text.sql(values[field_name])
                continue
            node = Text()
            with self.statement.at(response_key(found), nodes=found):
                level.object(node, self.compiler.type(name), found, self.aggregate.fields, {})
            text.add("[")
            text.sql(f"coalesce(string_agg(x.n{len(columns)},','),'')")
            text.add("]")
            columns.append(str(node))
        text.add("}")
        return text

    def _keys(self, arguments: dict[str, Any]) -> tuple[Key, ...]:
        given = known(arguments.get("by"), self.compiler.variables) or []
        names = list(dict.fromkeys(each.value for each in given))
        keys = tuple(self.aggregate.keys[name] for name in names)
        several = sum(key.several for key in keys)
        if self.at and (unknown := [key.name for key in keys if key.present]):
            raise GraphQLError(
                f"by: the past of {unknown[0]} is not kept; leave it or the date out."
            )
        if not keys:
            raise GraphQLError("by: name at least one key to group by.")
        if len(keys) > KEYS_MOST or several > SEVERAL_MOST:
            raise GraphQLError(
                f"by: {len(keys)} keys, of which {several} put a row into several groups; at most"
                f" {KEYS_MOST} are served, and of such {SEVERAL_MOST}."
            )
        return keys


def rows_of(
    compiler: "Compiler",
    aggregate: Aggregate,
    given: Any,
    body: str,
    *,
    at: str | None = None,
    during: str | None = None,
) -> str:
    """The visible rows that fit the filter, as a SELECT of the columns that `body` reads: as they
    are, as they were `at` an instant, or as they stood `during` several (an SQL array)."""
    statement = compiler.statement
    declaration = statement.registry.declarations[aggregate.over]
    past = statement.tokens(aggregate.past)
    table = ""
    if at:
        table = f"(SELECT * FROM ({past}) s{where([stood_at('s', at)])})"
    if during:
        table = f"({stood('SELECT s.*', past, 's', during)})"
    with statement.at("filter"):
        fitting = filters.conditions(statement, declaration, "t", given)
    conditions = where([*statement.visible(declaration, "t"), *fitting])
    read, joined = statement.beside(declaration, "t", conditions, present=not table)
    over = _over(declaration, body + read, table)
    return f"SELECT {used_columns(declaration, body)} FROM {over} t{joined}{read}"


def _over(declaration: Declaration, text: str, past: str) -> str:
    """The relation of the rows `t` that the text reads: the narrow table where that has it all,
    joined to the other one, or to the past, where only that has something."""
    wide = past or declaration.sql_name
    if declaration.narrow is None:
        return wide
    table, columns = declaration.narrow
    read = read_columns(declaration, text)
    if not past and set(read) <= set(columns):
        return table
    copies = {column._meta.name for column in declaration.table._meta.columns}
    own = "".join(f", n.{name}" for name in read if name not in copies and name in columns)
    return f"(SELECT w.*{own} FROM {wide} w JOIN {table} n ON n.id = w.id)" if own else wide


def _first(leaf: Any, place: Place) -> Any:
    def size(variables: Variables) -> int:
        number = leaf.get(variables) if isinstance(leaf, Leaf) else DEFAULT_GROUPS
        if not 1 <= number <= GROUPS_MOST:
            raise place.fault(f"first: {number} is not between 1 and {GROUPS_MOST}.")
        return int(number)

    return size
