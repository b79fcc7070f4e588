"""Subscriptions: rows of a table that only grows, each selected as it stands when it is sent.

A stream's rows are chosen by whoever runs the plan, in the order in which they are to be sent;
the statement drops those that the viewer may not see, and writes one line of JSON for each other.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from graphql import GraphQLError, GraphQLObjectType, OperationDefinitionNode

from tracker.graphql.planner import filters
from tracker.graphql.planner.compile import Compiler, Plan
from tracker.graphql.planner.declare import Stream
from tracker.graphql.planner.statement import NotPlannable, Text, where
from tracker.graphql.planner.values import Leaf, Null, Tree, Variables, tree

NUMBERS, POSITIONS = "event numbers", "event positions"
"""What `run_with` puts beside the variables; with a space, no document's variable is named so."""


def run_with(
    variables: Variables, numbers: Sequence[int], positions: Sequence[str]
) -> dict[str, Any]:
    """The variables of a run of the plan for these rows."""
    return {**variables, NUMBERS: list(numbers), POSITIONS: list(positions)}


def compile_stream(compiler: Compiler, operation: OperationDefinitionNode) -> Plan:
    """The statement of a subscription's one field: lines of JSON in the order of the rows.

    Raises NotPlannable for what cannot be followed.
    """
    root = compiler.schema.subscription_type
    assert root is not None
    [(key, nodes)] = compiler.fields(root, [operation.selection_set])
    stream = compiler.registry.streams.get(nodes[0].name.value)
    if stream is None:
        raise NotPlannable(nodes[0].name.value)
    event = compiler.registry.events[stream.target]
    statement = compiler.statement
    c = statement.alias()
    numbers = statement.bind(NUMBERS, "integer[]", lambda given, _: given[NUMBERS])
    positions = statement.bind(POSITIONS, "text[]", lambda given, _: given[POSITIONS])
    rows = (
        f"SELECT e.*, w.position AS stream_position, w.n AS stream_n"
        f" FROM unnest({numbers},{positions}) WITH ORDINALITY w(number,position,n)"
        f" JOIN {event.sql_name} e ON e.id = w.number"
    )
    conditions = [*statement.visible(event, c), *_narrowed(compiler, stream, root, nodes[0], c)]
    body, joins = compiler.row_text(event, c, nodes)
    text = Text()
    text.add(f'{{"{key}":')
    text.sql(body)
    text.add("}")
    sql = (
        f"SELECT coalesce(string_agg(line,E'\\n' ORDER BY n),'') FROM"
        f" (SELECT {text} AS line, {c}.stream_n AS n FROM ({rows}) {c}{joins}{where(conditions)})"
    )
    return Plan(sql, tuple(statement.binds), tuple(statement.sizes))


def arguments(compiler: Compiler, operation: OperationDefinitionNode) -> tuple[str, dict[str, Any]]:
    """The name of the subscription's field and the values of its plain arguments, nulls and
    filters left out."""
    root = compiler.schema.subscription_type
    assert root is not None
    fields = compiler.fields(root, [operation.selection_set])
    if len(fields) != 1 or fields[0][1][0].name.value not in compiler.registry.streams:
        raise GraphQLError("A subscription follows one field; select one of Subscription's.")
    node = fields[0][1][0]
    given = _arguments(compiler, root, node)
    values = {
        name: leaf.get(compiler.variables) for name, leaf in given.items() if isinstance(leaf, Leaf)
    }
    return node.name.value, {name: value for name, value in values.items() if value is not None}


def _narrowed(
    compiler: Compiler, stream: Stream, root: GraphQLObjectType, node: Any, c: str
) -> list[str]:
    """The conditions of the stream's arguments that are left to the statement."""
    event = compiler.registry.events[stream.target]
    given = _arguments(compiler, root, node)
    found: list[str] = []
    for name, leaf in given.items():
        if isinstance(leaf, Null):
            continue
        if name == "filter" and stream.filtered:
            conditions: Mapping[str, Tree] = {stream.filtered: leaf}
            found += filters.conditions(compiler.statement, event, c, dict(conditions))
        elif isinstance(leaf, Leaf) and (on := stream.arguments[name].on):
            kind = stream.arguments[name].kind
            value = compiler.statement.leaf(leaf, kind)
            found.append(on.replace("{c}", c).replace("{value}", value))
    return found


def _arguments(compiler: Compiler, owner: GraphQLObjectType, node: Any) -> dict[str, Tree]:
    known = owner.fields[node.name.value].args
    found = {
        each.name.value: tree(each.value, known[each.name.value].type, compiler.variables)
        for each in node.arguments or ()
    }
    return {name: value for name, value in found.items() if value is not None}
