"""`node(id:)` and `nodes(ids:)`: rows of any type by their global ids, which name the type. A
statement is about the types that are named and no others."""

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from graphql import FieldNode, GraphQLError

from tracker.graphql.planner import kinds
from tracker.graphql.planner.codes import ErrorCode
from tracker.graphql.planner.declare import Declaration
from tracker.graphql.planner.faults import Fault
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
    no such row that the viewer may see. Of what is no id at all, `wrong` tells; only where
    graphql-core completes the list can it stand beside the others."""
    statement = compiler.statement
    with statement.at("ids"):
        given = _ids(known(leaf, compiler.variables))
        names = compiler.registry.declarations if compiler.completed else ()
        ids = [text for text in given if not names or _split(names, text)[0]]
        named = {each.name: each for each in (_declaration(compiler, text) for text in ids)}
        types = statement.bind((*leaf.key, "types"), "text[]", lambda v, _: _types(names, leaf, v))
        numbers = statement.bind(
            (*leaf.key, "numbers"), "integer[]", lambda v, _: _numbers(names, leaf, v)
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
        listed = f"string_agg(CASE {i}.type{cases} ELSE 'null' END,',' ORDER BY {i}.place)"
        rows = f"unnest({types}, {numbers}) WITH ORDINALITY {i}(type, number, place)"
        text.sql(f"(SELECT {listed} FROM {rows})")
    else:
        text.add(",".join("null" for _ in given))
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


def wrong(compiler: "Compiler", given: Any) -> dict[int, Fault]:
    """What is no id among those given to `nodes`: place in the list -> error."""
    found: dict[int, Fault] = {}
    for index, text in enumerate(_ids(given)):
        place = compiler.statement.place.inside("ids", str(index))
        try:
            kinds.number_of(text, _declaration(compiler, text).name)
        except GraphQLError as error:
            found[index] = place.fault(error.message)
    return found


def _split(names: Collection[str], text: str) -> tuple[str, int]:
    """Type and number of an id; of what is none, those that no row has. Without `names` of types
    each must be an id. Raises GraphQLError where one must be and is not."""
    name = text.partition(":")[0]
    try:
        number = kinds.number_of(text, name)
    except GraphQLError:
        if not names:
            raise
        return "", 0
    return (name, number) if not names or name in names else ("", 0)


def _types(names: Collection[str], leaf: Leaf, variables: Variables) -> list[str]:
    return [_split(names, text)[0] for text in _ids(leaf.get(variables))]


def _numbers(names: Collection[str], leaf: Leaf, variables: Variables) -> list[int]:
    return [_split(names, text)[1] for text in _ids(leaf.get(variables))]
