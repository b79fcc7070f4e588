"""Every mutation, done and refused, answered by the compiled way and by graphql-core: byte by byte
the same. And every one again, as somebody who looked too early, and as somebody who repeats it."""

from collections.abc import Iterator
from itertools import count
from typing import Any

import orjson
import pytest
from asyncpg import Connection
from graphql import ExecutionResult
from graphql import execute as graphql_execute

from tests.cast import Cast
from tests.graphql.both_ways import parsed
from tests.graphql.conftest import Api
from tests.graphql.life import life
from tests.graphql.play import (
    Play,
    Way,
    begin_afresh,
    document,
    everything,
    next_numbers,
    plain,
)
from tracker.domain.actor import Actor
from tracker.domain.audit import AuditEvent
from tracker.graphql import graphql_schema, respond
from tracker.graphql.planner.run import Planner
from tracker.graphql.reading import Context
from tracker.graphql.registry import registry
from tracker.graphql.schema import PERFORMABLE

pytestmark = pytest.mark.long


async def compiled(document: str, variables: dict[str, Any], actor: Actor) -> bytes:
    """As the door answers it."""
    return (await respond(document, variables, actor=actor, limits=None)).body


async def by_graphql_core(document: str, variables: dict[str, Any], actor: Actor) -> bytes:
    """As it is answered where the compiled way does not understand a document."""
    planner = Planner(graphql_schema, registry, 10)
    result = graphql_execute(
        graphql_schema,
        parsed(document),
        context_value=Context(actor, planner, None),
        variable_values=variables,
    )
    if not isinstance(result, ExecutionResult):
        result = await result
    found: dict[str, Any] = {"data": result.data}
    if result.errors:
        found["errors"] = [error.formatted for error in result.errors]
    return orjson.dumps(found)


@pytest.mark.parametrize("selection", [pytest.param(plain, marks=pytest.mark.whole), everything])
async def test_every_mutation_is_answered_the_same_both_ways(
    api: Api, cast: Cast, cleaner: Connection, selection: Any
) -> None:
    heard, numbers = [], await next_numbers(cleaner)
    for way in (compiled, by_graphql_core):
        await begin_afresh(cleaner, numbers)
        play = Play(cast, way, selection)
        await life(play)
        heard.append(play.answers)
    for ours, theirs in zip(*heard, strict=True):
        assert ours == theirs
    assert {name for name, _ in heard[0]} == set(PERFORMABLE)


def repeating() -> Way:
    """Asks everything twice under a key of its own: the second time is answered as the first, but
    for what is shown once, and does nothing."""
    keys: Iterator[int] = count()

    async def repeated(text: str, variables: dict[str, Any], actor: Actor) -> bytes:
        key = f"key {next(keys)}"
        first, events, again = [
            (await respond(text, variables, actor=actor, limits=None, idempotency_key=key)).body
            if each
            else await AuditEvent.count()
            for each in (True, False, True)
        ]
        assert await AuditEvent.count() == events
        secret, unseen = orjson.loads(first), orjson.loads(again)
        for payload in secret["data"].values():
            if "secret" in payload:
                payload["secret"] = None
        assert secret == unseen
        assert isinstance(first, bytes)
        return first

    return repeated


@pytest.mark.whole
async def test_every_mutation_repeated_under_its_key_gets_the_first_answer(
    api: Api, cast: Cast
) -> None:
    await life(Play(cast, repeating(), everything))


class Late(Play):
    """Asks everything that takes a version for a version that never was, before asking for it
    rightly, and again under the same key. `conflicts` holds the answers to what was then done."""

    def __init__(self, cast: Cast) -> None:
        super().__init__(cast, repeating(), plain)
        self.conflicts: dict[str, tuple[str, dict[str, Any]]] = {}

    async def ask(self, name: str, who: str, **arguments: Any) -> str:
        """See the class."""
        if not takes_version(name):
            return await super().ask(name, who, **arguments)
        stale = {**arguments, "version": 77}
        answer = await compiled(document(name, stale, plain), stale, self.cast[who])
        done = await super().ask(name, who, **arguments)
        if b'"problems":[]' in self.answers[-1][1]:
            self.conflicts[name] = who, orjson.loads(answer)["data"][name]
        return done


async def test_conflict_shows_the_row_as_it_is_now_and_a_repetition_the_first_answer(
    api: Api, cast: Cast
) -> None:
    play = Late(cast)
    await life(play)
    assert set(play.conflicts) == {name for name in PERFORMABLE if takes_version(name)}
    for name, (_, payload) in play.conflicts.items():
        [row] = [v for k, v in payload.items() if k not in ("__typename", "problems")]
        [problem] = payload["problems"]
        assert (problem["code"], problem["field"]) == ("CONFLICT", ["version"]), name
        if name not in UNNAMED:
            assert problem["currentVersion"] == row["version"], name
        assert problem["changedFields"] == []


UNNAMED = {"evaluationDraft", "evaluationSubmit"}
"""Mutations that find their row by project and city: their payload shows none of what is there."""


def takes_version(name: str) -> bool:
    """Whether the mutation can be told which version its client looked at."""
    assert graphql_schema.mutation_type
    return "version" in graphql_schema.mutation_type.fields[name].args
