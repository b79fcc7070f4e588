"""`node(id:)` and `nodes(ids:)`: rows of any type by their global ids, which name the type. A
statement is about the types that are named and no others."""

from typing import TYPE_CHECKING, Any

from graphql import FieldNode, GraphQLError

from tracker.graphql.planner import kinds
from tracker.graphql.planner.codes import ErrorCode
from tracker.graphql.planner.declare import Declaration
from tracker.graphql.planner.statement import Text, literal
from tracker.graphql.planner.values import Leaf, Variables, known

if TYPE_CHECKING:
    from tracker.graphql.planner.compile import Compiler

Nodes = list[FieldNode]

IDS_MOST = 100
"""Rows that can be asked for at once."""


def node(compiler: "Compiler", leaf: Leaf, nodes: Nodes) -> str:
    """The SQL text expression of the row with this id, or null."""
    statement = compiler.statement
    with statement.at("id"):
        declaration = _declaration(compiler, known(leaf, compiler.variables))
        condition = f"{{c}}.id = {statement.leaf(leaf, kinds.identity(declaration.name))}"
    return compiler.single(declaration, condition, nodes, abstract=True)


def nodes(compiler: "Compiler", leaf: Leaf, nodes: Nodes) -> str:
    """The SQL text expression of the list of rows, in the order of the ids; null where there is
    no such row that the viewer may see."""
    statement = compiler.statement
    with statement.at("ids"):
        given = _ids(known(leaf, compiler.variables))
        named = {each.name: each for each in (_declaration(compiler, text) for text in given)}
        types = statement.bind((*leaf.key, "types"), "text[]", lambda v, _: _types(leaf, v))
        numbers = statement.bind(
            (*leaf.key, "numbers"), "integer[]", lambda v, _: _numbers(leaf, v)
        )
    i = statement.alias()
    with compiler.within(lambda variables: len(_ids(leaf.get(variables)))):
        cases = "".join(
            f" WHEN {literal(name)} THEN"
            f" {compiler.single(named[name], f'{{c}}.id = {i}.number', nodes, abstract=True)}"
            for name in sorted(named)
        )
    text = Text("[")
    if cases:
        listed = f"string_agg(CASE {i}.type{cases} END,',' ORDER BY {i}.place)"
        rows = f"unnest({types}, {numbers}) WITH ORDINALITY {i}(type, number, place)"
        text.sql(f"(SELECT {listed} FROM {rows})")
    text.add("]")
    return str(text)


def _declaration(compiler: "Compiler", text: Any) -> Declaration:
    name = str(text).partition(":")[0]
    declaration = compiler.registry.declarations.get(name)
    if declaration is None:
        raise compiler.statement.place.fault(f"{name[:40]!r} is no type; ids look like Project:12.")
    return declaration


def _ids(given: Any) -> list[str]:
    """The ids as they were given: a single one stands for a list of it.

    Raises GraphQLError for too many.
    """
    ids = [str(each) for each in (given if isinstance(given, list) else [given])]
    if len(ids) > IDS_MOST:
        raise GraphQLError(
            f"ids: {len(ids)} ids; at most {IDS_MOST} are served at once.",
            extensions={"code": ErrorCode.TOO_MUCH},
        )
    return ids


def _types(leaf: Leaf, variables: Variables) -> list[str]:
    return [text.partition(":")[0] for text in _ids(leaf.get(variables))]


def _numbers(leaf: Leaf, variables: Variables) -> list[int]:
    ids = _ids(leaf.get(variables))
    return [kinds.number_of(text, text.partition(":")[0]) for text in ids]
