"""Connections: keyset pages, forward and backward, in any declared order."""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from tracker.graphql.planner import search
from tracker.graphql.planner.codes import ErrorCode
from tracker.graphql.planner.declare import Declaration, Scalar
from tracker.graphql.planner.faults import Place
from tracker.graphql.planner.statement import Bind, SizeOf, Statement, literal, placed
from tracker.graphql.planner.values import Leaf, Tree, Variables, known

DEFAULT_SIZE, MOST, OWN_MOST = 20, 100, 1000
"""Rows of a page when nobody says, and at most: in anybody's documents, and in the product's own,
which count and rank what they show of it."""

KEYS_MOST = 5
"""Keys of an order."""


@dataclass(frozen=True)
class Term:
    """One key of an order: an SQL expression over the rows of the page."""

    name: str
    sql: str
    cast: str
    null: bool
    descending: bool

    def ordered(self, reverse: bool) -> str:
        """The ORDER BY item. Nulls come last, and first when read backwards."""
        direction = "DESC" if self.descending != reverse else "ASC"
        nulls = "" if not self.null else (" NULLS FIRST" if reverse else " NULLS LAST")
        return f"{self.sql} {direction}{nulls}"


@dataclass(frozen=True)
class Page:
    """The slice of a connection that is asked for; `fixed` is its size where the document says it
    itself."""

    terms: tuple[Term, ...]
    backward: bool
    size: SizeOf
    fixed: int | None
    after: Leaf | None
    before: Leaf | None


def page(statement: Statement, declaration: Declaration, args: dict[str, Tree | None],
         default: tuple[str, ...], likeness: str | None = None) -> Page:  # fmt: skip
    """Read the arguments of a connection; what is searched by the query `likeness` comes best
    first unless an order is given. Raises Fault for `first` with `last`."""
    terms = _terms(statement, declaration, args.get("orderBy"), default)
    order = args.get("orderBy")
    if likeness and declaration.search and not (isinstance(order, list) and order):
        sql = search.rank(declaration.search, "{t}", likeness)
        terms = (Term("likeness", sql, "float8", False, True), *terms)
    return slice_of(statement, args, terms)


def slice_of(statement: Statement, args: dict[str, Tree | None], terms: tuple[Term, ...]) -> Page:
    """The slice that the arguments ask for. Raises Fault for `first` with `last`."""
    first, last = _leaf(args.get("first")), _leaf(args.get("last"))
    if first and last:
        with statement.at("last") as place:
            raise place.fault("Give first or last, not both.")
    size = first or last
    name = "last" if last else "first"
    place, most = statement.place.inside(name), OWN_MOST if statement.own else MOST

    def size_of(variables: Variables) -> int:
        number = size.get(variables) if size else DEFAULT_SIZE
        if not 0 <= number <= most:
            raise place.fault(f"{name}: {number} is not between 0 and {most}; page with cursors.")
        return int(number)

    return Page(
        terms=terms,
        backward=last is not None,
        size=size_of,
        fixed=_fixed(size, most),
        after=_leaf(args.get("after")),
        before=_leaf(args.get("before")),
    )


def _fixed(size: Leaf | None, most: int) -> int | None:
    """The size that no variable has a part in, unless it will be refused."""
    if size is not None and size.varies:
        return None
    number = DEFAULT_SIZE if size is None else int(size.get({}))
    return number if 0 <= number <= most else None


def beyond(statement: Statement, slice_: Page, terms: tuple[Term, ...]) -> list[str]:
    """The conditions that keep only rows after `after` and before `before`."""
    found = []
    if slice_.after:
        found.append(_past(statement, terms, slice_.after, "after", reverse=False))
    if slice_.before:
        found.append(_past(statement, terms, slice_.before, "before", reverse=True))
    return found


def bounds(statement: Statement, slice_: Page) -> list[str]:
    """The values that the cursors hold, bound, so that a wrong cursor is refused."""
    given = (("after", slice_.after), ("before", slice_.before))
    return [
        value
        for name, leaf in given
        if leaf
        for value in _bound(statement, slice_.terms, leaf, name)
    ]


def cursor(terms: tuple[Term, ...]) -> str:
    """The SQL text expression of a row's cursor: order and key values, opaque to clients."""
    values = ",".join(f"({term.sql})::text" for term in terms)
    built = f"json_build_array({literal(_signature(terms))},{values})::text"
    return f"translate(encode(convert_to({built},'UTF8'),'base64'),E'\\n','')"


def _past(
    statement: Statement, terms: tuple[Term, ...], leaf: Leaf, argument: str, *, reverse: bool
) -> str:
    bound = _bound(statement, terms, leaf, argument)
    directions = {term.descending != reverse for term in terms}
    if len(directions) == 1 and not any(term.null for term in terms):
        sign = "<" if directions.pop() else ">"
        return f"({', '.join(t.sql for t in terms)}) {sign} ({', '.join(bound)})"
    choices = []
    for index, term in enumerate(terms):
        equal = [f"{t.sql} IS NOT DISTINCT FROM {b}"
                 for t, b in zip(terms[:index], bound, strict=False)]  # fmt: skip
        choices.append(" AND ".join([*equal, _farther(term, bound[index], reverse)]))
    return "((" + ") OR (".join(choices) + "))"


