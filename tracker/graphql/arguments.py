"""An action's parameters as GraphQL arguments, and the arguments back as what the action takes.

`<noun>_id` becomes the argument `id`, other `*_id` and `*_ids` become global ids, `draft` becomes
`input` (its dataclass is registered as an input type), `seen_version` becomes `version`.
"""

import dataclasses
import inspect
import types as pytypes
import typing
from collections import abc
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

import strawberry
from graphql import GraphQLError
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.arguments import StrawberryArgument
from strawberry.utils.str_converters import to_camel_case

from tracker.domain.errors import Invalid
from tracker.domain.messages import Message, untranslated
from tracker.domain.milestones.evidence import ReceivedFile
from tracker.graphql.descriptions import default_of, described
from tracker.graphql.planner import Registry, enums, kinds

Wrong = dict[str, list[Message]]
"""Path of a value inside the action's parameters, such as `draft.0.city_id` -> what is wrong."""

Convert = Callable[[Any, str, Wrong], Any]
"""(coerced value, its path, where to note what is wrong) -> what the action takes."""


@dataclass(frozen=True)
class Parameter:
    """One parameter of an action and its argument in the schema."""

    name: str
    graphql: str
    argument: StrawberryArgument
    convert: Convert
    members: Mapping[str, str]
    """Fields of the draft, or of each item in a list: their names in the action -> in the
    schema."""
    many: bool
    required: bool
    """Whether the action has no default; left out by a client, it is null."""
    null: bool
    """Whether null means more to the action than "leave the default"."""


class ArgumentBuilder:
    """Makes arguments and input types from actions' signatures."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self._inputs: dict[type, tuple[type, Convert]] = {}

    def parameters(self, action: Callable[..., Any], node: str) -> list[Parameter]:
        """The parameters of an action on rows of `node`, after the actor."""
        return [self._parameter(each, node, action.__name__) for each in _signature(action)]

    def _parameter(self, parameter: inspect.Parameter, node: str, action: str) -> Parameter:
        kind = parameter.annotation
        name = parameter.name
        required = parameter.default is inspect.Parameter.empty
        graphql = _graphql_name(name, node)
        annotation, convert = self._convert(name, kind, node)
        if not required:
            annotation = typing.Optional[annotation]  # noqa: UP045 - built at run time
        argument = StrawberryArgument(
            python_name=graphql,
            graphql_name=graphql,
            type_annotation=StrawberryAnnotation(annotation),
            description=self._described(
                name, node, (action,), None if required else parameter.default
            ),
        )
        members, many = _members(kind, node)
        null = _without_none(kind)[1]
        return Parameter(name, graphql, argument, convert, members, many, required, null)

    def _convert(self, name: str, kind: Any, node: str) -> tuple[Any, Convert]:
        """The GraphQL annotation for a Python one, and how to convert a value back."""
        plain, null = _without_none(kind)
        annotation, convert = self._convert_plain(name, plain, node)
        return (typing.Optional[annotation] if null else annotation), convert  # noqa: UP045

    def _convert_plain(self, name: str, kind: Any, node: str) -> tuple[Any, Convert]:
        if typing.get_origin(kind) in (list, abc.Sequence):
            each = name.removesuffix("s") if name.endswith("_ids") else name
            inner, convert = self._convert(each, typing.get_args(kind)[0], node)
            return list[inner], _each(convert)  # type: ignore[valid-type]
        if kind is ReceivedFile:
            return kind, _as_it_is
        if dataclasses.is_dataclass(kind):
            return self._input(kind, node)
        if kind is int and name.endswith("_id"):
            return strawberry.ID, _number_of(self._target(name))
        if isinstance(kind, type) and issubclass(kind, Enum):
            enums.shown(kind, (kind.__doc__ or kind.__name__).strip())
            return kind, _as_it_is
        return kind, _as_it_is

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

    def _input(self, kind: Any, node: str) -> tuple[type, Convert]:
        """An input type with the dataclass's fields, and how to make the dataclass of one."""
        if kind in self._inputs:
            return self._inputs[kind]
        hints = typing.get_type_hints(kind)
        owners = tuple(each.__name__ for each in kind.__mro__)
        namespace: dict[str, Any] = {"__annotations__": {}}
        members: list[_Member] = []
        for each in dataclasses.fields(kind):
            annotation, convert = self._convert(each.name, hints[each.name], node)
            required = (
                each.default is dataclasses.MISSING and each.default_factory is dataclasses.MISSING
            )
            if not required:
                annotation = typing.Optional[annotation]  # noqa: UP045 - built at run time
            graphql = _graphql_name(each.name, node)
            namespace["__annotations__"][each.name] = annotation
            namespace[each.name] = strawberry.field(
                name=graphql,
                description=self._described(each.name, node, owners, default_of(each)),
                **({} if required else {"default": strawberry.UNSET}),
            )
            null = _without_none(hints[each.name])[1]
            members.append(_Member(each.name, graphql, convert, null))
        made = type(f"{kind.__name__}Input", (), namespace)
        described = strawberry.input(made, description=inspect.cleandoc(kind.__doc__ or ""))
        self._inputs[kind] = described, _dataclass(kind, members)
        return self._inputs[kind]

    def _described(self, name: str, node: str, owners: tuple[str, ...], default: Any) -> str:
        """Its own words, or those of the column that it fills."""
        if is_own(name, node):
            return "Which one."
        table = self.registry.declarations[node].table
        column = next((c for c in table._meta.columns
                       if c._meta.name == name.removesuffix("_id")), None)  # fmt: skip
        return described(name, owners, column, default)


