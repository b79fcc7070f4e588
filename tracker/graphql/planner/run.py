"""Documents are parsed and validated once, plans compiled once per shape of the variables; then
a request is: look up, bind, one statement, bytes."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLEnumType,
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    VariableDefinitionNode,
    VariableNode,
    get_named_type,
    parse,
    type_from_ast,
    validate,
)
from graphql.language import Node, Visitor, visit
from graphql.validation.rules import overlapping_fields_can_be_merged
from graphql.validation.validate import ValidationAbortedError

from tracker.graphql.planner.codes import ErrorCode
from tracker.graphql.planner.coercion import Coercer
from tracker.graphql.planner.compile import Compiler, Plan
from tracker.graphql.planner.declare import Registry
from tracker.graphql.planner.events import compile_stream
from tracker.graphql.planner.faults import Fault, coded
from tracker.graphql.planner.kept import Figures, Plans, Recent
from tracker.graphql.planner.limits import Limits, beyond, refuse_more_objects
from tracker.graphql.planner.pages import MOST
from tracker.graphql.planner.selections import fragments_of
from tracker.graphql.planner.statement import NotPlannable, SizeOf
from tracker.graphql.planner.validation import rules_for
from tracker.graphql.planner.values import Variables, shape

KEPT_MOST = 20_000
"""Characters of a document that is kept. A longer one would push out everybody else's."""

DOCUMENT_USUAL, PLAN_USUAL, HELD = 300, 10_000, 20
"""Characters of a document, weight of a plan, and of a character of its document. Parsed, that
takes more than a hundred bytes."""

STREAM = "stream"

UNKNOWN_VALUE = re.compile(r"does not exist in '(\w+)' enum\.")
LISTED_MOST = 30
"""Values of an enum that an error names."""

overlapping_fields_can_be_merged.MAX_COMPLEXITY_BUDGET = 100_000
"""Comparisons of fields under one name before validation gives up; graphql-core has 500,000."""


@dataclass(eq=False)
class Operation:
    """One operation of a document, with everything that is known before its variables."""

    key: tuple[str, str | None]
    document: DocumentNode
    node: OperationDefinitionNode
    exact: frozenset[str]
    coerce: Coercer
    shaped: tuple[tuple[str, Any, bool], ...]
    """(variable, type, whether only its presence shapes the statement)."""
    fragments: Mapping[str, Any] = field(default_factory=dict)
    own: bool = False
    """Whether it is of the product's own documents."""

    @property
    def is_query(self) -> bool:
        """Whether it only reads."""
        return self.node.operation is OperationType.QUERY

    @property
    def is_mutation(self) -> bool:
        """Whether it changes something."""
        return self.node.operation is OperationType.MUTATION

    @property
    def is_subscription(self) -> bool:
        """Whether it follows events."""
        return self.node.operation is OperationType.SUBSCRIPTION


class Shelf:
    """What is kept of documents that are trusted alike: `most` of each, and of `most` times a usual
    document's length and plan's at most together."""

    def __init__(self, most: int) -> None:
        text, sql = most * DOCUMENT_USUAL, most * PLAN_USUAL
        self.documents: Recent[Any, DocumentNode] = Recent(most, text, _length)
        self.operations: Recent[Any, Operation] = Recent(most, text, _length)
        self.plans: Plans[Plan | None] = Plans(most, room=sql, weigh=_written)


def _length(key: tuple[Any, ...]) -> int:
    """Characters of the document that a key begins with."""
    return len(key[0])


def _written(operation: Any, plan: Plan | None) -> int:
    """A plan's statement, and the parts of its parsed document that it holds on to."""
    text = operation[1][0] if operation[0] == STREAM else operation[0]
    return len(text) * HELD + (len(plan.sql) if plan else 0)


