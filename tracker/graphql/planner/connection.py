"""The text of a connection: its page of rows, and everything asked of them."""

from typing import TYPE_CHECKING

from graphql import FieldNode

from tracker.graphql.planner import pages
from tracker.graphql.planner.declare import Declaration
from tracker.graphql.planner.statement import NotPlannable, Text, kept_beside, literal, where

if TYPE_CHECKING:
    from tracker.graphql.planner.compile import Compiler

Nodes = list[FieldNode]

ANEW = "planned_anew()"
"""Never called, and known to PostgreSQL as very dear. Whether to walk along an index over kept rows
or to sort all that fits depends on the size of the page; beside one that is known, this vanishes,
so that planning anew looks cheap. Where a document says the size itself, so does the statement, and
one plan serves all."""


class ConnectionText:
    """Writes one connection. Without cursors the rows are aggregated as they come; with them
    each row is numbered, and one more than asked for shows whether there is a next page.

    What is in it, `count`, `rows`, `row` and `edge_field` say.
    """

    always_numbered = False

    def __init__(self, compiler: "Compiler", name: str, page: pages.Page, alias: str) -> None:
        self.compiler = compiler
        self.name = name
        self.page = page
        self.alias = alias

    def count(self) -> str:
        """The number of rows in all, as text."""
        raise NotImplementedError

    def rows(self, beyond: list[str], order: str, limit: str) -> str:
        """The query of the page's rows."""
        raise NotImplementedError

    def row(self, nodes: Nodes) -> tuple[str, str]:
        """The text of one row, and the joins that it needs."""
        raise NotImplementedError

    def carried(self, joins: str) -> str:
        """The joins, without what the query of the rows brings along."""
        return joins

    def edge_field(self, name: str, nodes: Nodes, columns: list[str]) -> str:
        """The text of a field that edges have besides cursor and node."""
        raise NotPlannable(name)

    @property
    def limit(self) -> str:
        """The page's size, bound only where it is used."""
        size = self.page.size
        return self.compiler.statement.bind(
            ("size", id(size)),
            "bigint",
            lambda variables, _: size(variables),
            fixed=self.page.fixed is not None,
        )

    def build(self, fields: list[tuple[str, Nodes]]) -> str:
        """The SQL text expression of the connection."""
        names = {nodes[0].name.value for _, nodes in fields}
        numbered = self.always_numbered or bool(names & {"edges", "pageInfo"} or self.page.backward)
        columns: list[str] = []
        text = Text("{")
        joins = ""
        for index, (key, nodes) in enumerate(fields):
            text.key(index, key)
            name = nodes[0].name.value
            if name == "__typename":
                text.add(f'"{self.name}Connection"')
            elif name == "totalCount":
                text.sql(self.count())
            elif name == "pageInfo":
                self._page_info(text, nodes)
            elif name in ("nodes", "edges"):
                with self.compiler.statement.at(key):
                    write = self._rows if name == "nodes" else self._edges
                    joins += write(text, nodes, columns, numbered)
            else:
                raise NotPlannable(name)
        text.add("}")
        if not names & {"nodes", "edges", "pageInfo"}:
            return self._unread(str(text))
        # HAVING makes it one row also where nothing asks for an aggregate of the page's.
        return f"(SELECT {text} FROM {self._source(columns, joins, numbered)} HAVING true)"

    def _unread(self, text: str) -> str:
        """A page of which nothing is asked: its arguments have to be right all the same."""
        arguments = [self.limit, *pages.bounds(self.compiler.statement, self.page)]
        return f"(SELECT {text} FROM (VALUES ({', '.join(arguments)})) unread)"

    def _source(self, columns: list[str], joins: str, numbered: bool) -> str:
        """The rows of the page, limited before anything is computed from them."""
        c = self.alias
        terms = pages.at(self.page.terms, c)
        beyond = pages.beyond(self.compiler.statement, self.page, terms)
        order = ", ".join(term.ordered(self.page.backward) for term in terms)
        extra = "+1" if numbered else ""
        rows = self.rows(beyond, order, f"{self.limit}{extra}")
        joins = self.carried(joins)
        if not numbered:
            return f"({rows}) {c}{joins}"
        numbers = f"SELECT {c}.*, row_number() OVER () AS row_number FROM ({rows}) {c}"
        listed = ", ".join(
            [
                f"{c}.row_number",
                f"{pages.cursor(terms)} AS row_cursor",
                *(f"{expression} AS n{i}" for i, expression in enumerate(columns)),
            ]
        )
        return f"(SELECT {listed} FROM ({numbers}) {c}{joins}) {c}"

    def _rows(
        self,
        text: Text,
        nodes: Nodes,
        columns: list[str],
        numbered: bool,
    ) -> str:
        """Adds the list of nodes."""
        body, joins = self.row(nodes)
        if numbered:
            columns.append(body)
            body = f"{self.alias}.n{len(columns) - 1}"
        self._list(text, body, numbered, joins)
        return joins

    def _list(self, text: Text, body: str, numbered: bool, joins: str) -> None:
        c = self.alias
        if numbered:
            direction = " DESC" if self.page.backward else ""
            order = f" ORDER BY {c}.row_number{direction}"
            only = f" FILTER (WHERE {c}.row_number <= {self.limit})"
        else:
            order = f" ORDER BY {self.order()}" if joins else ""
            only = ""
        text.add("[")
        text.sql(f"coalesce(string_agg({body},','{order}){only},'')")
        text.add("]")

    def order(self) -> str:
        """The ORDER BY items of rows that were joined to others."""
        return ", ".join(term.ordered(False) for term in pages.at(self.page.terms, self.alias))

    def _edges(self, text: Text, nodes: Nodes, columns: list[str], numbered: bool) -> str:
        name = self.name
        edge = Text("{")
        joins = ""
        sets = [n.selection_set for n in nodes if n.selection_set]
        for index, (key, found) in enumerate(
            self.compiler.fields(self.compiler.type(f"{name}Edge"), sets)
        ):
            edge.key(index, key)
            field = found[0].name.value
            if field == "__typename":
                edge.add(f'"{name}Edge"')
            elif field == "cursor":
                edge.add('"')
                edge.sql(f"{self.alias}.row_cursor")
                edge.add('"')
            elif field != "node":
                edge.sql(self.edge_field(field, found, columns))
            else:
                with self.compiler.statement.at(key):
                    body, more = self.row(found)
                columns.append(body)
                joins += more
                edge.sql(f"{self.alias}.n{len(columns) - 1}")
        edge.add("}")
        self._list(text, str(edge), numbered, joins)
        return joins

    def _page_info(self, text: Text, nodes: Nodes) -> None:
        """Whether there is more is known in reading direction by the one extra row; on both
        sides, by whether a cursor was given: its row lies there."""
        more = f"(count({self.alias}.row_number) > {self.limit})::text"
        page, behind = self.page, self.page.backward
        values = {
            "hasNextPage": _sure(page.before) or (literal("false") if behind else more),
            "hasPreviousPage": _sure(page.after) or (more if behind else literal("false")),
            "startCursor": self._end(last=behind),
            "endCursor": self._end(last=not behind),
        }
        sets = [n.selection_set for n in nodes if n.selection_set]
        fields = self.compiler.fields(self.compiler.type("PageInfo"), sets)
        text.add("{")
        for index, (key, found) in enumerate(fields):
            text.key(index, key)
            name = found[0].name.value
            if name == "__typename":
                text.add('"PageInfo"')
            else:
                text.sql(values[name])
        text.add("}")

    def _end(self, *, last: bool) -> str:
        """The cursor of the row read first or last, or null."""
        c = self.alias
        direction = " DESC" if last else ""
        picked = (
            f"(array_agg({c}.row_cursor ORDER BY {c}.row_number{direction})"
            f" FILTER (WHERE {c}.row_number <= {self.limit}))[1]"
        )
        return f"coalesce('\"'||{picked}||'\"','null')"


