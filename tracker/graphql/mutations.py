"""A mutation for every action, made from the action's own signature.

`actor` comes from the context, `<noun>_id` becomes the argument `id`, other `*_id` become global
ids, `draft` becomes `input` (its dataclass is registered as an input type), `seen_version`
becomes `version`. What the action raises becomes the payload's problems.
"""

import dataclasses
import inspect
import types as pytypes
import typing
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Any

import strawberry
from graphql import GraphQLError, GraphQLResolveInfo
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.field import StrawberryField
from strawberry.utils.str_converters import to_camel_case

from tracker.domain.errors import Conflict, Forbidden, Invalid, NotFound, Refusal
from tracker.graphql.planner import Registry, kinds
from tracker.graphql.planner.types import TypeBuilder

FetchRow = Callable[[GraphQLResolveInfo, str, int | None], Awaitable[Any]]


class ProblemCode(StrEnum):
    """The four refusals of the domain."""

    INVALID = "invalid"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"


strawberry.enum(ProblemCode, description="Why a mutation was refused.")


@strawberry.type(description="One thing that stood in the way, and what to do about it.")
class Problem:
    """A refusal as data."""

    field: list[str] | None = strawberry.field(description="Path of the argument that it is about.")
    code: ProblemCode = strawberry.field(description="Why it was refused.")
    message: str = strawberry.field(description="What is wrong and what to do.")


@dataclass(frozen=True)
class Mutation:
    """An action to expose: `name` in the schema, its payload's type, the function itself."""

    name: str
    node: str
    action: Callable[..., Awaitable[Any]]


def mutations(node: str, *actions: Callable[..., Awaitable[Any]], noun: str = "") -> list[Mutation]:
    """Mutations named noun and verb: `submit` of Project is `projectSubmit`."""
    noun = noun or node[0].lower() + node[1:]
    return [
        Mutation(to_camel_case(f"{noun}_{action.__name__.strip('_')}"), node, action)
        for action in actions
    ]


@dataclass(frozen=True)
class Payload:
    """What a mutation returns: the number of the row it is about, and its problems."""

    number: int | None
    problems: list[Problem]


