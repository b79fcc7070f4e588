"""Filters as SQL conditions. A filter that reaches another type sees only what the viewer may
see of it, so that no condition can be used as an oracle."""

from typing import Any

from graphql import GraphQLError

from tracker.graphql.planner import search
from tracker.graphql.planner.declare import Declaration, Many, One, Scalar
from tracker.graphql.planner.kinds import BOOLEAN
from tracker.graphql.planner.statement import Statement, placed
from tracker.graphql.planner.values import Leaf, Null, Tree

COMPARISONS = {"eq": "=", "gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


def conditions(
    statement: Statement, declaration: Declaration, alias: str, given: Tree | None, hops: int = 0
) -> list[str]:
    """The conditions of a filter input over `alias`, `hops` relations away from the connection;
    all of them must hold.

    Raises GraphQLError for an explicit null: silently ignoring one would widen the result.
    """
    found: list[str] = []
    for name, value in _object(given, declaration.name).items():
        statement.count_condition(hops)
        if name in ("and", "or"):
            if isinstance(value, Null):
                raise GraphQLError(f"{name}: null is no filter; give a list, or leave it out.")
            parts = [_all(statement, declaration, alias, each, hops) for each in value]
            joint, empty = (" AND ", "true") if name == "and" else (" OR ", "false")
            found.append(f"({joint.join(parts) or empty})")
        elif name == "not":
            found.append(f"NOT coalesce({_all(statement, declaration, alias, value, hops)}, false)")
        elif name == search.FILTER and declaration.search:
            found += _searched(statement, declaration.search, alias, value)
        else:
            found += _field(statement, declaration, alias, name, value, hops)
    return found


def _all(statement: Statement, declaration: Declaration, alias: str, given: Tree, hops: int) -> str:
    parts = conditions(statement, declaration, alias, given, hops)
    return f"({' AND '.join(parts)})" if parts else "true"


def _field(
    statement: Statement, declaration: Declaration, alias: str, name: str, value: Tree, hops: int
) -> list[str]:
    field = declaration.fields[name]
    if isinstance(field, Scalar):
        expression = statement.tokens(placed(field.sql, {"t": alias}))
        return [
            _operator(statement, field, expression, operator, each)
            for operator, each in _object(value, name).items()
        ]
    if isinstance(field, One):
        return [_exists(statement, declaration, field, alias, value, hops + 1)]
    quantifiers = _object(value, name)
    return [
        ("" if quantifier == "some" else "NOT ")
        + _exists(statement, declaration, field, alias, each, hops + 1)
        for quantifier, each in quantifiers.items()
    ]


def _searched(statement: Statement, how: search.Search, alias: str, value: Tree) -> list[str]:
    return [
        search.found(how, alias, search.asked(statement, how, each, operator))
        for operator, each in _object(value, search.FILTER).items()
    ]


def _exists(
    statement: Statement,
    parent: Declaration,
    relation: One | Many,
    alias: str,
    given: Tree,
    hops: int,
) -> str:
    child = statement.registry.declarations[relation.target]
    c = statement.alias()
    parts = [
        statement.tokens(placed(relation.on, {"p": alias, "c": c})),
        *statement.visible(child, c, parent.scope),
    ]
    inner = conditions(statement, child, c, given, hops)
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
    if isinstance(value, Null):
        raise GraphQLError(f"{operator}: null matches nothing; write isNull: true instead.")
    if not isinstance(value, Leaf):
        raise GraphQLError(f"{operator} takes a plain value.")
    kind = field.kind
    if operator == "isNull":
        return f"(({expression}) IS NULL) = {statement.leaf(value, BOOLEAN)}"
    if operator == "in":
        return f"{expression} = ANY({statement.leaves(value, kind)})"
    if operator == "has":
        return f"{statement.leaf(value, kind)} = ANY({expression})"
    bound = statement.leaf(value, kind)
    if operator == "contains":
        return f"strpos(lower({expression}), lower({bound})) > 0"
    if operator == "startsWith":
        return f"starts_with(lower({expression}), lower({bound}))"
    return f"{expression} {COMPARISONS[operator]} {bound}"


def _object(given: Any, name: str) -> dict[str, Any]:
    if given is None:
        return {}
    if isinstance(given, Null):
        raise GraphQLError(f"{name}: null is no filter; leave it out to see everything.")
    assert isinstance(given, dict)
    return given
