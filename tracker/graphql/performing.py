"""Mutations as plans: a mutation's document is compiled once, and then a request is: arguments,
the action, the payload's text. graphql-core executes whatever is not understood here, with the
same answer.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    ExecutionResult,
    FieldNode,
    GraphQLError,
    Node,
    VariableNode,
    located_error,
)

from tracker.domain.people.identities import RightsChanged
from tracker.graphql.payloads import Compilation, Step
from tracker.graphql.performable import Performable
from tracker.graphql.planner.codes import ErrorCode
from tracker.graphql.planner.compile import Plan
from tracker.graphql.planner.kept import Figures, Recent
from tracker.graphql.planner.limits import Limits
from tracker.graphql.planner.run import KEPT_MOST, Operation, Planner
from tracker.graphql.planner.statement import NotPlannable
from tracker.graphql.planner.values import Variables
from tracker.graphql.reading import Context

MUTATIONS_MOST = 10
"""Mutations in one operation: they run one after the other, and nothing undoes the first when
the last is refused. What belongs together has a mutation of its own."""


class Failed(Exception):
    """What must be there could not be made; `error` says where."""

    def __init__(self, error: GraphQLError) -> None:
        self.error = error
        super().__init__(error.message)


@dataclass(frozen=True)
class Performance:
    """A compiled mutation operation. `plans` are the statements that it may need."""

    steps: Sequence[Step]
    plans: Sequence[Plan]

    @property
    def confirms(self) -> bool:
        """Whether the only action makes sure of the actor's rights by itself. Of several, the
        first could be done and the second find the rights changed: too late to begin anew."""
        return len(self.steps) == 1 and bool(
            self.steps[0].performable and self.steps[0].performable.confirms
        )

    async def run(self, variables: Variables, context: Context) -> ExecutionResult:
        """Perform the steps one after the other; the first that fails unexpectedly ends it, since
        every payload must be there. Values may be text that is JSON already."""
        data: dict[str, Any] = {}
        errors: list[GraphQLError] = []
        for step in self.steps:
            try:
                data[step.key] = await self._step(step, variables, context, errors)
            except Failed as failed:
                return ExecutionResult(None, [*errors, failed.error])
        return ExecutionResult(data, errors or None)

    async def _step(
        self, step: Step, variables: Variables, context: Context, errors: list[GraphQLError]
    ) -> Any:
        if step.performable is None:
            return "Mutation"
        try:
            place = step.key if len(self.steps) > 1 else ""
            payload = await step.performable.perform(step.given(variables), context, place)
        except RightsChanged:
            raise
        except Exception as error:
            raise Failed(located_error(error, step.nodes, [step.key])) from error
        written: dict[str, Any] = {}
        for part in step.parts:
            try:
                written[part.key] = await part.write(payload, variables, context)
            except Exception as error:
                found = located_error(error, part.nodes, [step.key, part.key])
                if not part.null:
                    raise Failed(found) from error
                errors.append(found)
                written[part.key] = None
        return written


class Performer:
    """The performances of one schema's mutations; `cache_size` bounds those kept."""

    def __init__(
        self, planner: Planner, performable: Mapping[str, Performable], cache_size: int
    ) -> None:
        self.planner = planner
        self.performable = performable
        self._kept: Recent[Any, Performance | None] = Recent(cache_size)
        self._below: Recent[Any, frozenset[str]] = Recent(cache_size)

    def figures(self) -> dict[str, tuple[int, Figures]]:
        """Of what is kept: how much there is, and how it serves."""
        return {"mutations": (len(self._kept), self._kept.figures)}

    def plan(
        self, operation: Operation, variables: Variables, limits: Limits | None
    ) -> Performance | None:
        """The operation compiled; None where graphql-core must execute it.

        Raises GraphQLError for what would be refused after something had been changed.
        """
        if len(operation.key[0]) > KEPT_MOST:
            found = self._compile(operation, variables)
        else:
            key = (operation.key, self._shape(operation, variables))
            found = self._kept.recall(key, lambda: self._compile(operation, variables))
        if found is not None and limits:
            self._check(found, variables, limits)
        return found

    def _shape(self, operation: Operation, variables: Variables) -> object:
        below = self._below.recall(
            operation.key, lambda: _below(operation.document, self.performable)
        )
        return self.planner.shape(operation, variables, below) if below else ()

    def _check(self, found: Performance, variables: Variables, limits: Limits) -> None:
        asked = sum(step.performable is not None for step in found.steps)
        if asked > MUTATIONS_MOST:
            raise GraphQLError(
                f"{asked} mutations in one operation; at most {MUTATIONS_MOST} are done at once."
                " Send the rest in another request, or use a mutation that takes a list.",
                extensions={"code": ErrorCode.TOO_MUCH},
            )
        for plan in found.plans:
            self.planner.check_size(plan, variables, limits)

    def _compile(self, operation: Operation, variables: Variables) -> Performance | None:
        try:
            compilation = Compilation(self.planner, self.performable, operation, variables)
            return Performance(compilation.steps(), compilation.plans)
        except NotPlannable:
            return None


def _below(document: DocumentNode, roots: Collection[str]) -> frozenset[str]:
    """The variables on which plans depend: all but those that are only arguments of mutations."""
    found: set[str] = set()

    def walk(node: Any) -> None:
        if isinstance(node, VariableNode):
            found.add(node.name.value)
            return
        for name in node.keys:
            if name in ("variable_definitions", "loc"):
                continue
            if name == "arguments" and isinstance(node, FieldNode) and node.name.value in roots:
                continue
            inner = getattr(node, name, None)
            for each in inner if isinstance(inner, list | tuple) else [inner]:
                if isinstance(each, Node):
                    walk(each)

    walk(document)
    return frozenset(found)
