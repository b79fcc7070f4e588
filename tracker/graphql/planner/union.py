"""Unions: one connection over rows of several types, found by a search and ordered by rank."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from tracker.graphql.planner import kinds, pages, search
from tracker.graphql.planner.connection import ConnectionText, Nodes
from tracker.graphql.planner.declare import Declaration
from tracker.graphql.planner.kinds import Kind, constant
from tracker.graphql.planner.search import Search
from tracker.graphql.planner.statement import NotPlannable, Text, literal, placed, where
from tracker.graphql.planner.values import Leaf, Tree

if TYPE_CHECKING:
    from tracker.graphql.planner.compile import Compiler

RANKED_MOST = 1000
"""Rows of each type that are ranked, the newest ones. Who types a word that stands in more must
say more; the rows are counted all the same."""

PIECE = "SnippetPiece"

MemberText = Callable[[Declaration, str], str]
"""A member and an alias for its row -> `SELECT … FROM …` without a condition."""

TERMS = (
    pages.Term("rank", "{t}.rank", "float8", False, True),
    pages.Term("type", "{t}.type", "text", False, True),
    pages.Term("id", "{t}.id", "integer", False, True),
)
"""The order of the rows, total and in one direction."""


@dataclass(frozen=True)
class Union:
    """A root field that finds rows of the `members`, each declared with a search. All searches
    make their query in the same way; `types` is the enum of the members."""

    name: str
    members: tuple[str, ...]
    description: str
    kind: Kind


def union(name: str, description: str, members: tuple[str, ...], types: str) -> Union:
    """A union with its enum of member types, named `types`."""
    names = [constant(member) for member in members]
    made = StrEnum(types, [(name, name.lower()) for name in names])  # type: ignore[misc]
    made.__doc__ = "What is searched."
    return Union(name, members, description, kinds.enumeration(made))


def connection(
    compiler: "Compiler", union: Union, arguments: dict[str, Tree | None], page: pages.Page
) -> "UnionText":
    """The connection under construction, with each member's conditions."""
    members = [compiler.registry.declarations[name] for name in union.members]
    statement = compiler.statement
    first = _search(members[0])
    alias = statement.alias()
    query = search.asked(statement, first, arguments[search.UNION_ARGUMENT], search.UNION_ARGUMENT)
    types = arguments.get("types")
    wanted = statement.leaves(types, union.kind) if isinstance(types, Leaf) else None
    return UnionText(compiler, union, members, page, alias, query, wanted)


def _search(declaration: Declaration) -> Search:
    if declaration.search is None:
        raise TypeError(f"{declaration.name} is in a union but declares no search")
    return declaration.search


class UnionText(ConnectionText):
    """Writes the connection. The candidates of all types are numbers with ranks; rows are read
    only for the page."""

    always_numbered = True

    def __init__(
        self,
        compiler: "Compiler",
        union: Union,
        members: list[Declaration],
        page: pages.Page,
        alias: str,
        query: str,
        wanted: str | None,
    ) -> None:
        super().__init__(compiler, union.name, page, alias)
        self.members = members
        self.made = query
        self.query = f"(SELECT query FROM {alias}q)"
        self.wanted = wanted

    def build(self, fields: list[tuple[str, Nodes]]) -> str:
        """The text expression; the query is made once, in front of everything that uses it."""
        asked = f"WITH {self.alias}q AS MATERIALIZED (SELECT {self.made} AS query)"
        return f"({asked} SELECT {super().build(fields)})"

    def count(self) -> str:
        """Everything that is found, ranked or not."""
        counts = [
            f"(SELECT count(*) FROM {member.sql_name} {c}{where(self._conditions(member, c))})"
            for member, c in ((m, self.compiler.statement.alias()) for m in self.members)
        ]
        return f"({' + '.join(counts)})::text"

    def rows(self, beyond: list[str], order: str, limit: str) -> str:
        """The page of candidates: `type`, `id` and `rank`."""
        c = self.alias
        found = " UNION ALL ".join(self._candidates(member) for member in self.members)
        return f"SELECT * FROM ({found}) {c}{where(beyond)} ORDER BY {order} LIMIT {limit}"

    def row(self, nodes: Nodes) -> tuple[str, str]:
        """The text of the row, whatever its type."""

        def text(member: Declaration, t: str) -> str:
            body, joins = self.compiler.row_text(member, t, nodes, abstract=True)
            return f"SELECT {body} FROM {member.sql_name} {t}{joins}"

        return self._by_type(text), ""

    def edge_field(self, name: str, nodes: Nodes, columns: list[str]) -> str:
        """The rank, or the snippet."""
        if name == "rank":
            columns.append(f"{self.alias}.rank::text")
        elif name == "snippet":
            columns.append(self._snippet(nodes))
        else:
            raise NotPlannable(name)
        return f"{self.alias}.n{len(columns) - 1}"

    def _candidates(self, member: Declaration) -> str:
        c = self.compiler.statement.alias()
        rows = (
            f"SELECT {c}.id FROM {member.sql_name} {c}{where(self._conditions(member, c))}"
            f" ORDER BY {c}.id DESC LIMIT {RANKED_MOST}"
        )
        rank = search.rank(_search(member), c, self.query)
        return f"SELECT {literal(member.name)} AS type, {c}.id, {rank} AS rank FROM ({rows}) {c}"

    def _conditions(self, member: Declaration, c: str) -> list[str]:
        conditions = [
            search.found(_search(member), c, self.query),
            *self.compiler.statement.visible(member, c),
        ]
        if self.wanted:
            conditions.append(f"{literal(constant(member.name).lower())} = ANY({self.wanted})")
        return conditions

    def _snippet(self, nodes: Nodes) -> str:
        s = self.compiler.statement.alias()
        piece = self._piece(nodes, s)

        def text(member: Declaration, t: str) -> str:
            pieces = placed(_search(member).snippet, {"t": t, "q": self.query})
            return (
                f"SELECT '['||coalesce(string_agg({piece},',' ORDER BY {s}.place),'')||']'"
                f" FROM {member.sql_name} {t} CROSS JOIN LATERAL {pieces} {s}"
            )

        return self._by_type(text)

    def _piece(self, nodes: Nodes, s: str) -> str:
        text = Text("{")
        sets = [n.selection_set for n in nodes if n.selection_set]
        gtype = self.compiler.type(PIECE)
        for index, (key, found) in enumerate(self.compiler.fields(gtype, sets)):
            text.key(index, key)
            name = found[0].name.value
            if name == "__typename":
                text.add(f'"{PIECE}"')
            elif name == "text":
                text.scalar(kinds.TEXT, f"{s}.piece", False)
            elif name == "matched":
                text.scalar(kinds.BOOLEAN, f"{s}.matched", False)
            else:
                raise NotPlannable(name)
        text.add("}")
        return str(text)

    def _by_type(self, text: MemberText) -> str:
        """One expression for all types: each row's own is worked out."""
        cases = []
        for member in self.members:
            t = self.compiler.statement.alias()
            one = f"{text(member, t)} WHERE {t}.id = {self.alias}.id"
            cases.append(f" WHEN {literal(member.name)} THEN ({one})")
        return f"CASE {self.alias}.type{''.join(cases)} END"
