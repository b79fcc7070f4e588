"""Until somebody waits for somebody: what tests of two transactions at once go by."""

import asyncio

import asyncpg

# Of `pg_locks`, which always tells of now: within a transaction `pg_stat_activity` goes on telling
# what it told first, and knows nobody who connected since.
WAITING = """
SELECT count(DISTINCT pid) FROM pg_locks
WHERE NOT granted AND pid IN (
    SELECT held.pid FROM pg_locks held
    JOIN pg_database ON pg_database.oid = held.database WHERE datname = current_database()
)
"""

BLOCKED = f"{WAITING} AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"


async def blocked(connection: asyncpg.Connection, by_many: int = 1) -> None:
    """Until somebody waits for a lock that the connection holds, or so many at once (one behind
    the other)."""
    for _ in range(3000):  # a busy machine
        if await connection.fetchval(BLOCKED if by_many == 1 else WAITING) >= by_many:
            return
        await asyncio.sleep(0.01)
    raise AssertionError("nobody waits")
