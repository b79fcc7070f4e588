"""Every read is a GraphQL document: `execute` for the product's own, `respond` for anybody's."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Any

import asyncpg
import orjson
from graphql import ExecutionResult, GraphQLError
from graphql import execute as graphql_execute

from tracker.domain.actor import PUBLIC, Actor
from tracker.domain.people.identities import RightsChanged, confirmed
from tracker.graphql.faults import Faults
from tracker.graphql.performing import Performer
from tracker.graphql.planner.codes import ErrorCode
from tracker.graphql.planner.compile import Plan
from tracker.graphql.planner.faults import Fault, formatted
from tracker.graphql.planner.kept import Figures
from tracker.graphql.planner.limits import Limits
from tracker.graphql.planner.run import GraphQLErrors, Operation, Planner
from tracker.graphql.planner.values import Variables
from tracker.graphql.reading import READS, Context, reading
from tracker.graphql.registry import registry
from tracker.graphql.schema import PERFORMABLE, schema
from tracker.settings import Settings

__all__ = [
    "READS",
    "Answer",
    "ReadError",
    "execute",
    "execute_many",
    "limits_of",
    "respond",
    "serving",
]

graphql_schema = schema._schema
LIMITS = Limits()
"""The limits where nobody has chosen others; the product's own documents know none."""

_planner = Planner(graphql_schema, registry, cache_size=500)
_performer = Performer(_planner, PERFORMABLE, cache_size=500)
_faults = Faults(10)
_limits = {False: LIMITS, True: LIMITS}
"""Whether somebody has signed in -> the limits for their documents."""


QUERIES_ONLY = "GET runs queries only; send this by POST."
SOCKETS_ONLY = (
    "Send subscriptions over a WebSocket at this address, by the protocol graphql-transport-ws."
)


class ReadError(Exception):
    """One of the product's own documents failed: a defect, never a person's mistake."""


def planner() -> Planner:
    """The plans of this process."""
    return _planner


def kept_figures() -> dict[str, tuple[int, Figures]]:
    """Of everything that this process keeps between requests: how much there is, how it serves."""
    return {**_planner.figures(), **_performer.figures()}


@dataclass(slots=True)
class Answer:
    """A response body, whether the request itself was at fault (so nothing was executed), whether
    that was because it would have changed something, for how many seconds the database was
    waited for, and whether the plan was kept from before (None where graphql-core executed)."""

    body: bytes
    bad_request: bool = False
    changes: bool = False
    seconds: float | None = None
    plan_kept: bool | None = None


@asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator[None]:
    """Hold what reads need for the duration of a process or command."""
    global _planner, _performer, _limits, _faults
    _faults = Faults(settings.errors_logged)
    _planner = Planner(graphql_schema, registry, settings.plan_cache_size)
    _performer = Performer(_planner, PERFORMABLE, settings.plan_cache_size)
    _limits = {signed_in: _chosen(settings, signed_in) for signed_in in (False, True)}
    # What graphql-core works out about the schema only once is worked out now.
    _planner.prepared("{ viewer { name memberships { nodes { role } } } }", None, None)
    async with reading(settings):
        yield


def limits_of(actor: Actor) -> Limits:
    """What the documents of this person, or of the public, may ask for."""
    return _limits[actor.person_id is not None]


def _chosen(settings: Settings, signed_in: bool) -> Limits:
    default = "everybody" if settings.demonstration else "people"
    shown = signed_in or (settings.graphql_introspection or default) == "everybody"
    return Limits(
        tokens=settings.graphql_tokens,
        depth=settings.graphql_depth,
        aliases=settings.graphql_aliases,
        directives=settings.graphql_directives,
        root_fields=settings.graphql_root_fields,
        rows=settings.graphql_rows,
        page=settings.graphql_page,
        introspection=shown,
        suggestions=shown,
    )


async def execute(
    document: str,
    variables: Mapping[str, Any] | None = None,
    actor: Actor = PUBLIC,
    operation_name: str | None = None,
) -> dict[str, Any]:
    """The data of one of the product's own documents, which know no limits; of its operation of
    this name, where it has several.

    Raises ReadError when it has errors.
    """
    answer = await respond(document, variables, operation_name, actor=actor, limits=None)
    found: dict[str, Any] = orjson.loads(answer.body)
    if found.get("errors"):
        raise ReadError("; ".join(error["message"] for error in found["errors"]))
    data: dict[str, Any] = found["data"]
    return data