class MutationBuilder:
    """Makes the fields, payloads and inputs of mutations."""

    def __init__(self, registry: Registry, builder: TypeBuilder, fetch_row: FetchRow) -> None:
        self.registry = registry
        self.builder = builder
        self.fetch_row = fetch_row
        self._inputs: dict[type, type] = {}
        builder.names["Problem"] = Problem

    def field(self, mutation: Mutation) -> StrawberryField:
        """The mutation's field on the schema."""
        field = StrawberryField(
            python_name=mutation.name,
            graphql_name=mutation.name,
            type_annotation=self.builder.annotation(self._payload(mutation.node)),
            description=_first_paragraph(mutation.action),
        )
        parameters = [self._parameter(mutation, each) for each in _signature(mutation.action)]
        arguments = [each.argument for each in parameters]
        made = _Resolver.of(field, arguments, self._resolve(mutation, parameters))
        return made

    def _resolve(
        self, mutation: Mutation, parameters: Sequence["_Parameter"]
    ) -> Callable[[Any, dict[str, Any]], Awaitable[Payload]]:
        async def resolve(info: Any, given: dict[str, Any]) -> Payload:
            context = info.context
            number: int | None = None
            try:
                values = _converted(parameters, given)
                number = values.get(_own_id(mutation.node))
                if context.read_only:
                    raise Forbidden("This API token may only read; use one that may write.")
                row = await mutation.action(context.actor, **values)
            except Refusal as refusal:
                return Payload(number, _problems(refusal, parameters))
            return Payload(row.id, [])

        return resolve

    def _payload(self, node: str) -> str:
        """The payload type of a noun's mutations."""
        name = f"{node}Payload"
        if name not in self.builder.names:
            row = self.builder.reference(
                node,
                "The row as it is now; null when there is none that you may see.",
                lambda source, info: self.fetch_row(info, node, source.number),
            )
            problems = StrawberryField(
                python_name="problems",
                graphql_name="problems",
                type_annotation=self.builder.annotation("list[Problem]"),
                description="Everything that stood in the way; empty when it was done.",
            )
            self.builder._type(name, [row, problems], f"What became of a {node} mutation.")
        return name

    def _parameter(self, mutation: Mutation, parameter: inspect.Parameter) -> "_Parameter":
        kind = parameter.annotation
        name = parameter.name
        required = parameter.default is inspect.Parameter.empty
        graphql = {"seen_version": "version", "draft": "input", _own_id(mutation.node): "id"}.get(
            name, to_camel_case(name)
        )
        annotation, convert = self._convert(name, kind, mutation.node)
        if not required:
            annotation = typing.Optional[annotation]  # noqa: UP045 - built at run time
        argument = StrawberryArgument(
            python_name=graphql,
            graphql_name=graphql,
            type_annotation=StrawberryAnnotation(annotation),
            description=self._described(name, mutation.node),
        )
        return _Parameter(name, graphql, argument, convert, _draft_fields(kind))

    def _convert(self, name: str, kind: Any, node: str) -> tuple[Any, "_Convert"]:
        """The GraphQL annotation for a Python one, and how to convert a value back."""
        plain, null = _without_none(kind)
        optional = typing.Optional if null else None
        annotation, convert = self._convert_plain(name, plain, node)
        return (optional[annotation] if optional else annotation), convert

    def _convert_plain(self, name: str, kind: Any, node: str) -> tuple[Any, "_Convert"]:
        if typing.get_origin(kind) in (list, tuple, Sequence, typing.get_origin(Sequence[int])):
            inner, convert = self._convert(name, typing.get_args(kind)[0], node)
            return list[inner], lambda values: [convert(each) for each in values]
        if dataclasses.is_dataclass(kind):
            return self._input(kind, node), lambda value: _dataclass(value)
        if name.endswith("_id"):
            target = self._target(name)
            return strawberry.ID, lambda text: _number(text, target)
        if isinstance(kind, type) and issubclass(kind, Enum):
            if not hasattr(kind, "__strawberry_definition__"):
                strawberry.enum(kind, description=(kind.__doc__ or kind.__name__).strip())
            return kind, lambda value: value
        return kind, lambda value: value

    def _target(self, name: str) -> str:
        """`donor_city_id` -> City: the declared type that the name ends in."""
        words = to_camel_case("_" + name.removesuffix("_id"))
        fits = [t for t in self.registry.declarations if words.lower().endswith(t.lower())]
        if not fits:
            raise TypeError(f"{name}: no declared type has this name")
        return max(fits, key=len)

    def _input(self, kind: Any, node: str) -> type:
        """An input type with the dataclass's fields; `_to` remembers how to make the dataclass."""
        if kind in self._inputs:
            return self._inputs[kind]
        hints = typing.get_type_hints(kind)
        namespace: dict[str, Any] = {"__annotations__": {}}
        converts: dict[str, _Convert] = {}
        for each in dataclasses.fields(kind):
            annotation, converts[each.name] = self._convert(each.name, hints[each.name], node)
            required = (
                each.default is dataclasses.MISSING and each.default_factory is dataclasses.MISSING
            )
            if not required:
                annotation = typing.Optional[annotation]  # noqa: UP045 - built at run time
            namespace["__annotations__"][each.name] = annotation
            namespace[each.name] = strawberry.field(
                description=self._described(each.name, node),
                **({} if required else {"default": strawberry.UNSET}),
            )
        made = type(f"{kind.__name__}Input", (), namespace)
        made._to = (kind, converts)  # type: ignore[attr-defined]
        self._inputs[kind] = strawberry.input(made, description=inspect.cleandoc(kind.__doc__ or ""))
        return self._inputs[kind]

    def _described(self, name: str, node: str) -> str:
        """The column's own words where there is one."""
        known = {
            "seen_version": "The version you looked at; refused if somebody changed it since.",
            "draft": "What to write.",
            "reason": "Why.",
            _own_id(node): "Which one.",
        }
        if name in known:
            return known[name]
        table = self.registry.declarations[node].table
        column = next((c for c in table._meta.columns
                       if c._meta.name == name.removesuffix("_id")), None)  # fmt: skip
        text = str(column._meta.help_text or "") if column is not None else ""
        return text or f"{name.removesuffix('_id').replace('_', ' ').capitalize()}."


_Convert = Callable[[Any], Any]


@dataclass(frozen=True)
class _Parameter:
    """One parameter of an action and its argument in the schema."""

    name: str
    graphql: str
    argument: StrawberryArgument
    convert: _Convert
    draft_fields: frozenset[str]


