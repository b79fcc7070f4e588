"""Every read is a GraphQL document: `execute` for the product's own, `respond` for anybody's."""

import logging
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import orjson
from graphql import ExecutionResult, GraphQLError
from graphql import execute as graphql_execute

from tracker.domain.actor import PUBLIC, Actor
from tracker.graphql.performing import Performer
from tracker.graphql.planner.faults import INTERNAL, Fault
from tracker.graphql.planner.run import GraphQLErrors, Limits, Operation, Planner
from tracker.graphql.planner.values import Variables
from tracker.graphql.reading import READS, Context, reading
from tracker.graphql.registry import registry
from tracker.graphql.schema import PERFORMABLE, schema
from tracker.settings import Settings

__all__ = ["READS", "Answer", "ReadError", "execute", "respond", "serving"]

log = logging.getLogger(__name__)

graphql_schema = schema._schema
LIMITS = Limits()
"""What anybody's document may ask for; the product's own know no limits."""

_planner = Planner(graphql_schema, registry, cache_size=500)
_performer = Performer(_planner, PERFORMABLE, cache_size=500)


class ReadError(Exception):
    """One of the product's own documents failed: a defect, never a person's mistake."""


def planner() -> Planner:
    """The plans of this process."""
    return _planner


@dataclass(frozen=True)
class Answer:
    """A response body, and whether the request itself was at fault (so nothing was executed)."""

    body: bytes
    bad_request: bool = False


@asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator[None]:
    """Hold what reads need for the duration of a process or command."""
    global _planner, _performer
    _planner = Planner(graphql_schema, registry, settings.plan_cache_size)
    _performer = Performer(_planner, PERFORMABLE, settings.plan_cache_size)
    async with reading(settings):
        yield


async def execute(
    document: str, variables: Mapping[str, Any] | None = None, actor: Actor = PUBLIC
) -> dict[str, Any]:
    """The data of one of the product's own documents, which know no limits.

    Raises ReadError when it has errors.
    """
    answer = await respond(document, variables, actor=actor, limits=None)
    found: dict[str, Any] = orjson.loads(answer.body)
    if found.get("errors"):
        raise ReadError("; ".join(error["message"] for error in found["errors"]))
    data: dict[str, Any] = found["data"]
    return data


async def respond(
    document: str,
    variables: Mapping[str, Any] | None = None,
    operation_name: str | None = None,
    *,
    actor: Actor,
    limits: Limits | None = LIMITS,
    read_only: bool = False,
    queries_only: bool = False,
    idempotency_key: str | None = None,
) -> Answer:
    """The response to any document: one statement where the planner can, graphql-core where it
    cannot. Never raises for what a client sent."""
    try:
        parsed = _planner.document(document, limits)
        if isinstance(parsed, list):
            return _refused(parsed)
        operation = _planner.operation(document, parsed, operation_name)
        if queries_only and operation.node.operation.value != "query":
            return _refused([GraphQLError("GET runs queries only; send this by POST.")])
        if operation.node.operation.value == "subscription":
            return _refused([GraphQLError("Send subscriptions over a WebSocket at this address,"
                                          " by the protocol graphql-transport-ws.")])  # fmt: skip
        coerced = _planner.variables(operation, variables or {})
        plan = _planner.plan(document, operation, operation_name, coerced)
        if plan is not None and limits:
            _planner.check_size(plan, coerced, limits)
        performance = None
        if operation.node.operation.value == "mutation":
            performance = _performer.plan((document, operation_name), operation, coerced, limits)
    except Fault as fault:
        if operation.node.operation.value == "mutation":
            return _refused([fault])  # before anything is changed
        plan = performance = None  # one field's own; the others are answered
    except GraphQLErrors as errors:
        return _refused(errors.errors)
    except GraphQLError as error:
        return _refused([error])
    failure = None
    try:
        if plan is not None:
            return Answer(b'{"data":' + await READS.run(plan, coerced, actor) + b"}")
    except Fault as fault:
        failure = fault
    except Exception as error:  # noqa: BLE001 - whatever it is, the client gets a GraphQL answer
        return Answer(_body(None, [_masked(error)]))
    context = Context(actor, _planner, limits, read_only, failure, idempotency_key)
    if performance is not None:
        return _answer(await performance.run(coerced, context))
    return await _execute(operation, variables or {}, operation_name, context)


async def _execute(
    operation: Operation, variables: Variables, name: str | None, context: Context
) -> Answer:
    """By graphql-core: mutations, introspection, what the planner does not express; and field by
    field where the one statement for all of them failed."""
    result = graphql_execute(
        graphql_schema,
        operation.document,
        context_value=context,
        variable_values=dict(variables),
        operation_name=name,
    )
    if not isinstance(result, ExecutionResult):
        result = await result
    return _answer(result)


def _answer(result: ExecutionResult) -> Answer:
    return Answer(_body(result.data, [_masked(e) for e in result.errors or ()]))


def _refused(errors: list[GraphQLError]) -> Answer:
    return Answer(orjson.dumps({"errors": [e.formatted for e in errors]}), bad_request=True)


def _body(data: Any, errors: list[GraphQLError]) -> bytes:
    found: dict[str, Any] = {"data": data}
    if errors:
        found["errors"] = [error.formatted for error in errors]
    return orjson.dumps(found)


def _masked(error: Exception) -> GraphQLError:
    """Unexpected errors show an id that finds them in the log, and nothing else."""
    inner = error.original_error if isinstance(error, GraphQLError) else error
    if inner is None or isinstance(inner, GraphQLError):
        return error if isinstance(error, GraphQLError) else inner  # type: ignore[return-value]
    number = secrets.token_hex(4)
    log.error("error %s", number, exc_info=inner)
    path = error.path if isinstance(error, GraphQLError) else None
    return GraphQLError(
        f"Something went wrong here, not with you (error {number}).",
        path=path,
        extensions={"code": INTERNAL},
    )
