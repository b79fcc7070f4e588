"""Documents are parsed and validated once, plans compiled once per shape of the variables; then
a request is: look up, bind, one statement, bytes."""

from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any, Generic, TypeVar

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    VariableNode,
    get_variable_values,
    parse,
    type_from_ast,
    validate,
)
from graphql.language import Visitor, visit

from tracker.graphql.planner.compile import Compiler, Plan, fragments_of
from tracker.graphql.planner.declare import Registry
from tracker.graphql.planner.events import compile_stream
from tracker.graphql.planner.faults import BAD_ARGUMENT, TOO_MUCH, Fault
from tracker.graphql.planner.statement import NotPlannable, SizeOf
from tracker.graphql.planner.values import Variables, shape

K = TypeVar("K")
V = TypeVar("V")


class Recent(OrderedDict[K, V], Generic[K, V]):
    """A mapping that forgets what was used longest ago."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self.most = most

    def recall(self, key: K, make: Callable[[], V]) -> V:
        """The value under `key`, made when it is not there."""
        if key in self:
            self.move_to_end(key)
            return self[key]
        value = self[key] = make()
        if len(self) > self.most:
            self.popitem(last=False)
        return value


@dataclass(frozen=True)
class Limits:
    """What a document may ask for; None for the product's own documents."""

    tokens: int = 1000
    depth: int = 8
    aliases: int = 15
    rows: int = 5000


@dataclass
class Operation:
    """One operation of a document, with everything that is known before its variables."""

    document: DocumentNode
    node: OperationDefinitionNode
    exact: frozenset[str]
    fragments: Mapping[str, Any] = field(default_factory=dict)


class Planner:
    """The plans of one schema. `cache_size` bounds the documents and the plans kept."""

    def __init__(self, schema: GraphQLSchema, registry: Registry, cache_size: int) -> None:
        self.schema = schema
        self.registry = registry
        self._documents: Recent[Any, DocumentNode] = Recent(cache_size)
        self._operations: Recent[Any, Operation] = Recent(cache_size)
        self._plans: Recent[Any, Plan | None] = Recent(cache_size)
        self._shaping = frozenset(
            name for name in schema.type_map if name.endswith("OrderField")
        ) | {
            "OrderDirection",
            "GroupOrder",
            *(f"{a.name}Key" for a in registry.aggregates.values()),
        }

    def document(self, text: str, limits: Limits | None) -> DocumentNode | list[GraphQLError]:
        """The validated document, or what is wrong with it. Only good ones are kept: there are
        more bad ones than memory."""
        known = self._documents.get((text, limits))
        if known is not None:
            return self._documents.recall((text, limits), lambda: known)
        found = self._read(text, limits)
        if not isinstance(found, list):
            self._documents.recall((text, limits), lambda: found)
        return found

    def operation(self, text: str, document: DocumentNode, name: str | None) -> Operation:
        """The operation to run. Raises GraphQLError when it is not clear which one."""
        return self._operations.recall((text, name), lambda: _operation(document, name))

    def variables(self, operation: Operation, given: Mapping[str, Any]) -> Variables:
        """The coerced variables. Raises GraphQLErrors with everything wrong with them."""
        coerced = get_variable_values(
            self.schema, list(operation.node.variable_definitions or ()), dict(given)
        )
        if isinstance(coerced, list):
            raise GraphQLErrors(coerced)
        values: Variables = coerced.coerced
        return values

    def plan(
        self, text: str, operation: Operation, name: str | None, variables: Variables
    ) -> Plan | None:
        """The query's statement; None where graphql-core must execute it: there are fields that
        the planner does not know, or arguments that one of the fields refuses."""
        if operation.node.operation != OperationType.QUERY:
            return None
        key = (text, name, self.shape(operation, variables))
        return self._plans.recall(key, lambda: self._compile(operation, variables))

    def stream(
        self, text: str, operation: Operation, name: str | None, variables: Variables
    ) -> Plan:
        """The statement that selects a subscription's events.

        Raises GraphQLError for what cannot be followed.
        """
        key = ("stream", text, name, self.shape(operation, variables))
        compiler = self.compiler(operation.fragments, variables)
        try:
            plan = self._plans.recall(key, lambda: compile_stream(compiler, operation.node))
        except NotPlannable as error:
            raise GraphQLError(f"{error} cannot be followed; leave it out.") from error
        assert plan is not None
        return plan

    def check_size(self, plan: Plan, variables: Variables, limits: Limits) -> None:
        """Refuse a query whose nested pages multiply beyond the limit. Raises Fault for a page
        size that its own field refuses."""
        for path in plan.sizes:
            rows = _product(path, variables)
            if rows > limits.rows:
                raise GraphQLError(
                    f"This asks for up to {rows:,} rows in nested pages; at most {limits.rows:,}"
                    " are served. Give smaller `first` arguments.",
                    extensions={"code": TOO_MUCH},
                )

    def _compile(self, operation: Operation, variables: Variables) -> Plan | None:
        try:
            return self.compiler(operation.fragments, variables).query(operation.node)
        except (NotPlannable, GraphQLError):
            return None

    def compiler(self, fragments: Mapping[str, Any], variables: Variables) -> Compiler:
        """A compiler for parts of an operation that graphql-core executes."""
        return Compiler(self.schema, self.registry, fragments, variables)

    def shape(
        self, operation: Operation, variables: Variables, only: Collection[str] | None = None
    ) -> object:
        """What distinguishes the operation's plans; of `only` these variables, if given."""
        found = []
        for definition in operation.node.variable_definitions or ():
            name = definition.variable.name.value
            if name in variables and (only is None or name in only):
                kind: Any = type_from_ast(self.schema, definition.type)
                exact = name in operation.exact
                found.append((name, shape(variables[name], kind, self._shaping, exact)))
        return tuple(found)

    def _read(self, text: str, limits: Limits | None) -> DocumentNode | list[GraphQLError]:
        try:
            document = parse(text, max_tokens=limits.tokens if limits else None)
        except GraphQLError as error:
            return [error]
        errors = list(validate(self.schema, document))
        if not errors and limits:
            errors = _beyond(document, limits)
        return errors or document


