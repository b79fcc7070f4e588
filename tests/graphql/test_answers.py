"""Answers are kept until anything changes, and are never stale."""

import asyncio
import random
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from tests.cast import Cast
from tests.factories.projects import joint_project
from tests.graphql.conftest import Api
from tracker.domain import clock
from tracker.graphql import READS
from tracker.graphql.answers import Answers
from tracker.settings import Settings

TITLES = "{ milestones(first: 100) { nodes { id title } } }"
SECONDS = 1.5


async def test_answer_is_kept_until_something_changes(
    api: Api, cast: Cast, connection: asyncpg.Connection
) -> None:
    project = await joint_project(cast, "active")
    first = await api.data(TITLES, actor=cast.officer)
    hits = READS.answers.hits
    assert await api.data(TITLES, actor=cast.officer) == first
    assert READS.answers.hits == hits + 1
    await connection.execute("UPDATE milestone SET title = 'Another' WHERE id = $1",
                             project.milestone_id)  # fmt: skip
    assert await api.data(TITLES, actor=cast.officer) != first
    assert READS.answers.hits == hits + 1


async def test_answer_is_kept_for_one_viewer_and_minute(api: Api, cast: Cast) -> None:
    await joint_project(cast)
    mine = cast.nairobi_coordinator
    hits = READS.answers.hits
    seen = [
        await api.data("{ projects { totalCount } }", actor=actor)
        for actor in (mine, cast.public, cast.lima_mayor)
    ]
    assert seen[0] != seen[1]
    minute = datetime.now(UTC).replace(second=0, microsecond=0)
    for later, kept in ((0, 0), (59, 1), (60, 1)):
        with clock.at(minute + timedelta(days=1, seconds=later)):
            await api.data("{ projects { nodes { lateDays } } }", actor=mine)
        assert READS.answers.hits == hits + kept


async def test_nobody_reads_less_than_they_wrote(api: Api, cast: Cast, settings: Settings) -> None:
    """Writers commit and must see it at once, while another transaction stays open and others
    read without end."""
    project = await joint_project(cast, "active")
    rows = await asyncpg.connect(settings.database_url)
    ids = [row["id"] for row in await rows.fetch("SELECT id FROM milestone ORDER BY id")]
    await rows.close()
    assert project.milestone_id in ids
    until = asyncio.get_running_loop().time() + SECONDS
    checked: list[bool] = []
    hits = READS.answers.hits

    async def titles() -> dict[str, str]:
        found = await api.data(TITLES, actor=cast.officer)
        return {node["id"]: node["title"] for node in found["milestones"]["nodes"]}

    async def write(number: int) -> None:
        mine = ids[number]  # nobody else writes this one
        connection = await asyncpg.connect(settings.database_url)
        while asyncio.get_running_loop().time() < until:
            text = str(random.random())  # noqa: S311 - any text that is new
            async with connection.transaction():
                await connection.execute(
                    "UPDATE milestone SET title = $1 WHERE id = $2", text, mine
                )
                await asyncio.sleep(random.random() / 100)  # noqa: S311
            checked.append((await titles())[f"Milestone:{mine}"] == text)
            await asyncio.sleep(random.random() / 50)  # noqa: S311
        await connection.close()

    async def read() -> None:
        while asyncio.get_running_loop().time() < until:
            await titles()

    async def linger() -> None:
        connection = await asyncpg.connect(settings.database_url)
        while asyncio.get_running_loop().time() < until:
            async with connection.transaction():
                await connection.execute("SELECT pg_current_xact_id()")
                await asyncio.sleep(random.random() / 5)  # noqa: S311
        await connection.close()

    await asyncio.gather(linger(), read(), read(), *(write(n) for n in range(len(ids))))
    assert len(checked) > 10
    assert all(checked)
    assert READS.answers.hits > hits


@pytest.mark.parametrize("size", [100, 10_000])
def test_answers_take_no_more_than_their_share(size: int) -> None:
    answers = Answers(100_000)
    for number in range(1000):
        answers.keep(number, "1:1:", b"x" * size)
    assert 0 < answers.size <= 100_000
    assert answers.get(999)
    assert not answers.get(0)
    answers.keep("huge", "1:1:", b"x" * 50_000)
    assert not answers.get("huge")
