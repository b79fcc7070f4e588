"""What anybody's document may ask for, measured in one walk before anything costlier looks at it.

The walk is linear in the document's text: fragments are measured once, whoever spreads them, so
that a bomb of nested fragments costs what it is long, not what it would unfold to.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import DocumentNode, FieldNode, GraphQLError, OperationDefinitionNode

from tracker.graphql.planner.codes import ErrorCode

LISTS = frozenset({"fields", "inputFields", "enumValues", "possibleTypes", "interfaces"})
"""Introspection's lists of a type; inside each other they multiply, and beside each other, under
aliases, each is worked out for every type."""

WRAPPERS = frozenset({"nodes", "edges", "node", "pageInfo"})
"""What Relay puts between a connection and its rows: no level of its own. `node(id:)` is one."""

HIDDEN = "The schema is shown to people who have signed in; send a session or a token."


@dataclass(frozen=True, eq=False)
class Limits:
    """The limits of one kind of client; None in their place for the product's own documents.

    `rows` bounds the product of the page sizes along each path, `page` each of them. `eq=False`:
    they are part of the key of every cached document, and compare by identity at no cost.
    """

    tokens: int = 1000
    depth: int = 8
    aliases: int = 15
    directives: int = 10
    root_fields: int = 15
    rows: int = 5000
    page: int = 100
    introspection: bool = True
    suggestions: bool = True


def beyond(
    document: DocumentNode, fragments: Mapping[str, Any], limits: Limits
) -> list[GraphQLError]:
    """One error for each limit that the document exceeds, with its figure and what is served.
    Unknown fragments and cycles are left to validation."""
    measure = _Measure(document, fragments)
    figures: tuple[tuple[int, int, str], ...] = (
        (
            measure.depth,
            limits.depth,
            "Fields nest {} deep, the wrappers of connections aside; at most {} is served.",
        ),
        (measure.aliases, limits.aliases, "{} aliases; at most {} are served."),
        (measure.directives, limits.directives, "{} directives; at most {} are served."),
        (measure.roots, limits.root_fields, "{} root fields; at most {} are served at once."),
        (
            measure.fields,
            limits.tokens,
            "{:,} fields, fragments unfolded; at most {:,} are served.",
        ),
        (measure.lists, 1, "Introspection's lists nest {} deep; at most {} is served."),
    )
    if measure.asked["types"] and max(measure.asked.values()) > 1:
        figures += (
            (max(measure.asked.values()), 1, "A list of introspection {} times; {} is served."),
        )
    errors = [
        GraphQLError(text.format(figure, most), extensions={"code": ErrorCode.TOO_MUCH})
        for figure, most, text in figures
        if figure > most
    ]
    if measure.introspects and not limits.introspection:
        return [*errors, GraphQLError(HIDDEN, extensions={"code": ErrorCode.UNAUTHENTICATED})]
    return errors


@dataclass
class _Size:
    """What a selection set adds up to: `depth` and `lists` along its deepest path, the rest in
    all."""

    depth: int = 0
    fields: int = 0
    lists: int = 0


class _Measure:
    """Depths and numbers of one document. Aliases and directives count as they are written."""

    def __init__(self, document: DocumentNode, fragments: Mapping[str, Any]) -> None:
        self.fragments = fragments
        self.aliases = self.directives = 0
        self.introspects = False
        self.asked: Counter[str] = Counter()
        self._sizes: dict[str, _Size] = {}
        self._roots: dict[str, int] = {}
        self.depth = self.fields = self.lists = self.roots = 0
        for definition in document.definitions:
            self.directives += len(getattr(definition, "directives", None) or ())
            if isinstance(definition, OperationDefinitionNode):
                self._operation(definition)

    def _operation(self, node: OperationDefinitionNode) -> None:
        for variable in node.variable_definitions or ():
            self.directives += len(variable.directives or ())
        size = self._set(node.selection_set)
        self.depth = max(self.depth, size.depth)
        self.lists = max(self.lists, size.lists)
        self.fields += size.fields
        self.roots = max(self.roots, self._root_fields(node.selection_set))

    def _set(self, selections: Any) -> _Size:
        whole = _Size()
        for node in selections.selections:
            self.directives += len(node.directives or ())
            part = self._part(node)
            whole.fields += part.fields
            whole.depth = max(whole.depth, part.depth)
            whole.lists = max(whole.lists, part.lists)
        return whole

    def _part(self, node: Any) -> _Size:
        if isinstance(node, FieldNode):
            return self._field(node)
        if hasattr(node, "name"):
            return self._fragment(node.name.value)
        return self._set(node.selection_set)

    def _field(self, node: FieldNode) -> _Size:
        self.aliases += node.alias is not None
        name = node.name.value
        if name in LISTS or name == "types":
            self.asked[name] += 1
        inner = self._set(node.selection_set) if node.selection_set else _Size()
        if name in ("__schema", "__type"):
            self.introspects = True
            return _Size(0, 1 + inner.fields, inner.lists)
        level = name not in WRAPPERS or bool(node.arguments)
        return _Size(level + inner.depth, 1 + inner.fields, inner.lists + (name in LISTS))

    def _fragment(self, name: str) -> _Size:
        """Measured once; inside itself, as nothing."""
        if name not in self._sizes:
            self._sizes[name] = _Size()
            if name in self.fragments:
                self._sizes[name] = self._set(self.fragments[name].selection_set)
        return self._sizes[name]

    def _root_fields(self, selections: Any) -> int:
        found = 0
        for node in selections.selections:
            if isinstance(node, FieldNode):
                found += 1
            elif hasattr(node, "name"):
                found += self._roots_of(node.name.value)
            else:
                found += self._root_fields(node.selection_set)
        return found

    def _roots_of(self, name: str) -> int:
        if name not in self._roots:
            self._roots[name] = 0
            if name in self.fragments:
                self._roots[name] = self._root_fields(self.fragments[name].selection_set)
        return self._roots[name]


OBJECTS_MOST = 1000
"""Input objects in an operation's variables: looking at each takes a tenth of a millisecond."""


def refuse_more_objects(given: Mapping[str, Any], limits: Limits | None) -> None:
    """Raises GraphQLError for variables with more objects than can be looked at. No more of them
    are counted than that."""
    count, waiting = 0, [given] if limits else list[Any]()
    while waiting and count <= OBJECTS_MOST:
        value = waiting.pop()
        if isinstance(value, Mapping):
            count += 1
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
    if count > OBJECTS_MOST:
        raise GraphQLError(
            f"More than {OBJECTS_MOST:,} objects in variables; send them in parts.",
            extensions={"code": ErrorCode.TOO_MUCH},
        )
