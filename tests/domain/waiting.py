"""Until somebody waits for somebody: what tests of two transactions at once go by."""

import asyncio

import asyncpg

BLOCKED = """
SELECT count(*) FROM pg_stat_activity WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid))
"""

WAITING = "SELECT count(*) FROM pg_stat_activity WHERE cardinality(pg_blocking_pids(pid)) > 0"


async def blocked(connection: asyncpg.Connection, by_many: int = 1) -> None:
    """Until somebody waits for a lock that the connection holds, or so many at once (one behind
    the other)."""
    for _ in range(3000):  # a busy machine
        if await connection.fetchval(BLOCKED if by_many == 1 else WAITING) >= by_many:
            return
        await asyncio.sleep(0.01)
    raise AssertionError("nobody waits")