class TableText(ConnectionText):
    """A connection of the rows of one declared type."""

    def __init__(
        self,
        compiler: "Compiler",
        declaration: Declaration,
        page: pages.Page,
        alias: str,
        conditions: list[str],
    ) -> None:
        super().__init__(compiler, declaration.name, page, alias)
        self.declaration = declaration
        self.conditions = conditions
        self.carries = False

    def count(self) -> str:
        """The number of rows in all, as text."""
        return f"(SELECT count(*) FROM {self._from(where(self.conditions))})::text"

    def rows(self, beyond: list[str], order: str, limit: str) -> str:
        """The query of the page's rows."""
        c = self.alias
        conditions = self.conditions + beyond
        if self.compiler.statement.beside(self.declaration, c, where(conditions) + order)[1]:
            if self.page.fixed is None:
                conditions = [*conditions, f"({limit} IS NOT NULL OR {ANEW})"]
            else:
                limit = limit.replace(self.limit, str(self.page.fixed))
            self.carries = c in self.compiler.statement.joined
        chosen = f"{where(conditions)} ORDER BY {order} LIMIT {limit}"
        kept = "".join(self._kept("f.{0} AS {1}")) if self.carries else ""
        return f"SELECT {c}.*{kept} FROM {self._from(chosen)}"

    def carried(self, joins: str) -> str:
        """The joins; what is kept beside the rows, and found them, is not looked up once more."""
        if not self.carries:
            return joins
        kept = "".join(self._kept(".{1} AS {0}")).removeprefix(",")
        looked_up = kept_beside(self.declaration, self.alias)
        return joins.replace(looked_up, f" CROSS JOIN LATERAL (SELECT {kept}) {self.alias}f")

    def _kept(self, item: str) -> list[str]:
        """For each kept column `{0}`, which `{1}` is called on its way out, an item of a list."""
        names = self.declaration.kept
        return [f",{self.alias}{item.format(name, f'kept_{name}')}" for name in names]

    def order(self) -> str:
        """The ORDER BY items of rows that were joined to others, perhaps to what is kept, of which
        what is copied there may not have come along."""
        items = super().order()
        statement = self.compiler.statement
        if self.alias not in statement.joined:
            return items
        return statement.beside(self.declaration, self.alias, items, present=False)[0]

    def _from(self, clauses: str) -> str:
        """The table, and what is kept beside it where the clauses read that, with the clauses."""
        c = self.alias
        read, joined = self.compiler.statement.beside(self.declaration, c, clauses)
        return f"{self.declaration.sql_name} {c}{joined}{read}"

    def row(self, nodes: Nodes) -> tuple[str, str]:
        """The text of one row, and the joins that it needs."""
        return self.compiler.row_text(self.declaration, self.alias, nodes)


def _sure(cursor: object) -> str | None:
    return literal("true") if cursor else None