class _Resolver(StrawberryField):
    """A field resolved by a function of the context and its arguments."""

    run: Callable[[Any, dict[str, Any]], Awaitable[Payload]]

    @classmethod
    def of(cls, field: StrawberryField, arguments: list[StrawberryArgument], run: Any) -> "_Resolver":
        """`field` with arguments and a function to run."""
        made = cls(
            python_name=field.python_name,
            graphql_name=field.graphql_name,
            type_annotation=field.type_annotation,
            description=field.description,
        )
        made.arguments = arguments
        made.run = run
        return made

    @property
    def is_basic_field(self) -> bool:
        """Never basic: it needs its arguments and the context."""
        return False

    @property
    def is_async(self) -> bool:
        """Actions are coroutines."""
        return True

    def get_result(self, source: Any, info: Any, args: Any, kwargs: Any) -> Any:
        """Run the action."""
        return self.run(info, kwargs)


def _converted(parameters: Sequence[_Parameter], given: dict[str, Any]) -> dict[str, Any]:
    """Arguments as the action wants them. Raises Invalid for ids of another type."""
    values: dict[str, Any] = {}
    wrong: dict[str, list[str]] = {}
    for each in parameters:
        value = given.get(each.graphql, strawberry.UNSET)
        if value is strawberry.UNSET:
            continue
        try:
            values[each.name] = None if value is None else each.convert(value)
        except _BadIds as error:
            wrong.update(error.fields)
        except GraphQLError as error:
            wrong[each.name] = [error.message]
    if wrong:
        raise Invalid(wrong)
    return values


class _BadIds(Exception):
    def __init__(self, fields: dict[str, list[str]]) -> None:
        self.fields = fields


def _dataclass(value: Any) -> Any:
    """An input object as its dataclass; raises _BadIds naming every id of another type."""
    kind, converts = value._to
    made: dict[str, Any] = {}
    wrong: dict[str, list[str]] = {}
    for name, convert in converts.items():
        given = getattr(value, name, strawberry.UNSET)
        if given is strawberry.UNSET or (given is None and not _nullable(kind, name)):
            continue
        try:
            made[name] = None if given is None else convert(given)
        except GraphQLError as error:
            wrong[name] = [error.message]
        except _BadIds as error:
            wrong.update(error.fields)
    if wrong:
        raise _BadIds(wrong)
    return kind(**made)


def _nullable(kind: Any, name: str) -> bool:
    """Whether null means something other than "leave the default"."""
    return _without_none(typing.get_type_hints(kind)[name])[1]


def _number(text: str, target: str) -> int:
    return kinds.number_of(text, target)


def _problems(refusal: Refusal, parameters: Sequence[_Parameter]) -> list[Problem]:
    """The refusal as data, its fields as paths into the mutation's arguments."""
    if isinstance(refusal, Invalid):
        return [
            Problem(field=_path(name, parameters), code=ProblemCode.INVALID, message=message)
            for name, messages in refusal.fields.items()
            for message in messages
        ]
    codes = {
        Forbidden: ProblemCode.FORBIDDEN,
        NotFound: ProblemCode.NOT_FOUND,
        Conflict: ProblemCode.CONFLICT,
    }
    return [Problem(field=None, code=codes[type(refusal)], message=str(refusal))]


def _path(name: str, parameters: Sequence[_Parameter]) -> list[str] | None:
    for each in parameters:
        if name == each.name:
            return [each.graphql]
        if name.partition(".")[0] in each.draft_fields:
            return [each.graphql, *(to_camel_case(step) for step in name.split("."))]
    return [to_camel_case(name)] if name else None


def _draft_fields(kind: Any) -> frozenset[str]:
    plain, _ = _without_none(kind)
    if dataclasses.is_dataclass(plain):
        return frozenset(each.name for each in dataclasses.fields(plain))
    return frozenset()


def _own_id(node: str) -> str:
    """Milestone -> milestone_id; DigestIssue -> digest_issue_id."""
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in node).lstrip("_") + "_id"


def _signature(action: Callable[..., Any]) -> list[inspect.Parameter]:
    """The action's parameters after the actor, with evaluated annotations."""
    hints = typing.get_type_hints(action)
    parameters = list(inspect.signature(action).parameters.values())[1:]
    return [each.replace(annotation=hints[each.name]) for each in parameters]


def _without_none(kind: Any) -> tuple[Any, bool]:
    if typing.get_origin(kind) in (typing.Union, pytypes.UnionType):
        parts = [part for part in typing.get_args(kind) if part is not type(None)]
        return parts[0], True
    return kind, False


def _first_paragraph(action: Callable[..., Any]) -> str:
    text = inspect.getdoc(action) or action.__name__
    return " ".join(text.split("\n\n")[0].split())
