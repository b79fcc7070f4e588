"""What statements of all subjects are made of, in the world of `test_constraints`."""

CLOSED = "(SELECT min(id) FROM project)"
OTHER = "(SELECT max(id) FROM project)"


def impossible(table: str, *days: str) -> dict[str, str]:
    """Store the last day that Python knows, which the driver sends as infinity."""
    return {f"{table}_{day}_is_possible": f"UPDATE {table} SET {day} = 'infinity'" for day in days}
