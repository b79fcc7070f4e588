"""A document that works for every type, mutation and argument of a schema, found in the schema.

Nothing here knows this domain: what leads to a type is the shortest way from a root, and what an
argument takes is the smallest value that validates. Ids in changes name row 0, which nobody has,
so that an example that is run by accident is answered with a problem and changes nothing.
"""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from heapq import heappop, heappush
from itertools import count
from typing import Any, NamedTuple

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_non_null_type,
    is_required_argument,
    parse,
    print_ast,
)

from tracker.web.sample_values import KNOWN, Place, SampleValues, literal

PAGE = 3
"""Rows of each page in an example."""

LEAVES = 8
"""Fields without fields of their own that an example selects."""

INNER = 3
"""As many again of what the type refers to."""

ASKING = 3
"""A field that must be given something counts as that many that need nothing."""


class Step(NamedTuple):
    """A field on the way to a type."""

    name: str
    field: GraphQLField


Way = tuple[Step, ...]
Values = Mapping[str, Any]


@dataclass(frozen=True)
class Sample:
    """A document and its variables. `kind` is query, mutation or subscription."""

    kind: str
    document: str
    variables: dict[str, Any] = field(default_factory=dict)


class Samples:
    """The examples of one schema. `telling` names root fields to show things by where several
    would do; `worked` has values for inputs whose smallest ones would be refused."""

    def __init__(
        self,
        schema: GraphQLSchema,
        telling: Sequence[str] = (),
        worked: Mapping[str, Values] | None = None,
    ) -> None:
        self.schema = schema
        self.values = SampleValues(schema, worked)
        self.telling = {name: at for at, name in enumerate(telling)}
        self.roots = {
            kind: root
            for kind, root in (
                ("query", schema.query_type),
                ("mutation", schema.mutation_type),
                ("subscription", schema.subscription_type),
            )
            if root is not None
        }

    def of(self, name: str) -> Sample:
        """An example of the type, whatever its kind. Raises KeyError where nothing leads to it."""
        kind = self.schema.type_map[name]
        for root, made in self.roots.items():
            if made is kind:
                return self._of_root(root, made)
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType):
            root, way = self._ways[name]
            return self._written(root, way, self._selection(kind))
        if name in self._shown:
            root, way = self._shown[name]
            return self._written(root, way, "", having=way[-1].name)
        return self._given_to(name)

    def of_field(self, root: str, name: str) -> Sample:
        """An example of a root field, such as a mutation."""
        step = Step(name, self.roots[root].fields[name])
        return self._written(root, (step,), self._selection(get_named_type(step.field.type)))

    def _of_root(self, kind: str, root: GraphQLObjectType) -> Sample:
        plain = [n for n, f in root.fields.items() if not _required(f.args)]
        return self.of_field(kind, (plain or list(root.fields))[0])

    def _given_to(self, name: str) -> Sample:
        root, way, argument, inner = self._taken[name]
        step = way[-1]
        place = Place(argument, _owner(step), _row(root))
        given = {argument: self.values.of(step.field.args[argument], place, inner)}
        rest = self._selection(get_named_type(step.field.type))
        return self._written(root, way, rest, given)

    # Ways

    @cached_property
    def _ways(self) -> dict[str, tuple[str, Way]]:
        """Type -> the root and the fields that lead to it, the fewest and plainest first."""
        found: dict[str, tuple[str, Way]] = {}
        for root, kind in self.roots.items():
            order = count()
            waiting: list[tuple[int, int, Any, Way]] = [(0, next(order), kind, ())]
            while waiting:
                cost, _, at, way = heappop(waiting)
                if way and at.name in found:
                    continue
                if way:
                    found[at.name] = (root, way)
                for step in self._steps(at):
                    target = get_named_type(step.field.type)
                    if not _is_leaf(target) and target.name not in found:
                        heappush(waiting, (cost + _cost(step), next(order), target, (*way, step)))
        return found

    @cached_property
    def _shown(self) -> dict[str, tuple[str, Way]]:
        """Scalar or enum -> a way that ends with a field of it, one that is never null if any."""
        found: dict[str, tuple[str, Way]] = {}
        sure: dict[str, tuple[str, Way]] = {}
        for name, (root, way) in self._ways.items():
            for step in self._steps(self.schema.type_map[name]):
                target = get_named_type(step.field.type)
                if _is_leaf(target):
                    found.setdefault(target.name, (root, (*way, step)))
                    if is_non_null_type(step.field.type):
                        sure.setdefault(target.name, (root, (*way, step)))
        return found | sure

    @cached_property
    def _taken(self) -> dict[str, tuple[str, Way, str, tuple[str, ...]]]:
        """Input type -> the way to a field that takes it, by which argument, and within that by
        which input fields."""
        best: dict[str, tuple[int, tuple[str, Way, str, tuple[str, ...]]]] = {}
        for root, way in self._every_way():
            cost = sum(map(_cost, way))
            for argument, given in way[-1].field.args.items():
                for kind, path in _inside(get_named_type(given.type)):
                    found = (cost + ASKING * len(path), (root, way, argument, path))
                    if kind not in best or found[0] < best[kind][0]:
                        best[kind] = found
        return {kind: found for kind, (_, found) in best.items()}

    def _every_way(self) -> Iterator[tuple[str, Way]]:
        """To every field of every type."""
        for root, kind in self.roots.items():
            yield from ((root, (step,)) for step in self._steps(kind))
        for name, (root, way) in self._ways.items():
            yield from ((root, (*way, step)) for step in self._steps(self.schema.type_map[name]))

    def _steps(self, kind: Any) -> list[Step]:
        """The fields of a type, the telling ones first."""
        last = len(self.telling)
        steps = [Step(name, each) for name, each in getattr(kind, "fields", {}).items()]
        return sorted(steps, key=lambda step: self.telling.get(step.name, last))

    # Documents

    def _written(
        self, root: str, way: Way, rest: str, given: Values | None = None, having: str = ""
    ) -> Sample:
        """The fields of the way around `rest`; the last one takes `given`. Rows that may lack the
        field `having` are those that have it."""
        variables: dict[str, Any] = {}
        declared: list[str] = []
        text = rest
        for step in reversed(way):
            last = step is way[-1]
            values = self._arguments(step, _row(root), given if last and given else {})
            if step.name == way[0].name and self._may_lack(step, way[-1], having):
                values["filter"] = {having: {"isNull": False}}
            if root == "query":
                words = ", ".join(f"{name}: {literal(x)}" for name, x in values.items())
            else:
                variables |= values
                declared += [f"${name}: {step.field.args[name].type}" for name in values]
                words = ", ".join(f"{name}: ${name}" for name in values)
            text = f"{step.name}{f'({words})' if words else ''}{_braced(text)}"
        head = f"({', '.join(declared)})" if declared else ""
        name = way[0].name[0].upper() + way[0].name[1:]
        return Sample(root, _indented(f"{root} {name}{head}{_braced(text)}"), variables)

    def _may_lack(self, connection: Step, field: Step, having: str) -> bool:
        """Whether rows of the connection can be asked for by whether they have that field."""
        taken: Any = connection.field.args.get("filter")
        condition = getattr(taken and get_named_type(taken.type), "fields", {}).get(having)
        return (
            condition is not None
            and not is_non_null_type(field.field.type)
            and "isNull" in getattr(get_named_type(condition.type), "fields", {})
        )

    def _arguments(self, step: Step, row: int, given: Values) -> dict[str, Any]:
        """What the field must be given, what it shall be given, and small pages."""
        values = {
            name: self.values.of(argument, Place(name, _owner(step), row), ())
            for name, argument in step.field.args.items()
            if is_required_argument(argument) and name not in given
        }
        if "first" in step.field.args and not {"first", "last"} & set(given):
            values["first"] = PAGE
        return {**values, **given}

    def _selection(self, kind: Any, deeper: bool = True) -> str:
        """What an example shows of a type: its own fields, and a few of what it refers to."""
        if _is_leaf(kind):
            return ""
        if isinstance(kind, GraphQLUnionType):
            return f"__typename {self._fragments(kind)}"
        plain = [step for step in self._steps(kind) if not _required(step.field.args)]
        if any(step.name == "nodes" for step in plain):
            plain = [step for step in plain if step.name != "edges"]
        leaves = [each.name for each in plain if _is_leaf(get_named_type(each.field.type))]
        if not deeper:
            return " ".join([name for name in leaves if name != "id"][:INNER] or ["__typename"])
        parts = leaves[:LEAVES]
        if isinstance(kind, GraphQLInterfaceType):
            parts = ["__typename", *parts, self._fragments(kind)]
        for step in [each for each in plain if each.name not in leaves][:INNER]:
            rest = self._selection(get_named_type(step.field.type), deeper=False)
            first = f"(first: {PAGE})" if "first" in step.field.args else ""
            parts.append(f"{step.name}{first}{_braced(rest)}")
        return " ".join(parts) or "__typename"

    def _fragments(self, kind: GraphQLUnionType | GraphQLInterfaceType) -> str:
        """Two of the possible types, those that ids of examples name among them."""
        members = sorted(self.schema.get_possible_types(kind), key=lambda each: each.name != KNOWN)
        return " ".join(
            f"... on {member.name}{_braced(self._selection(member, deeper=False))}"
            for member in members[:2]
        )


