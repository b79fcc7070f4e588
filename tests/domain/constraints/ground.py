"""What statements of all subjects are made of, in the world of `test_constraints`."""

CLOSED = "(SELECT min(id) FROM project)"
OTHER = "(SELECT max(id) FROM project)"


def impossible(table: str, *days: str) -> dict[str, str]:
    """Store the last day that Python knows, which the driver sends as infinity."""
    return {f"{table}_{day}_is_possible": f"UPDATE {table} SET {day} = 'infinity'" for day in days}


OWED = (
    "INSERT INTO delivery (person, kind, lane, key, created_at, next_try_at)"
    " SELECT 1, 'digest', 'bulk', key, now(), now() FROM unnest('{a, b}'::text[]) key"
    " RETURNING id, key"
)
"""Two mails that are due."""
