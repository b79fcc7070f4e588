"""What a mutation operation asks for, compiled: each root field's arguments, and its payload.

The planner's statement gives the payload's row, with one exception: plain columns of a part of a
project come from the row that the action returned. Such a row is visible as its project is, which
the action looked at and does not change, and whoever may act on it is among those who see its
inside; so nothing can differ but the time it takes.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC
from enum import Enum
from typing import Any

import orjson
from graphql import (
    FieldNode,
    GraphQLError,
    GraphQLNonNull,
    GraphQLObjectType,
    Undefined,
    VariableNode,
    type_from_ast,
    value_from_ast,
)

from tracker.domain.projects.rules import part_insider
from tracker.graphql.mutations import Returns
from tracker.graphql.performable import Payload, Performable
from tracker.graphql.planner.compile import NUMBERS, Compiler, Plan
from tracker.graphql.planner.declare import Declaration, Scalar
from tracker.graphql.planner.run import Operation, Planner
from tracker.graphql.planner.statement import NotPlannable
from tracker.graphql.planner.values import Variables
from tracker.graphql.problems import Problem
from tracker.graphql.reading import READS, Context

Nodes = list[FieldNode]
Given = Callable[[Variables], dict[str, Any]]
Write = Callable[[Payload, Variables, Context], Awaitable[Any]]
Plain = Callable[[Any], dict[str, Any]]

PLAIN: dict[str, Callable[[Any], Any]] = {
    "Int": lambda value: value,
    "Boolean": lambda value: value,
    "String": lambda value: value,
    "Date": lambda value: value,
    "DateTime": lambda value: value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
}
"""Kinds whose Python values orjson writes as PostgreSQL does; of any other the planner is asked."""


@dataclass(frozen=True)
class Part:
    """One key of a payload, and what writes its value."""

    key: str
    nodes: Nodes
    write: Write
    null: bool


@dataclass(frozen=True)
class Step:
    """One root field: a mutation to perform, or `__typename`."""

    key: str
    nodes: Nodes
    performable: Performable | None
    given: Given
    parts: Sequence[Part]


class Compilation:
    """Compiles one operation for variables of one shape; `plans` are the statements that its
    payloads may need."""

    def __init__(
        self,
        planner: Planner,
        performable: Mapping[str, Performable],
        operation: Operation,
        variables: Variables,
    ) -> None:
        self.planner = planner
        self.performable = performable
        self.operation = operation
        self.variables = variables
        self.plans: list[Plan] = []
        self.types = {
            each.variable.name.value: type_from_ast(self.planner.schema, each.type)
            for each in operation.node.variable_definitions or ()
        }

    def steps(self) -> list[Step]:
        """The root fields in turn. Raises NotPlannable where graphql-core must execute it."""
        mutation = self.planner.schema.mutation_type
        assert mutation is not None
        fields = self._compiler().fields(mutation, [self.operation.node.selection_set])
        return [self._step(mutation, key, nodes) for key, nodes in fields]

    def _compiler(self) -> Compiler:
        return self.planner.compiler(self.operation.fragments, self.variables)

    def _step(self, mutation: GraphQLObjectType, key: str, nodes: Nodes) -> Step:
        name = nodes[0].name.value
        if name == "__typename":
            return Step(key, nodes, None, lambda _: {}, ())
        performable = self.performable.get(name)
        if performable is None:
            raise NotPlannable(name)
        given = self._given(mutation, nodes[0])
        return Step(key, nodes, performable, given, self._parts(mutation, performable, nodes))

    def _given(self, mutation: GraphQLObjectType, node: FieldNode) -> Given:
        """The arguments: straight from variables where they are nothing else."""
        known = mutation.fields[node.name.value].args
        direct: list[tuple[str, str]] = []
        written: list[tuple[str, Any, Any]] = []
        for each in node.arguments or ():
            name, kind = each.name.value, known[each.name.value].type
            if not isinstance(each.value, VariableNode):
                written.append((name, each.value, kind))
                continue
            variable = each.value.name.value
            required = isinstance(kind, GraphQLNonNull)
            if required and not isinstance(self.types[variable], GraphQLNonNull):
                raise NotPlannable("a variable that may be null where null is none")
            direct.append((name, variable))

        def given(variables: Variables) -> dict[str, Any]:
            found = {name: variables[key] for name, key in direct if key in variables}
            for name, value, kind in written:
                found[name] = value_from_ast(value, kind, dict(variables))
                if found[name] is Undefined:
                    raise GraphQLError("This value does not fit its argument.", value)
            return found

        return given

    def _parts(
        self, mutation: GraphQLObjectType, performable: Performable, nodes: Nodes
    ) -> list[Part]:
        kind = mutation.fields[nodes[0].name.value].type
        payload = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
        sets = [node.selection_set for node in nodes if node.selection_set]
        return [
            self._part(payload, performable, key, found)
            for key, found in self._compiler().fields(payload, sets)
        ]

    def _part(
        self, payload: GraphQLObjectType, performable: Performable, key: str, nodes: Nodes
    ) -> Part:
        name = nodes[0].name.value
        if name == "__typename":
            return Part(key, nodes, _constant(payload.name), False)
        null = not isinstance(payload.fields[name].type, GraphQLNonNull)
        if name == "problems":
            return Part(key, nodes, self._problems(nodes), null)
        if name == "secret":
            return Part(key, nodes, _secret, null)
        declaration = self.planner.registry.declarations[performable.mutation.node]
        plan = self._compiler().rows(declaration, nodes)
        self.plans.append(plan)
        many = performable.mutation.returns is Returns.ROWS
        return Part(key, nodes, _rows(plan, self._plain(declaration, nodes), many), null)

    def _problems(self, nodes: Nodes) -> Write:
        compiler = self._compiler()
        sets = [node.selection_set for node in nodes if node.selection_set]
        found = [
            (key, PROBLEM[each[0].name.value])
            for key, each in compiler.fields(compiler.type("Problem"), sets)
        ]

        async def write(payload: Payload, _: Variables, __: Context) -> Any:
            return [{key: read(each) for key, read in found} for each in payload.problems]

        return write

    def _plain(self, declaration: Declaration, nodes: Nodes) -> Plain | None:
        """How to write the row from its object; None where the planner must."""
        if declaration.scope is None or not hasattr(declaration.table, "project"):
            return None
        compiler = self._compiler()
        sets = [node.selection_set for node in nodes if node.selection_set]
        columns: list[tuple[str, Callable[[Any], Any]]] = []
        for key, found in compiler.fields(compiler.type(declaration.name), sets):
            read = _column(declaration, found[0].name.value)
            if read is None:
                return None
            columns.append((key, read))
        return lambda row: {key: read(row) for key, read in columns}


PROBLEM: dict[str, Callable[[Problem], Any]] = {
    "__typename": lambda _: "Problem",
    "field": lambda problem: problem.field,
    "code": lambda problem: problem.code.name,
    "message": lambda problem: problem.message,
    "currentVersion": lambda problem: problem.current_version,
    "changedFields": lambda problem: problem.changed_fields,
}


def _constant(text: str) -> Write:
    async def write(_: Payload, __: Variables, ___: Context) -> Any:
        return text

    return write


async def _secret(payload: Payload, _: Variables, __: Context) -> Any:
    return payload.secret


def _rows(plan: Plan, plain: Plain | None, many: bool) -> Write:
    async def write(payload: Payload, variables: Variables, context: Context) -> Any:
        if plain and payload.rows and all(row._exists_in_db for row in payload.rows):
            found = [plain(row) for row in payload.rows]
            return found if many else found[0]
        if not payload.numbers:
            return [] if many else None
        # The action has confirmed the actor's rights, and is done: this only shows it.
        actor = replace(context.actor, rights=None)
        text = await READS.run(plan, {**variables, NUMBERS: payload.numbers}, actor, keep=False)
        if many:
            return orjson.Fragment(text)
        return orjson.Fragment(text[1:-1]) if len(text) > len("[]") else None

    return write


def _column(declaration: Declaration, name: str) -> Callable[[Any], Any] | None:
    """What reads the field from a row object as the planner would write it."""
    if name == "__typename":
        return lambda _: declaration.name
    field = declaration.fields.get(name)
    if not isinstance(field, Scalar) or not field.column:
        return None
    if field.visible not in (None, part_insider):
        return None  # it may depend on what the row has become
    if name == "id":
        return lambda row: f"{declaration.name}:{row.id}"
    column = field.column
    convert = PLAIN.get(field.kind.name)
    if isinstance(field.kind.annotation, type) and issubclass(field.kind.annotation, Enum):
        convert = _constant_name
    if convert is None:
        return None
    return lambda row: None if (value := vars(row)[column]) is None else convert(value)


def _constant_name(value: Any) -> str:
    """GraphQL's name of an enum member, or of the text that the row holds for it."""
    return str(value.value if isinstance(value, Enum) else value).upper()
