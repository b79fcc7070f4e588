"""Strawberry types from declarations: objects, connections and edges."""

from collections.abc import Awaitable, Callable, Generator, Iterable
from enum import Enum
from typing import Any, Optional

import strawberry
from graphql import FieldNode, GraphQLResolveInfo
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.field import StrawberryField

from tracker.graphql.planner import enums, search, union_types
from tracker.graphql.planner.aggregate import Aggregate
from tracker.graphql.planner.aggregate_types import AggregateTypes
from tracker.graphql.planner.condition_types import ConditionTypes
from tracker.graphql.planner.declare import Declaration, One, Registry, Root, Scalar, Stream
from tracker.graphql.planner.kinds import Kind
from tracker.graphql.planner.nodes import IDS_MOST
from tracker.graphql.planner.pages import DEFAULT_SIZE, MOST
from tracker.graphql.planner.pointers import Pointer
from tracker.graphql.planner.statement import TYPE_KEY

Fetch = Callable[[GraphQLResolveInfo[Any], list[FieldNode]], Awaitable[Any]]
"""Reads one planned root field for an operation that graphql-core executes."""


@strawberry.interface(description="Anything with a global id.")
class Node:
    """The Relay node interface; rows are dictionaries that name their type."""

    id: strawberry.ID = strawberry.field(description="Global identifier.")

    @classmethod
    def resolve_type(cls, row: Any, *_: Any) -> str:
        """The name of the type that the planner wrote into the row."""
        return str(row[TYPE_KEY])


class Planned(StrawberryField):
    """A field that the planner reads. Executed by graphql-core, it takes its value from the row
    that the planner fetched for the whole selection, under the key the document gives it."""

    read: Callable[[Any], Any] | None = None
    fetch: Fetch | None = None

    @property
    def is_basic_field(self) -> bool:
        """Never basic: the value lies under the response key, which only `info` knows."""
        return False

    def get_result(self, source: Any, info: Any, args: Any, kwargs: Any) -> Any:
        """The fetched value; a root field fetches it first."""
        raw: GraphQLResolveInfo[Any] = info._raw_info
        if self.fetch is not None:
            return _Later(self.fetch, raw)
        value = source[raw.path.key]
        return self.read(value) if self.read and value is not None else value


class _Later:
    """A fetch that begins when it is awaited. graphql-core forgets what it has not awaited yet of
    an operation that is cancelled, and Python warns of coroutines that come to nothing."""

    def __init__(self, fetch: Fetch, info: GraphQLResolveInfo[Any]) -> None:
        self.fetch, self.info = fetch, info

    def __await__(self) -> Generator[Any, None, Any]:
        return self.fetch(self.info, list(self.info.field_nodes)).__await__()


LATER = StrawberryAnnotation(object)
"""Stands for a field's type while a dataclass is made of its class: that evaluates it several times
over, before the types exist."""


