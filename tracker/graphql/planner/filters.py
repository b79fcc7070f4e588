"""Filters as SQL conditions. A filter that reaches another type sees only what the viewer may
see of it, so that no condition can be used as an oracle."""

from enum import Enum
from typing import Any

from tracker.graphql.planner import pointers, search
from tracker.graphql.planner.declare import Declaration, Many, One, Scalar
from tracker.graphql.planner.kinds import BOOLEAN
from tracker.graphql.planner.pointers import Pointer
from tracker.graphql.planner.statement import Statement, placed
from tracker.graphql.planner.values import Leaf, Null, Tree

COMPARISONS = {"eq": "=", "gt": ">", "gte": ">=", "lt": "<", "lte": "<="}

TEXTS = {
    "contains": "strpos(lower({x}), lower({y})) > 0",
    "startsWith": "starts_with(lower({x}), lower({y}))",
    "endsWith": "right(lower({x}), length(lower({y}))) = lower({y})",
}
"""Operator on texts -> condition on the field `{x}` and the argument `{y}`."""

LISTS = {"hasAny": "&&", "hasAll": "@>"}


def conditions(
    statement: Statement, declaration: Declaration, alias: str, given: Tree | None, hops: int = 0
) -> list[str]:
    """The conditions of a filter input over `alias`, `hops` relations away from the connection;
    all of them must hold.

    Raises Fault for an explicit null: silently ignoring one would widen the result.
    """
    found: list[str] = []
    for name, value in _object(statement, given).items():
        with statement.at(name):
            statement.count_condition(hops)
            found += _condition(statement, declaration, alias, name, value, hops)
    return found


def _condition(
    statement: Statement, declaration: Declaration, alias: str, name: str, value: Any, hops: int
) -> list[str]:
    if name in ("and", "or"):
        if isinstance(value, Null):
            raise statement.place.fault(f"{name}: null is no filter; give a list or leave it out.")
        parts = []
        for index, each in enumerate(value):
            with statement.at(str(index)):
                parts.append(_all(statement, declaration, alias, each, hops))
        joint, empty = (" AND ", "true") if name == "and" else (" OR ", "false")
        return [f"({joint.join(parts) or empty})"]
    if name == "not":
        return [f"NOT coalesce({_all(statement, declaration, alias, value, hops)}, false)"]
    if name == search.FILTER and declaration.search:
        return _searched(statement, declaration.search, alias, value)
    if name == "isNull":
        return [f"NOT {statement.leaf(_plain(statement, value), BOOLEAN)}"]
    return _field(statement, declaration, alias, name, value, hops)


def _all(statement: Statement, declaration: Declaration, alias: str, given: Tree, hops: int) -> str:
    parts = conditions(statement, declaration, alias, given, hops)
    return f"({' AND '.join(parts)})" if parts else "true"


def _field(
    statement: Statement, declaration: Declaration, alias: str, name: str, value: Tree, hops: int
) -> list[str]:
    field = declaration.fields[name]
    if isinstance(field, One):
        return _one(statement, declaration, field, alias, value, hops + 1)
    found = []
    for operator, each in _object(statement, value).items():
        with statement.at(operator):
            if isinstance(field, Scalar):
                expression = statement.tokens(placed(field.sql, {"t": alias}))
                condition = _operator(statement, field, expression, operator, each)
                found.append(_likely(condition) if _is_verdict(field) else condition)
            elif isinstance(field, Pointer):
                found.append(_pointed(statement, field, alias, operator, each))
            else:
                found.append(
                    _quantified(statement, declaration, field, alias, operator, each, hops + 1)
                )
    return found


def _is_verdict(field: Scalar) -> bool:
    """Whether it is one of a few words, worked out of what is kept beside the row."""
    return bool(field.beside) and issubclass(field.kind.annotation, Enum)


def _likely(condition: str) -> str:
    """The same condition, which PostgreSQL takes to hold for every second row. Of an expression
    equal to something it would believe one in two hundred, and rather look at all rows than walk
    along an index in the order asked for, which soon has a page of them."""
    return f"CASE WHEN {condition} THEN true ELSE false END"


