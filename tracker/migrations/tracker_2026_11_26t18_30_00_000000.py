"""Of a value that is missing nobody knows how much it achieved, also where the target is zero."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from tracker.domain.database import DB

ID = "2026-11-26T18:30:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "No achievement without a value"

# What is kept was worked out of rows that have a value, so it stays right.
STATEMENTS = r"""
CREATE OR REPLACE FUNCTION achieved(
    baseline numeric, target numeric, value numeric, ascending boolean)
    RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN baseline IS NULL OR target IS NULL OR value IS NULL THEN NULL
        WHEN target <> baseline THEN (value - baseline) / (target - baseline)
        WHEN (value >= target) = ascending OR value = target THEN 1
        WHEN target = 0 THEN 0
        ELSE 1 - abs(value - target) / abs(target) END
$$;
"""


async def forwards() -> MigrationManager:
    """The function; what is kept stays as it is."""
    manager = MigrationManager(
        migration_id=ID, app_name="tracker", description=DESCRIPTION, wrap_in_transaction=True
    )

    async def run() -> None:
        for statement in STATEMENTS.strip().split("\n\n"):
            await DB.run_ddl(statement)

    manager.add_raw(run)
    return manager
