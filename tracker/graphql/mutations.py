"""A mutation for every action, made from the action's own signature (`arguments`).

The actor comes from the context; what the action raises becomes the payload's problems.
"""

import inspect
import typing
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import partial
from typing import Any

from graphql import GraphQLResolveInfo, get_argument_values
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.field import StrawberryField
from strawberry.utils.str_converters import to_camel_case

from tracker.domain.errors import Forbidden, Refusal
from tracker.graphql.arguments import ArgumentBuilder, Parameter, converted, is_own, own_id
from tracker.graphql.planner import Registry
from tracker.graphql.planner.types import TypeBuilder
from tracker.graphql.problems import Problem, problems_of
from tracker.graphql.reading import Context

FetchRows = Callable[[GraphQLResolveInfo[Any], str, list[int]], Awaitable[list[Any]]]


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
    """What became of a mutation: the numbers of the rows it is about, and its problems; `rows`
    are those that the action returned, in the same order."""

    numbers: list[int]
    problems: list[Problem]
    secret: str | None = None
    rows: Sequence[Any] = ()


@dataclass(frozen=True)
class Performable:
    """A mutation with its arguments, ready to be performed whichever way the document is run.

    `own` is the parameter that names the mutation's own row, which a refusal shows.
    """

    mutation: Mutation
    parameters: Sequence[Parameter]
    own: Parameter | None

    async def perform(self, given: Mapping[str, Any], context: Context) -> Payload:
        """Run the action on coerced arguments. Refusals become problems."""
        number: int | None = None
        try:
            values = converted(self.parameters, given)
            number = values.get(self.own.name) if self.own else None
            if context.read_only:
                raise Forbidden("This API token may only read; use one that may write.")
            result = await self.mutation.action(context.actor, **values)
        except Refusal as refusal:
            own = self.own.graphql if self.own else None
            problems = problems_of(refusal, self.parameters, own)
            return Payload([number] if number else [], problems)
        return self._done(result)

    def _done(self, result: Any) -> Payload:
        if self.mutation.returns is Returns.ROWS:
            return Payload([row.id for row in result], [], rows=result)
        if self.mutation.returns is Returns.ROW_AND_SECRET:
            row, secret = result
            return Payload([row.id], [], secret, [row])
        return Payload([result.id], [], rows=[result])


class MutationBuilder:
    """Makes the fields, payloads and inputs of mutations; `performable` holds each by its name."""

    def __init__(self, registry: Registry, builder: TypeBuilder, fetch_rows: FetchRows) -> None:
        self.registry = registry
        self.builder = builder
        self.fetch_rows = fetch_rows
        self.arguments = ArgumentBuilder(registry)
        self.performable: dict[str, Performable] = {}
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
        own = next((each for each in parameters if is_own(each.name, mutation.node)), None)
        made = self.performable[mutation.name] = Performable(mutation, parameters, own)
        return _Resolver.of(field, [each.argument for each in parameters], made)

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
    """A mutation's field where graphql-core executes it."""

    performable: Performable

    @classmethod
    def of(
        cls, field: StrawberryField, arguments: list[StrawberryArgument], performable: Performable
    ) -> "_Resolver":
        """`field` with arguments and what it performs."""
        made = cls(
            python_name=field.python_name,
            graphql_name=field.graphql_name,
            type_annotation=field.type_annotation,
            description=field.description,
        )
        made.arguments = arguments
        made.performable = performable
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
        """Perform it, with the arguments as graphql-core coerced them: Strawberry's own inputs
        know nothing that the action needs."""
        raw: GraphQLResolveInfo[Any] = info._raw_info
        field = raw.parent_type.fields[raw.field_name]
        given = get_argument_values(field, raw.field_nodes[0], raw.variable_values)
        return self.performable.perform(given, info.context)


def _first_paragraph(action: Callable[..., Any]) -> str:
    text = inspect.getdoc(action) or action.__name__
    return " ".join(text.split("\n\n")[0].split())
