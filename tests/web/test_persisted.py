"""Documents asked for by their hash."""

from collections.abc import Iterator
from copy import copy
from dataclasses import replace
from hashlib import sha256
from typing import Any

import httpx
import pytest
from litestar import Litestar
from redis.asyncio import Redis

from tests.cast import Cast
from tests.web.browser import HOST, client
from tracker.settings import Settings
from tracker.web.endpoint import Door

CITIES = "{ cities(first: 1) { nodes { name } } }"
HASH = sha256(CITIES.encode()).hexdigest()
ANSWER = {"data": {"cities": {"nodes": [{"name": "Lima"}]}}}


def apollo(query: str | None = None, digest: str = HASH) -> dict[str, Any]:
    """A request as Apollo's clients send it."""
    extensions = {"persistedQuery": {"version": 1, "sha256Hash": digest}}
    return {"extensions": extensions} | ({"query": query} if query else {})


@pytest.fixture
def processes(settings: Settings, app: Litestar, cast: Cast, redis: Redis) -> list[Any]:
    """Clients of two processes of one installation, and of one without Redis."""
    ours = replace(settings, base_url=HOST)
    return [_process(app, each) for each in (ours, ours, replace(ours, redis_url=None))]


def _process(app: Litestar, settings: Settings) -> httpx.AsyncClient:
    """A client of a process that was started just now. All that a process knows of documents is
    behind the door of its API; the pages are those of the run."""
    started = copy(app)
    started.door = Door(settings)  # type: ignore[attr-defined]
    return client(started, {})


async def post(program: httpx.AsyncClient, asked: dict[str, Any]) -> Any:
    """The answer as JSON."""
    return (await program.post("/graphql", json=asked)).json()


async def test_document_is_registered_and_known_to_all(processes: list[Any]) -> None:
    one, other, alone = processes
    unknown = await post(one, apollo())
    assert unknown["errors"] == [
        {
            "message": "PersistedQueryNotFound",
            "extensions": {"code": "PERSISTED_QUERY_NOT_FOUND"},
        }
    ]
    assert await post(one, apollo(CITIES)) == ANSWER
    for program in (one, other):
        assert await post(program, apollo()) == ANSWER
        assert await post(program, {"documentId": f"sha256:{HASH}"}) == ANSWER
        got = await program.get("/graphql", params={"documentId": f"sha256:{HASH}"})
        assert got.json() == ANSWER
    assert "errors" in await post(alone, apollo())


async def test_process_without_redis_remembers_by_itself(processes: list[Any]) -> None:
    alone = processes[2]
    assert await post(alone, apollo(CITIES)) == ANSWER
    assert await post(alone, apollo()) == ANSWER


async def test_unknown_document_id_is_told_in_the_code_of_its_media_type(
    app: Litestar, cast: Cast, redis: Redis
) -> None:
    program = client(app, {})
    asked = {"documentId": f"sha256:{'0' * 64}"}
    plain = await program.post("/graphql", json=asked)
    full = await program.post(
        "/graphql", json=asked, headers={"Accept": "application/graphql-response+json"}
    )
    assert (plain.status_code, full.status_code) == (200, 400)
    assert plain.json()["errors"][0]["extensions"] == {"code": "PERSISTED_DOCUMENT_NOT_FOUND"}


@pytest.mark.parametrize(
    "asked",
    [
        apollo("{ __typename }"),
        {"documentId": HASH},
        {"documentId": "md5:1"},
        {"documentId": f"sha256:{HASH.upper()}"},
        {"extensions": {"persistedQuery": {"version": 2, "sha256Hash": HASH}}},
        {"extensions": {"persistedQuery": "no"}},
        {"extensions": {}},
    ],
)
async def test_hash_that_cannot_be_used(
    app: Litestar, cast: Cast, redis: Redis, asked: dict[str, Any]
) -> None:
    answer = await client(app, {}).post("/graphql", json=asked)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["message"].endswith(".")


async def test_bad_document_is_not_kept(processes: list[Any], redis: Redis) -> None:
    bad = "{ nope }"
    digest = sha256(bad.encode()).hexdigest()
    assert "errors" in await post(processes[0], apollo(bad, digest))
    assert (await post(processes[0], apollo(None, digest)))["errors"][0]["message"].startswith(
        "PersistedQueryNotFound"
    )
    assert await redis.keys("graphql:*") == []


async def test_forged_entry_in_redis_answers_nothing(processes: list[Any], redis: Redis) -> None:
    await redis.set(f"graphql:document:{HASH}", "{ viewer { email } }")
    assert "errors" in await post(processes[0], apollo())


@pytest.fixture
def few(settings: Settings, app: Litestar, cast: Cast, redis: Redis) -> Iterator[Any]:
    """A client of an installation that keeps two documents."""
    return iter([_process(app, replace(settings, base_url=HOST, graphql_documents=2))])


async def test_documents_are_bounded_here_and_in_redis(few: Iterator[Any], redis: Redis) -> None:
    [program] = few
    texts = [f"{{ cities(first: {n}) {{ totalCount }} }}" for n in range(1, 5)]
    for text in texts:
        await post(program, apollo(text, sha256(text.encode()).hexdigest()))
    assert len(await redis.keys("graphql:document:*")) == 2
    known = [
        "data" in await post(program, apollo(None, sha256(text.encode()).hexdigest()))
        for text in texts
    ]
    assert known == [False, False, True, True]
