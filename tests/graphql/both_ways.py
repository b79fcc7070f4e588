"""One document answered three ways: by the planner's one statement, by graphql-core over rows
that the planner fetched, and by the reference that shares nothing with the planner."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import ExecutionResult, GraphQLError, parse
from graphql import execute as graphql_execute

from tests.graphql.drawing import Drawn
from tests.graphql.reference import Reference
from tracker.domain.actor import Actor
from tracker.graphql import graphql_schema, respond
from tracker.graphql.planner.run import Planner
from tracker.graphql.reading import Context
from tracker.graphql.registry import registry

VIEWERS = ("public", "seoul_coordinator", "nairobi_coordinator", "lima_coordinator",
           "nairobi_mayor", "officer", "auditor")  # fmt: skip


@dataclass(frozen=True)
class Outcome:
    """What the ways disagree about, and whether the document told them apart at all."""

    differences: list[str]
    has_rows: bool
    has_errors: bool


async def compare(drawn: Drawn, actor: Actor, reference: Reference) -> Outcome:
    """Answer the document every way.

    An error is compared between planner and graphql-core only: the reference evaluates less
    where there are no rows, and so may not meet it.
    """
    planned = await _planned(drawn, actor)
    core = _body(await _core(drawn, actor))
    found = []
    if planned != core:
        found.append(f"graphql-core answers {core}\nwhere the planner answers {planned}")
    if '"errors"' not in planned:
        right = _body(await reference.answer(parse(drawn.text), drawn.variables))
        if planned != right:
            found.append(f"the reference answers {right}\nwhere the planner answers {planned}")
    return Outcome(found, _holds_text(json.loads(planned)["data"]), '"errors"' in planned)


async def _planned(drawn: Drawn, actor: Actor) -> str:
    answer = await respond(drawn.text, drawn.variables, actor=actor, limits=None)
    return _text(json.loads(answer.body, parse_int=float))


async def _core(drawn: Drawn, actor: Actor) -> ExecutionResult:
    result = graphql_execute(
        graphql_schema,
        parse(drawn.text),
        context_value=Context(actor, Planner(graphql_schema, registry, 1), None),
        variable_values=dict(drawn.variables),
    )
    return result if isinstance(result, ExecutionResult) else await result


def _body(result: ExecutionResult) -> str:
    body: dict[str, Any] = {"data": result.data}
    if result.errors:
        body["errors"] = [_formatted(error) for error in result.errors]
    return _text(json.loads(json.dumps(body), parse_int=float))


def _formatted(error: GraphQLError) -> Mapping[str, Any]:
    return error.formatted


def _holds_text(data: Any) -> bool:
    """Whether something was read from a row."""
    if isinstance(data, dict):
        return any(_holds_text(each) for key, each in data.items() if key != "__typename")
    if isinstance(data, list):
        return any(map(_holds_text, data))
    return isinstance(data, str)


def _text(body: Any) -> str:
    """The text of an answer, keys in their order; 1 and 1.0 are one number to every client, and
    JSON's white space says nothing."""
    return json.dumps(body, ensure_ascii=False)