@cache
def _inside(kind: GraphQLNamedType) -> Sequence[tuple[str, tuple[str, ...]]]:
    """Every input type that an argument of this one reaches, with the input fields that lead to
    it."""
    found: dict[str, tuple[str, ...]] = {}
    waiting: deque[tuple[GraphQLNamedType, tuple[str, ...]]] = deque([(kind, ())])
    while waiting:
        at, path = waiting.popleft()
        if at.name not in found:
            found[at.name] = path
            fields = at.fields if isinstance(at, GraphQLInputObjectType) else {}
            waiting.extend((get_named_type(x.type), (*path, name)) for name, x in fields.items())
    return list(found.items())


def _cost(step: Step) -> int:
    return ASKING if _required(step.field.args) else 1


def _required(arguments: Mapping[str, GraphQLArgument]) -> list[str]:
    return [name for name, each in arguments.items() if is_required_argument(each)]


def _owner(step: Step) -> str:
    """The type whose ids a field most likely takes: its own, or that of its payload."""
    name: str = get_named_type(step.field.type).name
    for ending in ("SecretPayload", "ListPayload", "Payload", "Connection"):
        name = name.removesuffix(ending)
    return name


def _row(root: str) -> int:
    """Reads name a row that is likely there; changes one that never is."""
    return 0 if root == "mutation" else 1


def _is_leaf(kind: Any) -> bool:
    return not isinstance(kind, GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType)


def _braced(text: str) -> str:
    return f" {{ {text} }}" if text else ""


def _indented(text: str) -> str:
    """Through graphql-core's printer, so that examples look like everybody's documents."""
    return print_ast(parse(text))
