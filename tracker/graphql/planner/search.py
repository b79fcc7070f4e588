"""Finding rows by what a person types: declared as SQL, asked for in filters, in connections
ordered by likeness, and in unions of several types."""

from dataclasses import dataclass

from graphql import GraphQLError

from tracker.graphql.planner.kinds import TEXT
from tracker.graphql.planner.statement import Statement, placed
from tracker.graphql.planner.values import Leaf, Null, Tree, Variables

FILTER, OPERATOR, ARGUMENT, UNION_ARGUMENT = "text", "matches", "search", "query"
"""Names in filters, in connections and in unions."""

TEXT_MOST = 200
"""Characters of a search."""


@dataclass(frozen=True)
class Search:
    """How rows of a type are searched, as SQL.

    `query` makes a query of the typed text `{x}`. Over a row `{t}` and that query `{q}`,
    `condition` holds for the rows that are found and `rank` (float8) is the higher the better a
    row fits; `snippet` is a table of `place`, `piece` and `matched`, the found place in pieces.
    With `likeness`, connections take `search` and show the best first.
    """

    query: str
    condition: str
    rank: str
    snippet: str = ""
    likeness: bool = False


def asked(statement: Statement, search: Search, given: Tree | None, name: str) -> str:
    """The query as an SQL expression that is worked out once for the whole statement.

    Raises GraphQLError for null, and when run, for a text that is empty or too long.
    """
    if isinstance(given, Null):
        raise GraphQLError(f"{name}: null finds nothing; give words, or leave it out.")
    assert isinstance(given, Leaf)
    statement.count_search()
    key = (given.key, "search", name)
    bound = statement.bind(key, TEXT.cast, lambda variables, _: _text(given, variables, name))
    return f"(SELECT {placed(search.query, {'x': bound})})"


def found(search: Search, alias: str, query: str) -> str:
    """The condition that a row is found."""
    return f"({placed(search.condition, {'t': alias, 'q': query})})"


def rank(search: Search, alias: str, query: str) -> str:
    """How well a row fits."""
    return f"({placed(search.rank, {'t': alias, 'q': query})})"


def _text(leaf: Leaf, variables: Variables, name: str) -> str:
    text = leaf.get(variables)
    if text is None:
        raise GraphQLError(f"{name}: null finds nothing; give words, or leave it out.")
    if len(text) > TEXT_MOST:
        raise GraphQLError(
            f"{name}: {len(text):,} characters; at most {TEXT_MOST} are searched. Use fewer words."
        )
    if not text.strip():
        rest = "" if name == UNION_ARGUMENT else ", or leave it out"
        raise GraphQLError(f"{name}: nothing is searched for; give at least one word{rest}.")
    return str(text)