def converted(parameters: Sequence[Parameter], given: Mapping[str, Any]) -> dict[str, Any]:
    """graphql-core's coerced arguments as the action wants them. Raises Invalid naming every id
    of another type by its path."""
    values: dict[str, Any] = {}
    wrong: Wrong = {}
    for each in parameters:
        value = given.get(each.graphql)
        if value is not None:
            values[each.name] = each.convert(value, each.name, wrong)
        elif each.required or (each.null and each.graphql in given):
            values[each.name] = None
    if wrong:
        raise Invalid(wrong)
    return values


@dataclass(frozen=True)
class _Member:
    """A field of an input; `null` tells whether null means more than "leave the default"."""

    name: str
    graphql: str
    convert: Convert
    null: bool


def _dataclass(kind: Any, members: Sequence[_Member]) -> Convert:
    def convert(value: Mapping[str, Any], path: str, wrong: Wrong) -> Any:
        found: dict[str, Any] = {}
        known = len(wrong)
        for each in members:
            given = value.get(each.graphql)
            if given is not None:
                found[each.name] = each.convert(given, f"{path}.{each.name}", wrong)
            elif each.null and each.graphql in value:
                found[each.name] = None
        return kind(**found) if len(wrong) == known else None

    return convert


def _each(convert: Convert) -> Convert:
    return lambda values, path, wrong: [
        None if value is None else convert(value, f"{path}.{index}", wrong)
        for index, value in enumerate(values)
    ]


def _number_of(target: str) -> Convert:
    def convert(text: Any, path: str, wrong: Wrong) -> int | None:
        try:
            return kinds.number_of(text, target)
        except GraphQLError as error:
            wrong.setdefault(path, []).append(untranslated(error.message))
            return None

    return convert


def _as_it_is(value: Any, _path: str, _wrong: Wrong) -> Any:
    return value


def _members(kind: Any, node: str) -> tuple[dict[str, str], bool]:
    """The fields of a draft, or of the items of a list of drafts."""
    plain, _ = _without_none(kind)
    many = typing.get_origin(plain) in (list, abc.Sequence)
    if many:
        plain = typing.get_args(plain)[0]
    if not dataclasses.is_dataclass(plain) or plain is ReceivedFile:
        return {}, many
    return {f.name: _graphql_name(f.name, node) for f in dataclasses.fields(plain)}, many


def _graphql_name(name: str, node: str) -> str:
    known = {"seen_version": "version", "draft": "input", "drafts": "input"}
    return "id" if is_own(name, node) else known.get(name, to_camel_case(name))


def own_id(node: str) -> str:
    """Milestone -> milestone_id; DigestIssue -> digest_issue_id."""
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in node).lstrip("_") + "_id"


def is_own(name: str, node: str) -> bool:
    """Whether the parameter names the mutation's own row: `token_id` does so for ApiToken."""
    own = own_id(node)
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