class Planner:
    """The plans of one schema. `cache_size` bounds the documents and the plans kept."""

    def __init__(self, schema: GraphQLSchema, registry: Registry, cache_size: int) -> None:
        self.schema = schema
        self.registry = registry
        # The product's own documents are few, and never pushed out by anybody's.
        self._own, self._others = Shelf(cache_size), Shelf(cache_size)
        self._shaping = frozenset(
            name for name in schema.type_map if name.endswith("OrderField")
        ) | {
            "OrderDirection",
            "GroupOrder",
            *(f"{a.name}Key" for a in registry.aggregates.values()),
        }

    def prepared(self, text: str, name: str | None, limits: Limits | None) -> Operation:
        """The operation to run, of a validated document. Only good ones are kept: there are
        more bad ones than memory.

        Raises GraphQLErrors with everything wrong with the document, or GraphQLError when it is
        not clear which operation is meant.
        """
        key = (text, name, limits)
        if limits and len(text) > KEPT_MOST:
            return self._operation(text, self._read(text, limits), name)
        shelf = self._others if limits else self._own

        def make() -> Operation:
            document = shelf.documents.recall((text, limits), lambda: self._read(text, limits))
            return replace(self._operation(text, document, name), own=limits is None)

        return shelf.operations.recall(key, make)

    def variables(
        self, operation: Operation, given: Mapping[str, Any], limits: Limits | None = None
    ) -> Variables:
        """The coerced variables. Raises GraphQLErrors with everything wrong with them."""
        refuse_more_objects(given, limits)
        suggestions = limits is None or limits.suggestions
        coerced = operation.coerce(given, suggestions)
        if isinstance(coerced, list):
            wrong = ErrorCode.BAD_USER_INPUT
            raise GraphQLErrors([coded(self._listed(each, suggestions), wrong) for each in coerced])
        return coerced

    def plan(self, operation: Operation, variables: Variables) -> Plan | None:
        """The query's statement; None where graphql-core must execute it: there are fields that
        the planner does not know, or arguments that one of the fields refuses."""
        if not operation.is_query:
            return None
        if len(operation.key[0]) > KEPT_MOST:
            return self._compile(operation, variables)
        shelf = self._own if operation.own else self._others
        make = partial(self._compile, operation, variables)
        return shelf.plans.recall(operation.key, self.shape(operation, variables), make)

    def stream(self, operation: Operation, variables: Variables) -> Plan:
        """The statement that selects a subscription's events.

        Raises GraphQLError for what cannot be followed.
        """
        shelf = self._own if operation.own else self._others
        key, shape_ = (STREAM, operation.key), self.shape(operation, variables)
        compiler = self.compiler(operation.fragments, variables)
        try:
            make = partial(compile_stream, compiler, operation.node)
            plan = shelf.plans.recall(key, shape_, make)
        except NotPlannable as error:
            raise GraphQLError(f"{error} cannot be followed; leave it out.") from error
        assert plan is not None
        return plan

    def figures(self) -> dict[str, tuple[int, Figures]]:
        """Of everything that is kept: how much there is, and how it serves. The product's own
        documents and plans are apart from anybody's."""
        shelves = {"own_": self._own, "": self._others}
        kept: dict[str, Recent[Any, Any] | Plans[Any]] = {
            f"{prefix}{name}": getattr(shelf, name)
            for prefix, shelf in shelves.items()
            for name in ("documents", "operations", "plans")
        }
        return {name: (len(each), each.figures) for name, each in kept.items()}

    @property
    def compiled(self) -> int:
        """How many plans had to be made so far."""
        return self._own.plans.figures.misses + self._others.plans.figures.misses

    def check_size(self, plan: Plan, variables: Variables, limits: Limits) -> None:
        """Refuse a query whose nested pages multiply beyond the limit. Raises Fault for a page
        size that its own field refuses."""
        for path in plan.sizes:
            rows = _product(path, variables, limits.page)
            if rows > limits.rows:
                raise GraphQLError(
                    f"This asks for up to {rows:,} rows in nested pages; at most {limits.rows:,}"
                    " are served. Give smaller `first` arguments.",
                    extensions={"code": ErrorCode.TOO_MUCH},
                )

    def _compile(self, operation: Operation, variables: Variables) -> Plan | None:
        try:
            return self.compiler(operation.fragments, variables, operation.own).query(
                operation.node
            )
        except (NotPlannable, GraphQLError):
            return None

    def compiler(
        self, fragments: Mapping[str, Any], variables: Variables, own: bool = False
    ) -> Compiler:
        """A compiler for parts of an operation that graphql-core executes, or for all of it."""
        return Compiler(self.schema, self.registry, fragments, variables, own)

    def shape(
        self, operation: Operation, variables: Variables, only: Collection[str] | None = None
    ) -> object:
        """What distinguishes the operation's plans; of `only` these variables, if given."""
        found = []
        for name, kind, plain in operation.shaped:
            if name in variables and (only is None or name in only):
                value = variables[name]
                if not plain:
                    value = shape(value, kind, self._shaping, name in operation.exact)
                elif value is not None:
                    value = True
                found.append((name, value))
        return tuple(found)

    def _read(self, text: str, limits: Limits | None) -> DocumentNode:
        try:
            document = parse(text, max_tokens=limits.tokens if limits else None)
        except GraphQLError as error:
            raise GraphQLErrors([coded(error, ErrorCode.GRAPHQL_PARSE_FAILED)]) from error
        errors = beyond(document, fragments_of(document), limits) if limits else []
        if not errors:
            suggestions = limits is None or limits.suggestions
            found = _once(
                validate(self.schema, document, rules_for(text), hide_suggestions=not suggestions)
            )
            invalid = ErrorCode.GRAPHQL_VALIDATION_FAILED
            errors = [coded(self._listed(_clear(each), suggestions), invalid) for each in found]
        if errors:
            raise GraphQLErrors(errors)
        return document

    def _listed(self, error: GraphQLError, suggestions: bool) -> GraphQLError:
        """The error about an unknown value of an enum, with those that there are."""
        unknown = UNKNOWN_VALUE.search(error.message) if suggestions else None
        kind = self.schema.type_map.get(unknown[1]) if unknown else None
        if isinstance(kind, GraphQLEnumType) and len(kind.values) <= LISTED_MOST:
            error.message += f" There are: {', '.join(kind.values)}."
        return error

    def _operation(self, text: str, document: DocumentNode, name: str | None) -> Operation:
        node = _chosen(document, name)
        exact = _Conditions()
        if "@" in text:
            visit(document, exact)
        definitions = list(node.variable_definitions or ())
        return Operation(
            (text, name),
            document,
            node,
            frozenset(exact.names),
            Coercer(self.schema, definitions),
            tuple(self._shaped(each, exact.names) for each in definitions),
            fragments_of(document),
        )

    def _shaped(self, definition: VariableDefinitionNode, exact: set[str]) -> tuple[str, Any, bool]:
        kind: Any = type_from_ast(self.schema, definition.type)
        name, named = definition.variable.name.value, get_named_type(kind)
        shapes = isinstance(named, GraphQLInputObjectType) or named.name in self._shaping | {"ID"}
        return name, kind, not shapes and name not in exact


