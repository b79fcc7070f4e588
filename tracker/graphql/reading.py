"""Running plans: statements whose single value is JSON text, handed through as bytes."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg
import orjson
from graphql import FieldNode, GraphQLResolveInfo

from tracker.domain.actor import Actor
from tracker.domain.connections import Connection, Pool
from tracker.domain.people.identities import RightsChanged
from tracker.graphql.answers import Answers, key_of
from tracker.graphql.guards import LAPSED, Claim, guarded, guarded_and_kept
from tracker.graphql.planner.batched import batched
from tracker.graphql.planner.codes import ErrorCode
from tracker.graphql.planner.compile import NUMBERS, Plan
from tracker.graphql.planner.faults import Fault, of_database
from tracker.graphql.planner.limits import Limits
from tracker.graphql.planner.run import Planner, coerced_of
from tracker.graphql.planner.values import Variables
from tracker.settings import Settings

SECONDS_MOST = 5
"""How long a read may take. The product's own take milliseconds."""

READ_ONLY = {
    "default_transaction_read_only": "on",
    "timezone": "UTC",
    "datestyle": "ISO",
    "jit": "off",  # compiling a plan takes longer than any read may
    "statement_timeout": str(SECONDS_MOST * 1000),
    "application_name": "tracker reads",
}

MANY_MOST = 2
"""Connections for statements of many askers. Each makes plans of its own, and more would only take
processors from each other."""

FOR_MANY = READ_ONLY | {
    # Who asks is a row of its parameter, of which a plan of its own would know nothing more, and
    # making one takes as long as ten answers.
    "plan_cache_mode": "force_generic_plan",
    # As long as twenty may take by themselves; where that is over, each is asked by itself.
    "statement_timeout": str(SECONDS_MOST * 1000 * 20),
    "application_name": "tracker reads for many",
}

Listener = Callable[[str], None]


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
    language: str = "en"
    """In which refusals are worded, BCP 47."""


class Reads:
    """The read-only connections and the answers kept of them. `listeners` are told each
    statement, as tests and the debug log want to know."""

    def __init__(self) -> None:
        self.pool: Pool | None = None
        self.answers = Answers(0)
        self.many: Pool | None = None
        self.listeners: list[Listener] = []

    async def run(
        self,
        plan: Plan,
        variables: Variables,
        actor: Actor,
        seconds: float | None = None,
        *,
        keep: bool = True,
    ) -> bytes:
        """The statement's single value: JSON text; b"" for null. With `keep`, the answer may be
        one that was kept, and is kept in turn.

        Raises Fault for values that PostgreSQL cannot take or compute with, and after `seconds`;
        RightsChanged for an actor whose claim no longer holds.
        """
        values = [bind(variables, actor) for bind in plan.binds]
        for listener in self.listeners:
            listener(plan.sql)
        pool = self.pool
        if pool is None:
            raise RuntimeError("reads need `reading(settings)` around them")
        claim = None if actor.rights is None else (actor.person_id, actor.rights)
        try:
            if keep and self.answers.bytes_most:
                found = await self._kept(pool, plan, values, claim, seconds)
            else:
                [found] = await pool.fetch(*guarded(plan, values, claim), seconds)
        except (asyncpg.PostgresError, TimeoutError) as error:
            fault = of_database(error)
            if fault is None:
                raise
            raise fault from error
        if found == LAPSED:
            raise RightsChanged
        body: bytes = found or b""
        return body

    async def run_many(
        self, plan: Plan, asked: Sequence[tuple[Variables, Actor]]
    ) -> list[tuple[bytes, list[int]]]:
        """What `run` gives, for many askers in one statement, each answer with the places of those
        whom it is for: it is the same for all for whom the statement has the same values. Of actors
        without a claim. Whatever fails, fails for all: raises what PostgreSQL says."""
        places: dict[bytes, list[int]] = {}
        rows = [[bind(variables, actor) for bind in plan.binds] for variables, actor in asked]
        for place, row in enumerate(rows):
            places.setdefault(orjson.dumps(row, default=str), []).append(place)
        alike = [*places.values()]
        text, values = batched(plan, [rows[first] for first, *_ in alike])
        for listener in self.listeners:
            listener(text)
        if self.many is None:
            raise RuntimeError("reads need `reading(settings)` around them")
        found = await self.many.read(lambda connection: connection.rows(text, values))
        return [(body or b"", alike[number]) for number, body in found]

    async def _kept(
        self,
        pool: Pool,
        plan: Plan,
        values: list[Any],
        claim: Claim | None,
        seconds: float | None,
    ) -> Any:
        """The answer that is kept, when the snapshot is still the same; else a fresh one."""

        async def read(connection: Connection) -> Any:
            if not connection.exact:
                [body] = await connection.fetch(*guarded(plan, values, claim), seconds)
                return body
            key = (connection.server, pool.losses, claim, *key_of(plan.sql, values))
            kept = self.answers.get(key)
            text, bound = guarded_and_kept(plan, values, claim, kept.snapshot if kept else "")
            snapshot, body = await connection.fetch(text, bound, seconds)
            if body is None and kept is not None:
                self.answers.hits += 1
                return kept.body
            if body and body != LAPSED:
                self.answers.misses += 1
                self.answers.keep(key, snapshot.decode(), body)
            return body

        return await pool.read(read)