def _bound(statement: Statement, terms: tuple[Term, ...], leaf: Leaf, argument: str) -> list[str]:
    """What the cursor holds for each term."""
    read = _reader(leaf, terms, statement.place.inside(argument))

    def key_value(index: int) -> Bind:
        return lambda variables, _: read(variables)[index]

    return [
        statement.bind((*leaf.key, argument, term.name, index), term.cast, key_value(index))
        for index, term in enumerate(terms)
    ]


def _farther(term: Term, value: str, reverse: bool) -> str:
    """Strictly beyond `value` in reading direction; nulls lie behind everything."""
    sign = "<" if term.descending != reverse else ">"
    if not term.null:
        return f"{term.sql} {sign} {value}"
    if reverse:
        return f"({value} IS NULL AND {term.sql} IS NOT NULL OR {term.sql} {sign} {value})"
    return f"({value} IS NOT NULL AND ({term.sql} {sign} {value} OR {term.sql} IS NULL))"


def _reader(leaf: Leaf, terms: tuple[Term, ...], place: Place) -> Callable[[Variables], list[Any]]:
    """Decodes a cursor into bind values. Raises Fault for a foreign or damaged one."""
    argument = place.path[-1]

    def read(variables: Variables) -> list[Any]:
        try:
            text = base64.b64decode(str(leaf.get(variables)), validate=True)
            signature, *texts = json.loads(text)
            values = [_CURSOR_VALUES[t.cast](text) for t, text in zip(terms, texts, strict=True)]
        except (ValueError, TypeError, ArithmeticError, RecursionError):
            signature, values = "", []
        if signature != _signature(terms):
            raise place.fault(
                f"{argument} is no cursor of this list in this order; start again without it.",
                ErrorCode.BAD_CURSOR,
            )
        return values

    return read


def _signature(terms: tuple[Term, ...]) -> str:
    return ",".join(f"{'-' if term.descending else ''}{term.name}" for term in terms)


def _terms(
    statement: Statement,
    declaration: Declaration,
    order: Tree | None,
    default: tuple[str, ...],
) -> tuple[Term, ...]:
    """The order asked for, or the default, made total by the id."""
    if isinstance(order, list) and order:
        variables = statement.variables
        asked = [
            (
                known(each["field"], variables).value,
                getattr(known(each.get("direction"), variables), "value", "asc") == "desc",
            )
            for each in order
        ]
    else:
        asked = [(name.lstrip("-"), name.startswith("-")) for name in default]
    if len(asked) > KEYS_MOST:
        with statement.at("orderBy") as place:
            raise place.fault(f"orderBy: {len(asked)} keys; at most {KEYS_MOST} are served.")
    asked = [(name, down) for index, (name, down) in enumerate(asked)
             if name not in dict(asked[:index])]  # fmt: skip
    if "id" not in {name for name, _ in asked}:
        asked.append(("id", asked[-1][1] if asked else False))
    return tuple(_term(statement, declaration, name, down) for name, down in asked)


def _term(statement: Statement, declaration: Declaration, name: str, descending: bool) -> Term:
    field = declaration.fields[name]
    assert isinstance(field, Scalar)
    sql = statement.tokens(placed(field.sql, {"t": "{t}"}))
    return Term(name, sql, field.kind.cast, field.null, descending)


def at(terms: tuple[Term, ...], alias: str) -> tuple[Term, ...]:
    """The terms over one alias."""
    return tuple(
        Term(t.name, placed(t.sql, {"t": alias}), t.cast, t.null, t.descending) for t in terms
    )


def _leaf(value: Tree | None) -> Leaf | None:
    return value if isinstance(value, Leaf) else None


def _maybe(read: Callable[[str], Any]) -> Callable[[Any], Any]:
    return lambda text: None if text is None else read(text)


def _finite(number: Decimal) -> Decimal:
    """No value of a row is NaN or infinite; such a cursor is made up."""
    if not number.is_finite():
        raise ValueError(number)
    return number


_CURSOR_VALUES: dict[str, Callable[[Any], Any]] = {
    "integer": _maybe(int),
    "bigint": _maybe(int),
    "float8": _maybe(float),
    "numeric": _maybe(lambda text: _finite(Decimal(text))),
    "boolean": _maybe(lambda text: text == "true"),
    "text": _maybe(str),
    "date": _maybe(date.fromisoformat),
    "timestamptz": _maybe(datetime.fromisoformat),
}
"""PostgreSQL type -> reader of the text that the cursor holds."""
