"""A mutation for every action, made from the action's own signature (`arguments`).

The actor comes from the context; what the action raises becomes the payload's problems.
"""

import inspect
import typing
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import Enum, StrEnum
from functools import partial
from typing import Any

import strawberry
from graphql import GraphQLResolveInfo
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.field import StrawberryField
from strawberry.utils.str_converters import to_camel_case

from tracker.domain.errors import Conflict, Forbidden, Invalid, NotFound, Refusal
from tracker.graphql.arguments import ArgumentBuilder, Parameter, converted, is_own, own_id
from tracker.graphql.planner import Registry
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
    last_word = own_id(node).split("_")[-2]
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
        self.arguments = ArgumentBuilder(registry)
        builder.names["Problem"] = Problem

    def field(self, mutation: Mutation) -> StrawberryField:
        """The mutation's field on the schema."""
        field = StrawberryField(
            python_name=mutation.name,
            graphql_name=mutation.name,
            type_annotation=self.builder.annotation(self._payload(mutation)),
            description=_first_paragraph(mutation.action),
        )
        parameters = self.arguments.parameters(mutation.action, mutation.node)
        arguments = [each.argument for each in parameters]
        return _Resolver.of(field, arguments, self._resolve(mutation, parameters))

    def _resolve(
        self, mutation: Mutation, parameters: Sequence[Parameter]
    ) -> Callable[[Any, dict[str, Any]], Awaitable[Payload]]:
        async def resolve(info: Any, given: dict[str, Any]) -> Payload:
            context = info.context
            number: int | None = None
            try:
                values = converted(parameters, given)
                number = next((v for n, v in values.items() if is_own(n, mutation.node)), None)
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


def _problems(refusal: Refusal, parameters: Sequence[Parameter]) -> list[Problem]:
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


def _path(name: str, parameters: Sequence[Parameter]) -> list[str] | None:
    for each in parameters:
        if name == each.name:
            return [each.graphql]
        if name.partition(".")[0] in each.draft_fields:
            return [each.graphql, *(to_camel_case(step) for step in name.split("."))]
    return [to_camel_case(name)] if name else None


def _first_paragraph(action: Callable[..., Any]) -> str:
    text = inspect.getdoc(action) or action.__name__
    return " ".join(text.split("\n\n")[0].split())