def _product(path: Sequence[SizeOf], variables: Variables) -> int:
    try:
        return prod(max(1, size(variables)) for size in path)
    except Fault:
        raise
    except GraphQLError as error:
        raise Fault(error.message, BAD_ARGUMENT) from error


class GraphQLErrors(Exception):
    """Several errors at once."""

    def __init__(self, errors: Sequence[GraphQLError]) -> None:
        self.errors = list(errors)
        super().__init__("; ".join(error.message for error in errors))


def coerced_of(info: Any) -> Variables:
    """graphql-core's coerced variables inside a resolver."""
    values = info.variable_values
    coerced: Variables = getattr(values, "coerced", values)
    return coerced


def _operation(document: DocumentNode, name: str | None) -> Operation:
    operations = [d for d in document.definitions if isinstance(d, OperationDefinitionNode)]
    chosen = [d for d in operations if name is None or (d.name and d.name.value == name)]
    if len(chosen) != 1:
        names = ", ".join(d.name.value for d in operations if d.name) or "none has a name"
        raise GraphQLError(f"Say by operationName which operation to run; there are: {names}.")
    exact = _Conditions()
    visit(document, exact)
    return Operation(document, chosen[0], frozenset(exact.names), fragments_of(document))


class _Conditions(Visitor):
    """Variables in `@skip` and `@include`: their values change the statement."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def enter_directive(self, node: Any, *_: Any) -> None:
        """Note the variables of the directive."""
        for argument in node.arguments or ():
            if isinstance(argument.value, VariableNode):
                self.names.add(argument.value.name.value)


def _beyond(document: DocumentNode, limits: Limits) -> list[GraphQLError]:
    measure = _Measure(document)
    found = []
    if measure.depth > limits.depth:
        found.append(f"Fields nest {measure.depth} deep; at most {limits.depth} is served.")
    if measure.aliases > limits.aliases:
        found.append(f"{measure.aliases} aliases; at most {limits.aliases} are served.")
    return [GraphQLError(message) for message in found]


class _Measure:
    """How deep fields nest, fragments followed, and how many aliases there are."""

    def __init__(self, document: DocumentNode) -> None:
        self.fragments = fragments_of(document)
        self.aliases = 0
        self._depths: dict[str, int] = {}
        self.depth = max(
            (
                self._deep(d.selection_set)
                for d in document.definitions
                if isinstance(d, OperationDefinitionNode)
            ),
            default=0,
        )

    def _deep(self, selections: Any) -> int:
        return max((self._of(node) for node in selections.selections), default=0)

    def _of(self, node: Any) -> int:
        if isinstance(node, FieldNode):
            self.aliases += node.alias is not None
            introspecting = node.name.value.startswith("__")
            inner = self._deep(node.selection_set) if node.selection_set else 0
            return 0 if introspecting else 1 + inner
        if hasattr(node, "name"):
            name = node.name.value
            if name not in self._depths:
                self._depths[name] = self._deep(self.fragments[name].selection_set)
            return self._depths[name]
        return self._deep(node.selection_set)
