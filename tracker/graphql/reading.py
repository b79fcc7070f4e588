"""Running plans: a pool of read-only connections that hand JSON text through as bytes."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg
import orjson
from graphql import FieldNode, GraphQLResolveInfo

from tracker.domain.actor import Actor
from tracker.graphql.planner.compile import NUMBERS, Plan
from tracker.graphql.planner.faults import TIMEOUT, Fault, of_database
from tracker.graphql.planner.run import Limits, Planner, coerced_of
from tracker.graphql.planner.values import Variables
from tracker.settings import Settings

Listener = Callable[[str], None]

SECONDS_MOST = 5
"""How long a read may take. The product's own take milliseconds."""


@dataclass(frozen=True)
class Context:
    """What an operation runs with: who asks, and within which limits."""

    actor: Actor
    planner: Planner
    limits: Limits | None
    read_only: bool = False
    failure: Fault | None = None
    """Why the one statement for the whole operation failed."""
    idempotency_key: str | None = None


class Reads:
    """The read-only connections. `listeners` are told each statement, as tests and the debug
    log want to know."""

    def __init__(self) -> None:
        self.pool: asyncpg.Pool | None = None
        self.listeners: list[Listener] = []

    async def run(
        self, plan: Plan, variables: Variables, actor: Actor, seconds: float | None = None
    ) -> bytes:
        """The statement's single value: JSON text.

        Raises Fault for values that PostgreSQL cannot take or compute with, and after `seconds`.
        """
        values = [bind(variables, actor) for bind in plan.binds]
        for listener in self.listeners:
            listener(plan.sql)
        if self.pool is None:
            raise RuntimeError("reads need `reading(settings)` around them")
        try:
            async with self.pool.acquire() as connection:
                found: bytes = await connection.fetchval(plan.sql, *values, timeout=seconds)
        except (asyncpg.PostgresError, TimeoutError) as error:
            fault = of_database(error)
            if fault is None:
                raise
            raise fault from error
        return found


READS = Reads()


@asynccontextmanager
async def reading(settings: Settings) -> AsyncIterator[None]:
    """Hold the read-only connections for the duration of a process or command. Inside another
    one, which may be of another database, these count until they end."""
    before = READS.pool
    READS.pool = pool = await asyncpg.create_pool(
        settings.database_url,
        min_size=1,
        max_size=settings.database_pool_size,
        # asyncpg keeps no prepared statement above 15 kB unless told to; plans can be longer.
        # What PostgreSQL keeps for each is many times its text, so few are kept.
        max_cacheable_statement_size=64 * 1024,
        statement_cache_size=60,
        server_settings={
            "default_transaction_read_only": "on",
            "timezone": "UTC",
            "datestyle": "ISO",
            "statement_timeout": str(SECONDS_MOST * 1000),
            "application_name": "tracker reads",
        },
        init=_text_as_bytes,
        reset=_nothing,
    )
    try:
        yield
    finally:
        READS.pool = before
        await pool.close()


async def fetch(info: GraphQLResolveInfo[Any], nodes: list[FieldNode]) -> Any:
    """One planned root field of an operation that graphql-core executes."""
    context: Context = info.context
    variables = coerced_of(info)
    fields = info.operation.selection_set.selections
    if context.failure and len(fields) == 1 and isinstance(fields[0], FieldNode):
        raise context.failure
    plan = context.planner.compiler(info.fragments, variables).root_field(nodes)
    return await _run(plan, variables, context, _share(info))


async def fetch_rows(info: GraphQLResolveInfo[Any], type_name: str, numbers: list[int]) -> Any:
    """Rows of a mutation's payload, through visibility as it is now."""
    if not numbers:
        return []
    context: Context = info.context
    declaration = context.planner.registry.declarations[type_name]
    variables = coerced_of(info)
    compiler = context.planner.compiler(info.fragments, variables)
    plan = compiler.rows(declaration, list(info.field_nodes))
    return await _run(plan, {**variables, NUMBERS: numbers}, context)


async def _run(
    plan: Plan, variables: Variables, context: Context, seconds: float | None = None
) -> Any:
    if context.limits:
        context.planner.check_size(plan, variables, context.limits)
    return orjson.loads(await READS.run(plan, variables, context.actor, seconds))


def _share(info: GraphQLResolveInfo[Any]) -> float | None:
    """Seconds for one field of an operation that took too long in one statement: all of them
    together get no more than it had."""
    failure: Fault | None = info.context.failure
    if failure is None or failure.code != TIMEOUT:
        return None
    return SECONDS_MOST / max(1, len(info.operation.selection_set.selections))


async def _text_as_bytes(connection: Any) -> None:
    """Result text goes to the socket as it comes; decoding it would be work for nothing."""
    await connection.set_type_codec(
        "text", schema="pg_catalog", encoder=str.encode, decoder=bytes, format="binary"
    )


async def _nothing(connection: Any) -> None:
    """Connections hold no state to reset between reads; asyncpg's own reset costs a round trip."""