def _product(path: Sequence[SizeOf], variables: Variables, page: int) -> int:
    """The rows that a path asks for. A page's own limit is the most that `page` can be."""
    rows = 1
    for size in path:
        try:
            wanted = size(variables)
        except Fault:
            raise
        except GraphQLError as error:
            raise Fault(error.message, ErrorCode.BAD_ARGUMENT) from error
        if wanted > page < MOST:
            raise Fault(
                f"{wanted} rows; a page has at most {page}: page with cursors.",
                ErrorCode.BAD_ARGUMENT,
            )
        rows *= wanted or 1
    return rows


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


def _clear(error: GraphQLError) -> GraphQLError:
    """graphql-core gives up on documents that repeat themselves, without saying what to do."""
    if isinstance(error, ValidationAbortedError) or error.message == "Validation aborted.":
        return GraphQLError(
            "Too many fields under one name; select each field once.",
            extensions={"code": ErrorCode.TOO_MUCH},
        )
    return error


def _once(errors: Sequence[GraphQLError]) -> list[GraphQLError]:
    """What is wrong in several places is said once, with all of them."""
    alike: dict[str, list[GraphQLError]] = {}
    for each in errors:
        alike.setdefault(each.message, []).append(each)
    return [
        found[0] if len(found) == 1 else GraphQLError(message, _places(found))
        for message, found in alike.items()
    ]


def _places(errors: Sequence[GraphQLError]) -> list[Node]:
    return [node for each in errors for node in each.nodes or ()]


def _chosen(document: DocumentNode, name: str | None) -> OperationDefinitionNode:
    operations = [d for d in document.definitions if isinstance(d, OperationDefinitionNode)]
    chosen = [d for d in operations if name is None or (d.name and d.name.value == name)]
    if len(chosen) != 1:
        names = ", ".join(d.name.value for d in operations if d.name) or "none has a name"
        raise GraphQLError(
            f"Say by operationName which operation to run; there are: {names}.",
            extensions={"code": ErrorCode.OPERATION_RESOLUTION_FAILURE},
        )
    return chosen[0]


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
