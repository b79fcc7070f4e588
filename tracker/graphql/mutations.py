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
from functools import partial
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

FetchRows = Callable[[GraphQLResolveInfo[Any], str, list[int]], Awaitable[list[Any]]]


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
    """An action to expose: `name` in the schema, its payload's type, the function itself.

    `returns` tells what the action gives: a row, a row with a secret, or many rows.
    """

    name: str
    node: str
    action: Callable[..., Awaitable[Any]]
    returns: "Returns"


class Returns(Enum):
    """What an action gives back."""

    ROW = 1
    ROW_AND_SECRET = 2
    ROWS = 3


def mutations(node: str, *actions: Callable[..., Awaitable[Any]], noun: str = "") -> list[Mutation]:
    """Mutations named noun and verb: `submit` of Project is `projectSubmit`, and so is
    `add_result` of Result `resultAdd`."""
    noun = noun or node[0].lower() + node[1:]
    last_word = _own_id(node).split("_")[-2]
    found = []
    for action in actions:
        verb = action.__name__.strip("_").removesuffix(f"_{last_word}").removesuffix(f"_{noun}")
        kind = typing.get_origin(typing.get_type_hints(action)["return"])
        returns = {tuple: Returns.ROW_AND_SECRET, list: Returns.ROWS}.get(kind, Returns.ROW)
        found.append(Mutation(to_camel_case(f"{noun}_{verb}"), node, action, returns))
    return found


@dataclass(frozen=True)
class Payload:
    """What a mutation returns: the numbers of the rows it is about, and its problems."""

    numbers: list[int]
    problems: list[Problem]
    secret: str | None = None


class MutationBuilder:
    """Makes the fields, payloads and inputs of mutations."""

    def __init__(self, registry: Registry, builder: TypeBuilder, fetch_rows: FetchRows) -> None:
        self.registry = registry
        self.builder = builder
        self.fetch_rows = fetch_rows
        self._inputs: dict[type, type] = {}
        builder.names["Problem"] = Problem

    def field(self, mutation: Mutation) -> StrawberryField:
        """The mutation's field on the schema."""
        field = StrawberryField(
            python_name=mutation.name,
            graphql_name=mutation.name,
            type_annotation=self.builder.annotation(self._payload(mutation)),
            description=_first_paragraph(mutation.action),
        )
        parameters = [self._parameter(mutation, each) for each in _signature(mutation.action)]
        arguments = [each.argument for each in parameters]
        return _Resolver.of(field, arguments, self._resolve(mutation, parameters))

    def _resolve(
        self, mutation: Mutation, parameters: Sequence["_Parameter"]
    ) -> Callable[[Any, dict[str, Any]], Awaitable[Payload]]:
        async def resolve(info: Any, given: dict[str, Any]) -> Payload:
            context = info.context
            number: int | None = None
            try:
                values = _converted(parameters, given)
                number = next((v for n, v in values.items() if _is_own(n, mutation.node)), None)
                if context.read_only:
                    raise Forbidden("This API token may only read; use one that may write.")
                result = await mutation.action(context.actor, **values)
            except Refusal as refusal:
                return Payload([number] if number else [], _problems(refusal, parameters))
            if mutation.returns is Returns.ROWS:
                return Payload([row.id for row in result], [])
            if mutation.returns is Returns.ROW_AND_SECRET:
                row, secret = result
                return Payload([row.id], [], secret)
            return Payload([result.id], [])

        return resolve

    def _payload(self, mutation: Mutation) -> str:
        """The payload type of a noun's mutations: one for rows, lists and secrets each."""
        node = mutation.node
        suffix = {Returns.ROW: "", Returns.ROWS: "List", Returns.ROW_AND_SECRET: "Secret"}
        name = f"{node}{suffix[mutation.returns]}Payload"
        if name not in self.builder.names:
            many = mutation.returns is Returns.ROWS
            fields = [
                self.builder.reference(node, many, partial(self._rows, node, many)),
                self._plain("problems", "list[Problem]", "What stood in the way; empty when done."),
            ]
            if mutation.returns is Returns.ROW_AND_SECRET:
                fields.append(self._plain("secret", "Optional[str]", "Shown this once; keep it."))
            self.builder.type(name, fields, f"What became of a {node} mutation.")
        return name

    async def _rows(self, node: str, many: bool, source: Payload, info: Any) -> Any:
        """The payload's rows through visibility as it is now."""
        rows = await self.fetch_rows(info, node, source.numbers)
        return rows if many else (rows[0] if rows else None)

    def _plain(self, name: str, kind: str, description: str) -> StrawberryField:
        return StrawberryField(
            python_name=name,
            graphql_name=name,
            type_annotation=self.builder.annotation(kind),
            description=description,
        )

    def _parameter(self, mutation: Mutation, parameter: inspect.Parameter) -> "_Parameter":
        kind = parameter.annotation
        name = parameter.name
        required = parameter.default is inspect.Parameter.empty
        known = {"seen_version": "version", "draft": "input"}
        graphql = "id" if _is_own(name, mutation.node) else known.get(name, to_camel_case(name))
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
            return list[inner], lambda values: [convert(each) for each in values]  # type: ignore[valid-type]
        if dataclasses.is_dataclass(kind):
            return self._input(kind, node), lambda value: _dataclass(value)
        if kind is int and name.endswith("_id"):
            target = self._target(name)
            return strawberry.ID, lambda text: _number(text, target)
        if isinstance(kind, type) and issubclass(kind, Enum):
            if not hasattr(kind, "__strawberry_definition__"):
                strawberry.enum(kind, description=(kind.__doc__ or kind.__name__).strip())
            return kind, lambda value: value
        return kind, lambda value: value

    def _target(self, name: str) -> str:
        """`donor_city_id` -> City, `token_id` -> ApiToken: the declared type ending like this."""
        words = to_camel_case("_" + name.removesuffix("_id"))
        fits = [
            each
            for each in self.registry.declarations
            if words.lower().endswith(each.lower()) or each.endswith(words)
        ]
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
        self._inputs[kind] = strawberry.input(
            made, description=inspect.cleandoc(kind.__doc__ or "")
        )
        return self._inputs[kind]

    def _described(self, name: str, node: str) -> str:
        """The column's own words where there is one."""
        known = {
            "seen_version": "The version you looked at; refused if somebody changed it since.",
            "draft": "What to write.",
            "reason": "Why.",
        }
        if name in known or _is_own(name, node):
            return known.get(name, "Which one.")
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
    def of(
        cls, field: StrawberryField, arguments: list[StrawberryArgument], run: Any
    ) -> "_Resolver":
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


def _is_own(name: str, node: str) -> bool:
    """Whether the parameter names the mutation's own row: `token_id` does so for ApiToken."""
    own = _own_id(node)
    return name.endswith("_id") and (name == own or own.endswith(f"_{name}"))


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