async def execute_many(
    document: str,
    asked: Sequence[tuple[Mapping[str, Any], Actor]],
    operation_name: str | None = None,
) -> list[dict[str, Any] | Exception]:
    """What `execute` gives for each (variables, actor), or raises; in one statement for all whose
    variables have one shape. Those who ask the same and may see the same get one object. Where
    that fails, each is asked by itself."""
    operation = _planner.prepared(document, operation_name, None)
    groups: dict[int, tuple[Plan, list[int]]] = {}
    coerced = [_planner.variables(operation, variables, None) for variables, _ in asked]
    for place, variables in enumerate(coerced):
        if plan := _planner.plan(operation, variables):
            groups.setdefault(id(plan), (plan, []))[1].append(place)
    found: dict[int, dict[str, Any] | Exception] = {}
    for plan, places in groups.values():
        if len(places) == 1:
            continue
        with suppress(asyncpg.PostgresError, TimeoutError):
            bodies = await READS.run_many(plan, [(coerced[n], asked[n][1]) for n in places])
            for body, numbers in bodies:
                found |= dict.fromkeys((places[n] for n in numbers), orjson.loads(body))
    for place, (variables, actor) in enumerate(asked):
        if place not in found:
            try:
                found[place] = await execute(document, variables, actor, operation_name)
            except Exception as error:  # noqa: BLE001 - its own, not the others'
                found[place] = error
    return [found[place] for place in range(len(asked))]


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
    request_id: str | None = None,
    client: str = "",
    language: str = "en",
) -> Answer:
    """The response to any document: one statement where the planner can, graphql-core where it
    cannot. Never raises for what a client sent. Refusals are worded in `language` (BCP 47).

    Raises RightsChanged, before anything is changed, when the actor is remembered and their
    rights are no longer those.
    """
    try:
        operation = _planner.prepared(document, operation_name, limits)
        if queries_only and not operation.is_query:
            return _refused([_error(QUERIES_ONLY, ErrorCode.METHOD_NOT_ALLOWED)], changes=True)
        if operation.is_subscription:
            return _refused([_error(SOCKETS_ONLY, ErrorCode.SOCKET_NEEDED)])
        coerced = _planner.variables(operation, variables or {}, limits)
        compiled = _planner.compiled
        plan = _planner.plan(operation, coerced)
        plan_kept = _planner.compiled == compiled
        if plan is not None and limits:
            _planner.check_size(plan, coerced, limits)
        performance = None
        if operation.is_mutation:
            performance = _performer.plan(operation, coerced, limits)
    except Fault as fault:
        if operation.is_mutation:
            return _refused([fault])  # before anything is changed
        plan = performance = None  # one field's own; the others are answered
    except GraphQLErrors as errors:
        return _refused(errors.errors)
    except GraphQLError as error:
        return _refused([error])
    failure = None
    try:
        if plan is not None:
            return await _read(plan, coerced, actor, plan_kept)
    except Fault as fault:
        failure = fault
    except RightsChanged:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, the client gets a GraphQL answer
        return Answer(_body(None, [_faults.masked(error, client)]))
    if not (performance and performance.confirms):
        actor = await confirmed(actor)
    acting = replace(actor, request_id=request_id or actor.request_id)
    context = Context(acting, _planner, limits, read_only, failure, idempotency_key, language)
    if performance is not None:
        return _answer(await performance.run(coerced, context), client)
    return await _execute(operation, variables or {}, operation_name, context, client)


async def _read(plan: Plan, variables: Variables, actor: Actor, plan_kept: bool) -> Answer:
    began = perf_counter()
    body = b'{"data":' + await READS.run(plan, variables, actor) + b"}"
    return Answer(body, seconds=perf_counter() - began, plan_kept=plan_kept)


async def _execute(
    operation: Operation, variables: Variables, name: str | None, context: Context, client: str
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
    return _answer(result, client)


def _answer(result: ExecutionResult, client: str) -> Answer:
    return Answer(_body(result.data, [_faults.masked(e, client) for e in result.errors or ()]))


def _error(message: str, code: ErrorCode) -> GraphQLError:
    return GraphQLError(message, extensions={"code": code})


def _refused(errors: list[GraphQLError], *, changes: bool = False) -> Answer:
    body = _json({"errors": [formatted(e) for e in errors]})
    return Answer(body, bad_request=True, changes=changes)


def _body(data: Any, errors: list[GraphQLError]) -> bytes:
    found: dict[str, Any] = {"data": data}
    if errors:
        found["errors"] = [formatted(error) for error in errors]
    return _json(found)


def _json(found: dict[str, Any]) -> bytes:
    """UTF-8, which knows no halves of characters; what a message quotes may hold some."""
    try:
        return orjson.dumps(found)
    except TypeError:
        return json.dumps(found).encode()
