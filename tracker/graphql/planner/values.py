"""Arguments as trees whose leaves become bind parameters, whether they were written into the
document or come in variables."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    ListValueNode,
    NullValueNode,
    ObjectValueNode,
    Undefined,
    ValueNode,
    VariableNode,
    get_named_type,
    value_from_ast,
)

Variables = Mapping[str, Any]

LITERAL = "literal"
"""Begins the key of what a document says itself."""


@dataclass(frozen=True)
class Leaf:
    """A scalar or a list of scalars, known only when the plan runs."""

    key: tuple[object, ...]
    """Equal leaves share one bind parameter."""
    get: Callable[[Variables], Any]

    @property
    def varies(self) -> bool:
        """Whether variables have a part in it."""
        return self.key[0] != LITERAL


class Null:
    """An explicit null."""


NULL = Null()

Tree = dict[str, Any] | list[Any] | Leaf | Null
"""An argument: objects and lists of objects stay structure, everything else is a leaf."""


def tree(node: ValueNode, kind: GraphQLInputType, variables: Variables) -> Tree | None:
    """The argument written at `node`; None when it is absent (an undefined variable)."""
    if isinstance(node, VariableNode):
        name = node.name.value
        if name not in variables:
            return None
        return _from_value(variables[name], kind, ("variable", name))
    if isinstance(node, NullValueNode):
        return NULL
    kind = _nullable(kind)
    if isinstance(kind, GraphQLList) and _structured(kind):
        nodes = node.values if isinstance(node, ListValueNode) else [node]
        found = [tree(each, kind.of_type, variables) for each in nodes]
        return [each for each in found if each is not None]
    if isinstance(node, ObjectValueNode) and isinstance(kind, GraphQLInputObjectType):
        pairs = {f.name.value: tree(f.value, kind.fields[f.name.value].type, variables)
                 for f in node.fields}  # fmt: skip
        return {name: value for name, value in pairs.items() if value is not None}
    return _literal(node, kind)


def known(value: Tree | None, variables: Variables) -> Any:
    """The value of a leaf that shapes the statement (an order, an id's type)."""
    return value.get(variables) if isinstance(value, Leaf) else None


def shape(value: Any, kind: GraphQLInputType, shaping: frozenset[str], exact: bool) -> object:
    """The part of a variable's value on which the statement's text depends.

    `shaping` names the enum types whose values do; `exact` is set for a variable used in
    `@skip` or `@include`. Ids count by their type, which `node(id:)` selects by.
    """
    kind = _nullable(kind)
    if value is None:
        return None
    if isinstance(kind, GraphQLList):
        if get_named_type(kind).name == "ID":
            return frozenset(map(_type_named, value))
        if _structured(kind) or get_named_type(kind).name in shaping:
            return tuple(shape(each, kind.of_type, shaping, exact) for each in value)
        return True
    if isinstance(kind, GraphQLInputObjectType):
        return tuple(
            (name, shape(each, kind.fields[name].type, shaping, exact))
            for name, each in sorted(value.items())
        )
    if isinstance(kind, GraphQLEnumType) and kind.name in shaping:
        return value
    if getattr(kind, "name", "") == "ID":
        return _type_named(value)
    return value if exact else True


def _type_named(value: object) -> str | None:
    """The type in a global id."""
    return None if value is None else str(value).partition(":")[0][:40]


def _from_value(value: Any, kind: GraphQLInputType, path: tuple[Any, ...]) -> Tree:
    """A variable's coerced value; its leaves remember where they lie inside the variable."""
    kind = _nullable(kind)
    if value is None:
        return NULL
    if isinstance(kind, GraphQLList) and _structured(kind):
        return [_from_value(each, kind.of_type, (*path, i)) for i, each in enumerate(value)]
    if isinstance(kind, GraphQLInputObjectType):
        return {
            name: _from_value(each, kind.fields[name].type, (*path, name))
            for name, each in value.items()
        }
    return Leaf(path, lambda variables: _at(variables, path[1:]))


def _at(variables: Variables, path: tuple[Any, ...]) -> Any:
    found: Any = variables
    for step in path:
        found = found[step]
    return found


def _literal(node: ValueNode, kind: GraphQLInputType) -> Leaf:
    if isinstance(node, ListValueNode) and any(isinstance(v, VariableNode) for v in node.values):
        return _mixed(node, kind)
    value = value_from_ast(node, kind)
    if value is Undefined:
        raise GraphQLError("This value does not fit its argument.", node)
    return Leaf((LITERAL, kind, repr(value)), lambda variables: value)


def _mixed(node: ListValueNode, kind: GraphQLInputType) -> Leaf:
    """A list such as `[$a, "b"]`."""
    assert isinstance(kind, GraphQLList)
    getters: list[Callable[[Variables], Any]] = []
    keys: list[object] = []
    for each in node.values:
        if isinstance(each, VariableNode):
            getters.append(partial(_variable, each.name.value))
            keys.append(each.name.value)
        else:
            leaf = _literal(each, _nullable(kind.of_type))
            getters.append(leaf.get)
            keys.append(leaf.key)
    return Leaf(("mixed", *keys), lambda variables: [get(variables) for get in getters])


def _variable(name: str, variables: Variables) -> Any:
    return variables.get(name)


def _nullable(kind: Any) -> Any:
    return kind.of_type if isinstance(kind, GraphQLNonNull) else kind


def _structured(kind: GraphQLList[Any]) -> bool:
    return isinstance(get_named_type(kind), GraphQLInputObjectType)
