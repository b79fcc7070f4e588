"""What every part of the compiler writes into: bind parameters, aliases and text fragments."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any

from graphql import FieldNode, GraphQLError

from tracker.graphql.planner.codes import ErrorCode
from tracker.graphql.planner.declare import Declaration, Registry, Scalar
from tracker.graphql.planner.faults import Fault, Place
from tracker.graphql.planner.kinds import Kind
from tracker.graphql.planner.values import Leaf, Variables

Bind = Callable[[Variables, Any], Any]
"""(coerced variables, viewer) -> the value of one bind parameter."""

SizeOf = Callable[[Variables], int]


CONDITIONS_MOST, HOPS_MOST = 100, 5
"""Conditions in all filters of an operation, and relations that one may go through."""

TYPE_KEY = "type of row"
"""Where a row of an abstract type says to graphql-core what it is; no alias can be this."""

SEARCHES_MOST = 5
"""Searches in an operation."""


_PARAMETER = re.compile(r"\$(\d+)::")


class NotPlannable(Exception):
    """The planner cannot express this; graphql-core executes it instead. Never a guess."""


def response_key(nodes: Sequence[FieldNode]) -> str:
    """Where the field's value goes in the answer."""
    return (nodes[0].alias or nodes[0].name).value


def literal(text: str) -> str:
    """An SQL string literal. Only ever given text from the document's grammar or declarations."""
    return "'" + text.replace("'", "''") + "'"


@dataclass
class Statement:
    """The statement under construction.

    `sizes` holds, for each path through nested connections, the page size of every step:
    their product bounds the rows that the path can ask for.
    """

    registry: Registry
    variables: Variables
    own: bool = False
    """Whether it is of the product's own documents."""
    binds: list[Bind] = field(default_factory=list)
    sizes: list[tuple[SizeOf, ...]] = field(default_factory=list)
    conditions: int = 0
    levels: int = 0
    searches: int = 0
    joined: set[str] = field(default_factory=set)
    """Aliases of rows whose text reads what is kept beside them from a join, `<alias>f`."""
    place: Place = field(default_factory=Place)
    """Where the compiler is at: whatever is refused is refused there."""
    _numbers: dict[object, int] = field(default_factory=dict)
    _aliases: int = 0

    def alias(self) -> str:
        """A table alias that nothing else uses."""
        self._aliases += 1
        return f"t{self._aliases}"

    def bind(self, key: object, cast: str, value: Bind, *, fixed: bool = False) -> str:
        """`$n::cast` for a value known when the plan runs; equal keys share a parameter. A `fixed`
        one is the same whenever it runs, and is worked out once."""
        number = self._numbers.get((key, cast))
        if number is None:
            told = _placed_bind(value, self.place)
            self.binds.append(_once(told) if fixed else told)
            number = self._numbers[(key, cast)] = len(self.binds)
        return f"${number}::{cast}"

    @contextmanager
    def at(self, *steps: str, nodes: Sequence[FieldNode] = ()) -> Iterator[Place]:
        """Compile something further in: in the field of `nodes`, or in an argument. What is
        refused there is a Fault that says where."""
        outer = self.place
        self.place = outer.inside(*steps)
        if nodes:
            self.place = replace(self.place, nodes=tuple(nodes))
        try:
            yield self.place
        except Fault:
            raise
        except GraphQLError as error:
            raise self.place.fault(error.message) from error
        finally:
            self.place = outer

    def leaf(self, leaf: Leaf, kind: Kind) -> str:
        """A bound scalar argument. The kind is part of the key: one variable may be read as an
        id of two types, and must fit both. One of a few words that the document says itself
        stands in the text, so that PostgreSQL knows how many rows it fits without planning anew."""
        if not leaf.varies and _is_enum(kind):
            return f"{literal(kind.bind(leaf.get({})))}::{kind.cast}"
        key = (leaf.key, kind.text)
        return self.bind(
            key,
            kind.cast,
            lambda variables, _: kind.bind(leaf.get(variables)),
            fixed=not leaf.varies,
        )

    def leaves(self, leaf: Leaf, kind: Kind) -> str:
        """A bound list of scalars."""

        def value(variables: Variables, _: Any) -> list[Any]:
            given = leaf.get(variables)
            items = given if isinstance(given, list) else [given]
            return [kind.bind(item) for item in items]

        return self.bind((leaf.key, kind.text), f"{kind.cast}[]", value, fixed=not leaf.varies)

    def used(self, sql: str) -> tuple[str, tuple[Bind, ...]]:
        """The text with its parameters numbered anew, without those of parts that were compiled
        and not needed: PostgreSQL takes exactly as many as the text names."""
        numbers = list(dict.fromkeys(int(number) for number in _PARAMETER.findall(sql)))
        if len(numbers) == len(self.binds):
            return sql, tuple(self.binds)
        places = {number: place for place, number in enumerate(numbers, 1)}
        renumbered = _PARAMETER.sub(lambda match: f"${places[int(match[1])]}::", sql)
        return renumbered, tuple(self.binds[number - 1] for number in numbers)

    def count_condition(self, hops: int) -> None:
        """Note one more condition, `hops` relations away from its connection.

        Raises Fault for filters that nobody means and that would cost PostgreSQL more to plan
        than to answer.
        """
        self.conditions += 1
        if self.conditions > CONDITIONS_MOST:
            raise self.place.fault(
                f"More than {CONDITIONS_MOST} conditions in filters; ask for less.",
                ErrorCode.TOO_MUCH,
            )
        if hops > HOPS_MOST:
            raise self.place.fault(
                f"A filter that goes through more than {HOPS_MOST} relations; ask for less.",
                ErrorCode.TOO_MUCH,
            )

    def count_level(self, most: int) -> None:
        """Note one more pass of an aggregate over its rows. Raises GraphQLError beyond `most`."""
        self.levels += 1
        if self.levels > most:
            raise Fault(
                f"More than {most} aggregates and groupings at once; ask for less.",
                ErrorCode.TOO_MUCH,
            )

    def count_search(self) -> None:
        """Note one more search. Raises GraphQLError for more than anybody means."""
        self.searches += 1
        if self.searches > SEARCHES_MOST:
            raise Fault(
                f"More than {SEARCHES_MOST} searches in one operation; ask apart.",
                ErrorCode.TOO_MUCH,
            )

    def tokens(self, condition: str) -> str:
        """The condition with each viewer parameter `:token` bound."""

        def parameter(match: re.Match[str]) -> str:
            cast, value = self.registry.parameters[match[1]]
            return self.bind(("viewer", match[1]), cast, lambda _, viewer: value(viewer))

        names = "|".join(self.registry.parameters)
        return re.sub(rf"(?<![:\w]):({names})\b", parameter, condition)

    def beside(
        self, declaration: Declaration, alias: str, text: str, *, present: bool = True
    ) -> tuple[str, str]:
        """The text over `alias`, with what is kept beside its rows read from a join instead of
        looked up row by row; and that join, or nothing. An index over the kept rows can then
        find or order them. Only rows that are `present` ones, and not as they once were, are what
        is copied there."""
        if declaration.beside is None or f"FROM {declaration.beside[0]} f" not in text:
            return text, ""
        table, key, copies = declaration.beside
        for scalar in declaration.fields.values():
            if isinstance(scalar, Scalar) and scalar.beside:
                names = {"t": alias, "f": f"{alias}f"}
                looked_up, read = (
                    self.tokens(placed(sql, names)) for sql in (scalar.sql, scalar.beside)
                )
                text = text.replace(looked_up, read)
        for name in copies if present else ():
            text = re.sub(rf'\b{alias}\.(?:{name}\b|"{name}")', f"{alias}f.{name}", text)
        return text, f" JOIN {table} {alias}f ON {alias}f.{key} = {alias}.id"

    def visible(self, declaration: Declaration, alias: str, scope: str | None = None) -> list[str]:
        """The type's predicate over `alias`; what it asks beyond its scope, or nothing, when the
        rows it is reached from are visible together with it."""
        predicate = declaration.visible
        if scope is not None and scope == declaration.scope:
            if declaration.in_scope is None:
                return []
            predicate = declaration.in_scope
        condition = self.tokens(predicate(alias))
        return [] if condition == "true" else [f"({condition})"]


