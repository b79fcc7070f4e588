"""An action's parameters as GraphQL arguments, and the arguments back as what the action takes.

`<noun>_id` becomes the argument `id`, other `*_id` and `*_ids` become global ids, `draft` becomes
`input` (its dataclass is registered as an input type), `seen_version` becomes `version`. An edit's
input may leave any field out: what it does not name, stays.
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

from tracker.domain.edits import EDITS, OMITTED
from tracker.domain.errors import Invalid
from tracker.domain.messages import Message, say, untranslated
from tracker.domain.milestones.evidence import ReceivedFile
from tracker.domain.references import Reference
from tracker.graphql.descriptions import default_of, described
from tracker.graphql.planner import Registry, enums, kinds

Wrong = dict[str, list[Message]]
"""Path of a value inside the action's parameters, such as `draft.0.city_id` -> what is wrong."""

NEEDED = say("This is needed; leave it out to keep it as it is.")

STAYS = "What is left out stays as it is; null or an empty list empties it."

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
        self._inputs: dict[tuple[type, bool], tuple[type, Convert]] = {}

    def parameters(self, action: Callable[..., Any], node: str) -> list[Parameter]:
        """The parameters of an action on rows of `node`, after the actor."""
        return [self._parameter(each, node, action) for each in _signature(action)]

    def _parameter(
        self, parameter: inspect.Parameter, node: str, action: Callable[..., Any]
    ) -> Parameter:
        kind = parameter.annotation
        name = parameter.name
        required = parameter.default is inspect.Parameter.empty
        graphql = _graphql_name(name, node)
        annotation, convert = self._convert_parameter(name, kind, node, action)
        if not required:
            annotation = typing.Optional[annotation]  # noqa: UP045 - built at run time
        argument = StrawberryArgument(
            python_name=graphql,
            graphql_name=graphql,
            type_annotation=StrawberryAnnotation(annotation),
            description=self._described(
                name, node, (action.__name__,), None if required else parameter.default
            ),
        )
        members, many = _members(kind, node)
        null = _without_none(kind)[1]
        return Parameter(name, graphql, argument, convert, members, many, required, null)

    def _convert_parameter(
        self, name: str, kind: Any, node: str, action: Callable[..., Any]
    ) -> tuple[Any, Convert]:
        if action in EDITS and name == "draft":
            return self._input(kind, node, edit=True)
        return self._convert(name, kind, node)

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
        if kind is Reference:
            return strawberry.ID, self._reference
        if dataclasses.is_dataclass(kind):
            return self._input(kind, node)
        if kind is int and name.endswith("_id"):
            return strawberry.ID, _number_of(self._target(name))
        if isinstance(kind, type) and issubclass(kind, Enum):
            enums.shown(kind, (kind.__doc__ or kind.__name__).strip())
            return kind, _as_it_is
        return kind, _as_it_is

    def _reference(self, text: Any, path: str, wrong: Wrong) -> Reference | None:
        """The row that a global id of any type names."""
        name = str(text).partition(":")[0]
        declaration = self.registry.declarations.get(name)
        if declaration is None:
            problem = f"{name[:40]!r} is no type; ids look like Project:12."
            wrong.setdefault(path, []).append(untranslated(problem))
            return None
        number = _number_of(name)(text, path, wrong)
        return None if number is None else Reference(declaration.table._meta.tablename, number)

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

    def _input(self, kind: Any, node: str, *, edit: bool = False) -> tuple[type, Convert]:
        """An input type with the dataclass's fields, and how to make the dataclass of one. That of
        an `edit` is a type of its own where others take the dataclass whole."""
        if (kind, edit) in self._inputs:
            return self._inputs[kind, edit]
        if not edit and (kind, True) in self._inputs:
            raise TypeError(f"{kind.__name__}: declare what takes it whole before its edit")
        members = [self._member(kind, each, node, edit) for each in dataclasses.fields(kind)]
        namespace: dict[str, Any] = {
            "__annotations__": {each.name: each.annotation for each in members},
            **{each.name: each.field for each in members},
        }
        suffix = "EditInput" if (kind, False) in self._inputs else "Input"
        made = type(f"{kind.__name__}{suffix}", (), namespace)
        text = inspect.cleandoc(kind.__doc__ or "") + (f"\n\n{STAYS}" if edit else "")
        self._inputs[kind, edit] = (
            strawberry.input(made, description=text),
            _dataclass(kind, members),
        )
        return self._inputs[kind, edit]

    def _member(self, kind: Any, each: dataclasses.Field[Any], node: str, edit: bool) -> "_Member":
        hint = typing.get_type_hints(kind)[each.name]
        annotation, convert = self._convert(each.name, hint, node)
        required = not edit and _is_required(each)
        if not required:
            annotation = typing.Optional[annotation]  # noqa: UP045 - built at run time
        graphql = _graphql_name(each.name, node)
        owners = tuple(owner.__name__ for owner in kind.__mro__)
        text = self._described(each.name, node, owners, None if edit else default_of(each))
        field = strawberry.field(
            name=graphql,
            description=text.replace("left out", "null") if edit else text,
            **({} if required else {"default": strawberry.UNSET}),
        )
        null = _without_none(hint)[1]
        needed = edit and not null and not _may_be_empty(each)
        return _Member(each.name, graphql, annotation, field, convert, null, edit, needed)

    def _described(self, name: str, node: str, owners: tuple[str, ...], default: Any) -> str:
        """Its own words, or those of the column that it fills."""
        if is_own(name, node):
            return f"Which {_words(node)}: its global id, such as {node}:12."
        if name == "draft":
            return f"The {_words(node)} as it should be."
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
    """A field of an input: `null` tells whether null means more than "leave the default", `stays`
    whether leaving it out means something else, `needed` whether there is no empty one."""

    name: str
    graphql: str
    annotation: Any
    field: Any
    convert: Convert
    null: bool
    stays: bool
    needed: bool


def _dataclass(kind: Any, members: Sequence[_Member]) -> Convert:
    def convert(value: Mapping[str, Any], path: str, wrong: Wrong) -> Any:
        found: dict[str, Any] = {}
        known = len(wrong)
        for each in members:
            given = value.get(each.graphql)
            if given is not None:
                found[each.name] = each.convert(given, f"{path}.{each.name}", wrong)
            elif each.graphql not in value:
                found |= {each.name: OMITTED} if each.stays else {}
            elif each.needed:
                wrong.setdefault(f"{path}.{each.name}", []).append(NEEDED)
            elif each.null:
                found[each.name] = None
        return kind(**found) if len(wrong) == known else None

    return convert


def _is_required(each: dataclasses.Field[Any]) -> bool:
    return each.default is dataclasses.MISSING and each.default_factory is dataclasses.MISSING


def _may_be_empty(each: dataclasses.Field[Any]) -> bool:
    """Whether the default is an empty text or list, which null then stands for."""
    return each.default in ("", ()) or each.default_factory is list


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


def _words(node: str) -> str:
    """DigestIssue -> digest issue."""
    return own_id(node).removesuffix("_id").replace("_", " ")


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
