"""What is kept beside projects must be what the views tell, who say what it is."""

import asyncpg

KEYS = {
    "project_figures": ("project",),
    "portfolio_row": ("id",),
    "indicator_figures": ("indicator",),
    "project_roll_up": ("project", "roll_up"),
}
"""Kept table -> its key; its view is called `<table>_told`."""

DIFFERENT = """
SELECT * FROM {table}_told t FULL JOIN {table} k ON {same}
WHERE to_jsonb(t) IS DISTINCT FROM to_jsonb(k) - 'renewed'
"""


async def require_true(connection: asyncpg.Connection) -> None:
    """Fails unless every kept row is as it would be if worked out anew, and none is missing."""
    for table, key in KEYS.items():
        same = " AND ".join(f"k.{name} = t.{name}" for name in key)
        assert await connection.fetch(DIFFERENT.format(table=table, same=same)) == [], table
