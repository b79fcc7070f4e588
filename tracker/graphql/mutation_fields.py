"""A mutation's field, payload and inputs, made from the action's own signature (`arguments`).

The actor comes from the context; what the action raises becomes the payload's problems.
"""

import inspect
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from graphql import GraphQLResolveInfo, get_argument_values
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.field import StrawberryField

from tracker.graphql.arguments import ArgumentBuilder, is_own
from tracker.graphql.mutations import Mutation, Returns
from tracker.graphql.performable import KEY, Payload, Performable
from tracker.graphql.planner import Registry
from tracker.graphql.planner.kinds import articled
from tracker.graphql.planner.types import TypeBuilder
from tracker.graphql.problems import Problem

FetchRows = Callable[[GraphQLResolveInfo[Any], str, list[int]], Awaitable[list[Any]]]

KEY_TEXT = (
    "Your own name for this change, such as a UUID, new for each: within 24 hours, a repeat with"
    " the same key and arguments changes nothing and gets the first answer, its problems included,"
    " with the row as it is now."
)


SHOWN_ONCE = (
    "Shown this once; keep it. A repeated idempotency key does not show it again: revoke what it"
    " belongs to, and make another."
)


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
        arguments = [*(each.argument for each in parameters), self._key()]
        return _Resolver.of(field, arguments, made)

    def _key(self) -> StrawberryArgument:
        return StrawberryArgument(
            python_name=KEY,
            graphql_name=KEY,
            type_annotation=self.builder.annotation("Optional[str]"),
            description=KEY_TEXT,
        )

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
                fields.append(self._plain("secret", "Optional[str]", SHOWN_ONCE))
            self.builder.type(name, fields, f"What became of {articled(node)} mutation.")
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
        alone = len(raw.operation.selection_set.selections) == 1
        return self.performable.perform(given, info.context, "" if alone else str(raw.path.key))


def _first_paragraph(action: Callable[..., Any]) -> str:
    text = inspect.getdoc(action) or action.__name__
    return " ".join(text.split("\n\n")[0].split())
