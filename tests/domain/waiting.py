"""Until somebody waits for somebody: what tests of two transactions at once go by."""

import asyncio

import asyncpg

BLOCKED = """
SELECT count(*) FROM pg_stat_activity WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid))
"""


async def blocked(connection: asyncpg.Connection) -> None:
    """Until somebody waits for a lock that the connection holds."""
    for _ in range(500):
        if await connection.fetchval(BLOCKED):
            return
        await asyncio.sleep(0.01)
    raise AssertionError("nobody waits")
