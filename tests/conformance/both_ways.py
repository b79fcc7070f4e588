"""Many documents, drawn anew in each run, over the demonstration's portfolio: every way to answer
them must agree, for every role."""

import asyncio
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.conformance.rows import Row
from tests.conformance.server import Server
from tests.graphql import both_ways, portfolio
from tests.graphql.drawing import Drawn, declared_part, documents
from tests.graphql.reference import Columns, Reference
from tracker.domain import clock
from tracker.domain.actor import PUBLIC, SYSTEM, Actor
from tracker.domain.database import connected
from tracker.domain.people import queries
from tracker.embedded import servers
from tracker.graphql import graphql_schema, serving
from tracker.graphql.registry import registry
from tracker.settings import Settings

DOCUMENTS = 1000
"""How many are drawn; each is asked by one person of the cast."""

ROLES = ("coordinator", "approver", "mayor", "cio", "officer", "administrator", "auditor")


@dataclass
class Tally:
    """What came of the documents."""

    counts: Counter[str] = field(default_factory=Counter)
    found: list[str] = field(default_factory=list)

    def rows(self) -> list[Row]:
        """The figures and their bars."""
        return [
            Row("both_ways.documents", self.counts["documents"], at_least=DOCUMENTS),
            Row("both_ways.with_rows", self.counts["with_rows"], at_least=DOCUMENTS / 4),
            Row("both_ways.with_errors", self.counts["with_errors"]),
            Row("both_ways.differences", len(self.found), at_most=0),
        ]


WHOLE = ("tests/graphql/test_both_ways.py", "tests/graphql/test_mutations_both_ways.py")
"""Tests of which `make test` takes a slice."""


async def check(server: Server) -> list[Row]:
    """The tests whole, and then the ways compared in this process, on the database of the running
    demonstration."""
    tests = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "pytest", "-q", "--whole", *WHOLE), cwd=Path(__file__).parents[2]
    )
    whole = Row("both_ways.tests_exit_code", await tests.wait(), at_most=0)
    return [whole, *await _drawn(server)]


async def _drawn(server: Server) -> list[Row]:
    given_ = Settings.from_environment({"DATA_DIR": str(server.data_dir), "LOG_LEVEL": "error"})
    with servers(given_) as started:
        async with connected(started), serving(started):
            return await _compared(started)


async def _compared(started: Settings) -> list[Row]:
    tally = Tally()
    schema = declared_part(graphql_schema, registry)
    connection = await asyncpg.connect(started.database_url, server_settings={"timezone": "UTC"})
    now = clock.now()
    with clock.at(now):
        people = await _people(connection)
        drawn = documents(schema, registry, await portfolio.seeds(registry, [SYSTEM, *people]))
        columns = Columns(connection)
        references = [Reference(schema, registry, columns, actor) for actor in people]
        loop = asyncio.get_running_loop()
        ask = _ask(drawn, references, tally, loop)
        await asyncio.to_thread(ask)
    await connection.close()
    for each in tally.found:
        print(each)
    return tally.rows()


def _ask(
    drawn: st.SearchStrategy[Drawn],
    references: list[Reference],
    tally: Tally,
    loop: asyncio.AbstractEventLoop,
) -> Callable[[], None]:
    """A function that draws every document, in a thread, and compares its answers in the loop.
    It keeps what differs and goes on, so that one run tells everything."""

    @settings(
        max_examples=DOCUMENTS, database=None, deadline=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(drawn, st.sampled_from(references))
    def ask(document: Drawn, reference: Reference) -> None:
        comparison = both_ways.compare(document, reference.actor, reference)
        outcome = asyncio.run_coroutine_threadsafe(comparison, loop).result()
        tally.counts["documents"] += 1
        tally.counts["with_rows"] += outcome.has_rows
        tally.counts["with_errors"] += outcome.has_errors
        if outcome.differences:
            who = reference.actor.name or "the public"
            tally.found.append("\n".join([f"as {who}", repr(document), *outcome.differences]))

    run: Callable[[], None] = ask  # hypothesis gives the arguments
    return run


async def _people(connection: asyncpg.Connection) -> list[Actor]:
    """The public, and somebody in every role."""
    found = [PUBLIC]
    for role in ROLES:
        address = await connection.fetchval(
            "SELECT p.email FROM person p JOIN membership m ON m.person = p.id"
            " WHERE m.role = $1 AND m.ended_at IS NULL ORDER BY p.id LIMIT 1",
            role,
        )
        actor = await queries.actor_by_email(address) if address else None
        if actor:
            found.append(actor)
    return found