def _is_enum(kind: Kind) -> bool:
    return isinstance(kind.annotation, type) and issubclass(kind.annotation, Enum)


def _placed_bind(value: Bind, place: Place) -> Bind:
    """Converts like `value`, and says where in the operation what it refuses was given."""

    def bound(variables: Variables, viewer: Any) -> Any:
        try:
            return value(variables, viewer)
        except Fault:
            raise
        except GraphQLError as error:
            raise place.fault(error.message) from error

    return bound


def _once(value: Bind) -> Bind:
    """The value as it was when it was first asked for; what is refused is refused each time."""
    found: list[Any] = []

    def bound(variables: Variables, viewer: Any) -> Any:
        if not found:
            found.append(value(variables, viewer))
        return found[0]

    return bound


def placed(template: str, names: Mapping[str, str]) -> str:
    """The SQL template with its aliases `{t}`, `{p}`, `{c}` and expressions put in."""
    return re.sub(r"\{(\w+)\}", lambda match: names[match[1]], template)


def kept_beside(declaration: Declaration, alias: str) -> str:
    """The join that looks up what is kept beside each row of `alias`."""
    assert declaration.beside is not None
    table, key, _ = declaration.beside
    row = f"SELECT * FROM {table} k WHERE k.{key} = {alias}.id OFFSET 0"
    return f" LEFT JOIN LATERAL ({row}) {alias}f ON true"


def where(conditions: Iterable[str]) -> str:
    """A WHERE clause, or nothing."""
    text = " AND ".join(each for each in conditions if each != "true")
    return f" WHERE {text}" if text else ""


class Text:
    """JSON text under construction: literals next to each other become one."""

    def __init__(self, begin: str = "") -> None:
        self._parts: list[tuple[bool, str]] = [(True, begin)] if begin else []

    def add(self, text: str) -> None:
        """Text as it is."""
        if self._parts and self._parts[-1][0]:
            self._parts[-1] = (True, self._parts[-1][1] + text)
        else:
            self._parts.append((True, text))

    def key(self, index: int, key: str) -> None:
        """The key of an object's next member; the braces are the caller's."""
        self.add(f'{"," if index else ""}"{key}":')

    def sql(self, expression: str) -> None:
        """An SQL expression of type text that is never null."""
        self._parts.append((False, expression))

    def scalar(self, kind: Kind, expression: str, null: bool) -> None:
        """A scalar in the JSON form of its kind."""
        text = placed(kind.text, {"x": expression})
        if null and kind.quoted:
            self.sql(f"coalesce('\"'||{text}||'\"','null')")
        elif null:
            self.sql(f"coalesce({text},'null')")
        elif kind.quoted:
            self.add('"')
            self.sql(text)
            self.add('"')
        else:
            self.sql(text)

    def __str__(self) -> str:
        pieces = [literal(text) if fixed else text for fixed, text in self._parts]
        if len(pieces) == 1 and not self._parts[0][0]:
            return pieces[0]
        return "(" + "||".join(pieces) + ")"