READS = Reads()


@asynccontextmanager
async def reading(settings: Settings) -> AsyncIterator[None]:
    """Hold the read-only connections for the duration of a process or command. Inside another
    one, which may be of another database, these count until they end."""
    before = READS.pool, READS.many, READS.answers
    pool = Pool(settings.database_url, settings.database_pool_size, READ_ONLY, text=True)
    many = Pool(settings.database_url, MANY_MOST, FOR_MANY, text=True)
    READS.pool, READS.many, READS.answers = (
        pool,
        many,
        Answers(settings.answer_cache_mb * 1_000_000),
    )
    try:
        yield
    finally:
        READS.pool, READS.many, READS.answers = before
        await many.close()
        await pool.close()


async def fetch(info: GraphQLResolveInfo[Any], nodes: list[FieldNode]) -> Any:
    """One planned root field of an operation that graphql-core executes. Beside what `nodes`
    found stands an error for each that is no id."""
    context: Context = info.context
    variables = coerced_of(info)
    fields = info.operation.selection_set.selections
    listed = info.field_name == "nodes"
    alone = len(fields) == 1 and isinstance(fields[0], FieldNode)
    if (
        context.failure
        and alone
        and not (listed and context.failure.code == ErrorCode.BAD_ARGUMENT)
    ):
        raise context.failure
    compiler = context.planner.compiler(info.fragments, variables)
    found = await _run(compiler.root_field(nodes), variables, context, _share(info))
    if listed:
        for index, fault in compiler.no_ids(nodes).items():
            found[index] = fault
    return found


async def fetch_rows(info: GraphQLResolveInfo[Any], type_name: str, numbers: list[int]) -> Any:
    """Rows of a mutation's payload, through visibility as it is now."""
    if not numbers:
        return []
    context: Context = info.context
    declaration = context.planner.registry.declarations[type_name]
    variables = coerced_of(info)
    compiler = context.planner.compiler(info.fragments, variables)
    compiler.completed = True
    plan = compiler.rows(declaration, list(info.field_nodes))
    return await _run(plan, {**variables, NUMBERS: numbers}, context)


async def _run(
    plan: Plan, variables: Variables, context: Context, seconds: float | None = None
) -> Any:
    if context.limits:
        context.planner.check_size(plan, variables, context.limits)
    return orjson.loads(await READS.run(plan, variables, context.actor, seconds, keep=False))


def _share(info: GraphQLResolveInfo[Any]) -> float | None:
    """Seconds for one field of an operation that took too long in one statement: all of them
    together get no more than it had."""
    failure: Fault | None = info.context.failure
    if failure is None or failure.code != ErrorCode.TIMEOUT:
        return None
    return SECONDS_MOST / max(1, len(info.operation.selection_set.selections))