def _one(
    statement: Statement, parent: Declaration, relation: One, alias: str, given: Tree, hops: int
) -> list[str]:
    """A row that fits; with `isNull`, whether there is a row at all."""
    fields = dict(_object(statement, given))
    absent = fields.pop("isNull", None)
    found = []
    if absent is not None:
        with statement.at("isNull"):
            statement.count_condition(hops)
            wanted = statement.leaf(_plain(statement, absent), BOOLEAN)
            found.append(f"{_exists(statement, parent, relation, alias, {}, hops)} <> {wanted}")
    if fields or absent is None:
        found.append(_exists(statement, parent, relation, alias, fields, hops))
    return found


def _pointed(statement: Statement, pointer: Pointer, alias: str, operator: str, value: Tree) -> str:
    """Whether the row points to one of the ids given, or with `notIn` to none of them."""
    leaf = _plain(statement, value)
    known = pointers.targets(statement.registry, pointer)
    tables, numbers = (statement.leaves(leaf, half) for half in pointers.halves(known))
    own = f"({alias}.{pointer.kind}, {alias}.{pointer.number})"
    negated = "NOT " if operator == "notIn" else ""
    return f"{own} {negated}IN (SELECT * FROM unnest({tables}, {numbers}))"


def _quantified(
    statement: Statement,
    parent: Declaration,
    relation: Many,
    alias: str,
    quantifier: str,
    given: Tree,
    hops: int,
) -> str:
    every = quantifier == "every"
    found = _exists(statement, parent, relation, alias, given, hops, negated=every)
    return found if quantifier == "some" else f"NOT {found}"


def _searched(statement: Statement, how: search.Search, alias: str, value: Tree) -> list[str]:
    return [
        search.found(how, alias, search.asked(statement, how, each, operator))
        for operator, each in _object(statement, value).items()
    ]


def _exists(
    statement: Statement,
    parent: Declaration,
    relation: One | Many,
    alias: str,
    given: Tree,
    hops: int,
    *,
    negated: bool = False,
) -> str:
    """Whether a visible related row fits; `negated`, whether one does not."""
    child = statement.registry.declarations[relation.target]
    c = statement.alias()
    parts = [
        statement.tokens(placed(relation.on, {"p": alias, "c": c})),
        *statement.visible(child, c, parent.scope),
    ]
    inner = conditions(statement, child, c, given, hops)
    if negated:
        inner = [f"NOT coalesce(({' AND '.join(inner) or 'true'}), false)"]
    if isinstance(relation, One) and relation.order:
        order = placed(relation.order, {"c": c})
        row = (
            f"SELECT {c}.* FROM {child.sql_name} {c} WHERE {' AND '.join(parts)}"
            f" ORDER BY {order} LIMIT 1"
        )
        return f"EXISTS (SELECT 1 FROM ({row}) {c} WHERE {' AND '.join(inner) or 'true'})"
    return f"EXISTS (SELECT 1 FROM {child.sql_name} {c} WHERE {' AND '.join(parts + inner)})"


def _operator(
    statement: Statement, field: Scalar, expression: str, operator: str, value: Tree
) -> str:
    leaf, kind = _plain(statement, value), field.kind
    if operator == "isNull":
        return f"(({expression}) IS NULL) = {statement.leaf(leaf, BOOLEAN)}"
    if operator == "in":
        return f"{expression} = ANY({statement.leaves(leaf, kind)})"
    if operator == "notIn":
        known = f" AND {expression} IS NOT NULL" if field.null else ""
        return f"({expression} <> ALL({statement.leaves(leaf, kind)}){known})"
    if operator in LISTS:
        given = statement.leaves(leaf, kind)
        return f"({expression})::{kind.cast}[] {LISTS[operator]} {given}"
    bound = statement.leaf(leaf, kind)
    if operator == "has":
        return f"{bound} = ANY({expression})"
    if operator in TEXTS:
        return placed(TEXTS[operator], {"x": expression, "y": bound})
    return f"{expression} {COMPARISONS[operator]} {bound}"


def _plain(statement: Statement, value: Tree) -> Leaf:
    if isinstance(value, Null):
        name = statement.place.path[-1]
        raise statement.place.fault(f"{name}: null matches nothing; write isNull: true instead.")
    assert isinstance(value, Leaf)
    return value


def _object(statement: Statement, given: Any) -> dict[str, Any]:
    if given is None:
        return {}
    if isinstance(given, Null):
        name = statement.place.path[-1]
        raise statement.place.fault(f"{name}: null is no filter; leave it out to see everything.")
    assert isinstance(given, dict)
    return given