class TypeBuilder:
    """Makes the Strawberry types of a registry. They refer to each other by name."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self.names: dict[str, Any] = {
            "Optional": Optional, "list": list, "bool": bool, "int": int, "str": str,
            "float": float,
            "Node": Node, "ID": strawberry.ID,
        }  # fmt: skip
        self._page_info()
        for declaration in registry.declarations.values():
            self._object(declaration)
            self._connection(declaration)
        ConditionTypes(self).make()
        for event in registry.events.values():
            self._object(event, ())
        for aggregate in registry.aggregates.values():
            AggregateTypes(self, aggregate).make()
        for union in registry.unions.values():
            union_types.add(self, union)

    def query_fields(self, fetch: Fetch) -> list[StrawberryField]:
        """The roots of the registry, and `node(id:)`."""
        fields = [self._root(name, root, fetch) for name, root in self.registry.roots.items()]
        for name, aggregate in self.registry.aggregates.items():
            fields += self._aggregate_roots(name, aggregate, fetch)
        unions = self.registry.unions.items()
        fields += [union_types.root(self, name, union, fetch) for name, union in unions]
        node = self._field("node", "Optional[Node]", "Any object by its global id.")
        node.arguments = [self._argument("id", "ID", "Global identifier.")]
        node.fetch = fetch
        text = "Objects of any types, in the order of their global ids; null for what is not there."
        several = self._field("nodes", "list[Optional[Node]]", text)
        several.arguments = [
            self._argument("ids", "list[ID]", f"Global identifiers, {IDS_MOST} at most.")
        ]
        several.fetch = fetch
        for name, value in self.registry.values.items():
            kind = _maybe(self._named(value.kind), value.null)
            made = self._field(name, kind, value.description)
            made.fetch = fetch
            fields.append(made)
        return [*fields, node, several]

    def subscription_fields(self) -> list[StrawberryField]:
        """The streams of the registry. They are run by plans alone."""
        return [self._stream(name, stream) for name, stream in self.registry.streams.items()]

    def _stream(self, name: str, stream: Stream) -> StrawberryField:
        field = self._field(name, stream.target, stream.description)
        field.arguments = [
            self._argument(key, f"Optional[{self._named(each.kind)}]", each.description)
            for key, each in stream.arguments.items()
        ]
        if stream.filtered:
            relation = self.registry.events[stream.target].fields[stream.filtered]
            assert isinstance(relation, One)
            text = f"Only events whose {stream.filtered} fits at that moment."
            kind = f"Optional[{relation.target}Filter]"
            field.arguments.insert(0, self._argument("filter", kind, text))
        return field

    def reference(self, name: str, many: bool, load: Callable[..., Any]) -> StrawberryField:
        """A payload's field of declared type `name`; `load(source, info)` reads it."""
        declaration = self.registry.declarations[name]
        if many:
            field = self._field(declaration.plural, f"list[{name}]", "The rows as they are now.")
        else:
            field = self._field(
                name[0].lower() + name[1:],
                f"Optional[{name}]",
                "The row as it is now; null when there is none that you may see.",
            )
        field.get_result = lambda source, info, args, kwargs: load(source, info._raw_info)  # type: ignore[method-assign]
        return field

    def annotation(self, text: str) -> StrawberryAnnotation:
        """A type by its name in this registry. Where it is there already, by itself: Strawberry
        takes longer over a name than over all the rest, and comes to each several times."""
        return StrawberryAnnotation(self._made(text) or text, namespace=self.names)

    def _made(self, text: str) -> Any:
        """The type of that name; None where it is yet to be made."""
        outer, _, rest = text.partition("[")
        if not rest:
            return self.names.get(text)
        inner = self._made(rest[:-1])
        return inner and self.names[outer][inner]

    def _root(self, name: str, root: Root, fetch: Fetch) -> StrawberryField:
        kind = f"Optional[{root.target}]" if root.single else f"{root.target}Connection"
        field = self._field(name, kind, root.description)
        if not root.single:
            field.arguments = self._page_arguments(root.target)
        elif root.by:
            argument, by = root.by
            such = f"global id, such as {root.target}:12" if argument == "id" else argument
            text = f"Which {root.target}, by its {such}."
            field.arguments = [self._argument(argument, self._named(by), text)]
        field.fetch = fetch
        return field

    def _aggregate_roots(self, name: str, aggregate: Aggregate, fetch: Fetch) -> list[Planned]:
        """The figures, and where the past is known, their time series."""
        types = AggregateTypes(self, aggregate)
        found = [self._field(name, aggregate.name, aggregate.description)]
        found[0].arguments = types.root_arguments()
        if aggregate.past:
            text = (
                f"{aggregate.description} How they stood at points in time, from the audit trail."
            )
            found.append(self._field(f"{name}History", f"list[{aggregate.name}Point]", text))
            found[1].arguments = types.history_arguments()
        for field in found:
            field.fetch = fetch
        return found

    def _object(self, declaration: Declaration, bases: tuple[type, ...] = (Node,)) -> None:
        fields = []
        for name, field in declaration.fields.items():
            if isinstance(field, Scalar):
                kind = self._named(field.kind)
                made = self._field(name, _maybe(kind, field.null), field.description)
                made.read = field.kind.read
            elif isinstance(field, Pointer):
                made = self._field(name, "Optional[Node]", field.description)
            elif isinstance(field, One):
                made = self._field(name, _maybe(field.target, field.null), field.description)
            else:
                made = self._field(name, f"{field.target}Connection", field.description)
                made.arguments = self._page_arguments(field.target)
            fields.append(made)
        self.type(declaration.name, fields, declaration.description, bases)

    def _connection(self, declaration: Declaration) -> None:
        name = declaration.name
        self.type(
            f"{name}Edge",
            [
                self._field("cursor", "str", "Opaque position; pass it as after or before."),
                self._field("node", name, "The row."),
            ],
            f"A {name} at its place in a connection.",
        )
        count = self._field("totalCount", "int", "Rows in all, whatever the page.")
        self.type(
            f"{name}Connection",
            [
                self._field("nodes", f"list[{name}]", "The rows of this page."),
                self._field("edges", f"list[{name}Edge]", "The rows with their cursors."),
                self._field("pageInfo", "PageInfo", "Where this page begins and ends."),
                count,
            ],
            f"A page of {name} rows.",
        )

    def _page_info(self) -> None:
        fields = (
            ("hasNextPage", "bool", "Whether more rows follow."),
            ("hasPreviousPage", "bool", "Whether rows come before."),
            ("startCursor", "Optional[str]", "Cursor of the first row."),
            ("endCursor", "Optional[str]", "Cursor of the last row."),
        )
        made = [self._field(*each) for each in fields]
        self.type("PageInfo", made, "Where a page of a connection begins and ends.")

    def _page_arguments(self, target: str) -> list[StrawberryArgument]:
        arguments: tuple[tuple[str, str, str], ...] = (
            (
                "first",
                "Optional[int]",
                f"Rows from the front; {DEFAULT_SIZE} unless given, at most {MOST}.",
            ),
            ("after", "Optional[str]", "Only rows behind this cursor."),
            ("last", "Optional[int]", f"Rows from the end instead, at most {MOST}."),
            ("before", "Optional[str]", "Only rows in front of this cursor."),
            ("filter", f"Optional[{target}Filter]", "Only rows that fit."),
            ("orderBy", f"Optional[list[{target}Order]]", "The order, by its keys in turn."),
        )
        found = self.registry.declarations[target].search
        if found and found.likeness:
            text = "Only what is found by this, the likest first unless an order is given."
            arguments += ((search.ARGUMENT, "Optional[str]", text),)
        return [self._argument(*each) for each in arguments]

    def _argument(self, name: str, kind: str, description: str) -> StrawberryArgument:
        default = None if kind.startswith("Optional") else strawberry.UNSET
        return StrawberryArgument(
            python_name=name,
            graphql_name=name,
            type_annotation=self.annotation(kind),
            description=description,
            default=strawberry.UNSET if default is None else default,
        )

    def _named(self, kind: Kind) -> str:
        """A name for the kind's Python type that annotations can use."""
        python = kind.annotation
        if kind.name.endswith("List"):
            member = self._named_type(kind.name.removesuffix("List"), python.__args__[0])
            return f"list[{member}]"
        return self._named_type(kind.name, python)

    def _named_type(self, name: str, python: Any) -> str:
        if isinstance(python, type) and issubclass(python, Enum) and name not in self.names:
            enums.shown(python, (python.__doc__ or name).strip())
        key = f"{name}Scalar" if name in ("Int", "Float", "Boolean", "String") else name
        self.names.setdefault(key, python)
        return key

    def _field(self, name: str, kind: str, description: str) -> Planned:
        return Planned(
            python_name=name,
            graphql_name=name,
            type_annotation=self.annotation(kind),
            description=description,
        )

    def _input(
        self, name: str, kind: str, description: str, default: Any = strawberry.UNSET
    ) -> StrawberryField:
        python_name = f"{name}_" if name in ("and", "or", "not", "in") else name
        optional = kind.startswith("Optional") or default is not strawberry.UNSET
        return StrawberryField(
            python_name=python_name,
            graphql_name=name,
            type_annotation=self.annotation(kind),
            description=description,
            **({"default": default} if optional else {}),
        )

    def type(
        self,
        name: str,
        fields: Iterable[StrawberryField],
        description: str,
        bases: tuple[type, ...] = (),
        *,
        input: bool = False,
    ) -> None:
        given = {str(field.python_name): field for field in fields}
        annotations = {name: field.type_annotation for name, field in given.items()}
        for field in given.values():
            field.type_annotation = LATER
        made = type(name, bases, dict(given))
        if input:
            made = strawberry.input(made, description=description)
        else:
            made.is_type_of = staticmethod(lambda row, info: True)  # type: ignore[attr-defined]
            made = strawberry.type(made, description=description)
        for field in made.__strawberry_definition__.fields:  # type: ignore[attr-defined]
            field.type_annotation = annotations.get(field.python_name, field.type_annotation)
        self.names[name] = made


def _maybe(kind: str, null: bool) -> str:
    return f"Optional[{kind}]" if null else kind
