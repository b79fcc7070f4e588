"""Connections for single statements: readers that go away, and connections that do."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from tracker.domain.connections import Pool
from tracker.settings import Settings

PID = "SELECT pg_backend_pid()"
SLEEPING = "SELECT wait_event = 'PgSleep' FROM pg_stat_activity WHERE pid = $1"
PREPARED = "SELECT count(*) FROM pg_prepared_statements"


@pytest.fixture
async def pool(settings: Settings, database: None) -> AsyncIterator[Pool]:
    """A pool of one connection."""
    pool = Pool(settings.database_url, 1, {})
    yield pool
    await pool.close()


async def leave(pool: Pool, sql: str, seconds: float) -> None:
    """Read, and be cancelled meanwhile."""
    reading = asyncio.create_task(pool.fetch(sql, ()))
    await asyncio.sleep(seconds)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading


async def test_reader_that_leaves_costs_no_connection(pool: Pool) -> None:
    before = await pool.fetch(PID, ())
    for seconds in (0.0, 0.001, 0.05):
        await leave(pool, f"SELECT pg_sleep(4), {seconds}", seconds)
    async with asyncio.timeout(3):  # the server has stopped it, too
        assert await pool.fetch(PID, ()) == before
    assert pool.losses == 0


async def test_reader_that_leaves_early_leaves_no_statement_behind(pool: Pool) -> None:
    [before] = await pool.fetch(PREPARED, ())
    for number in range(10):
        await leave(pool, f"SELECT {number}", 0.0)
    [after] = await pool.fetch(PREPARED, ())
    assert after == before


async def test_read_out_of_time_costs_no_connection(pool: Pool) -> None:
    before = await pool.fetch(PID, ())
    with pytest.raises(TimeoutError):
        await pool.fetch("SELECT pg_sleep(4)", (), 0.05)
    assert await pool.fetch(PID, ()) == before
    assert pool.losses == 0


async def test_connection_that_ends_is_a_loss(pool: Pool, connection: asyncpg.Connection) -> None:
    [before] = await pool.fetch(PID, ())
    await _end(connection, before)
    [after] = await pool.fetch(PID, ())
    assert after != before
    assert pool.losses == 1


async def test_pool_closes_while_a_reader_leaves(settings: Settings, database: None) -> None:
    pool = Pool(settings.database_url, 8, {})
    await leave(pool, "SELECT pg_sleep(4)", 0.1)
    await pool.close()
    with pytest.raises(asyncpg.InterfaceError):
        await pool.fetch(PID, ())


async def test_write_is_never_tried_twice(
    settings: Settings, connection: asyncpg.Connection
) -> None:
    """A connection that ends in the middle may have written; one that ended before is not used."""
    pool = Pool(settings.database_url, 1, {})
    try:
        [[pid]] = await pool.rows(PID, ())
        writing = asyncio.create_task(pool.rows("SELECT pg_sleep(10)", ()))
        await _sleeping(connection, pid)
        await _end(connection, pid)
        with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
            await writing
        [[pid]] = await pool.rows(PID, ())
        await _end(connection, pid)
        [[other]] = await pool.rows(PID, ())
        assert other != pid
    finally:
        await pool.close()


async def _sleeping(connection: asyncpg.Connection, pid: int) -> None:
    """Until the backend is in the middle of its statement."""
    async with asyncio.timeout(10):
        while not await connection.fetchval(SLEEPING, pid):  # noqa: ASYNC110 - no event tells
            await asyncio.sleep(0.01)


async def _end(connection: asyncpg.Connection, pid: int) -> None:
    """The backend's process, until it is gone; what it said last is then there to be read."""
    assert await connection.fetchval("SELECT pg_terminate_backend($1, 10000)", pid)
    await asyncio.sleep(0.01)
