"""What waits to be judged or revised is found by itself among millions of rows that are settled."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from tracker.domain.database import DB

ID = "2026-11-26T08:32:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "What waits is indexed"

STATEMENTS = (
    "CREATE INDEX milestone_submitted ON milestone (project) INCLUDE (city)"
    " WHERE state = 'submitted'",
    "CREATE INDEX value_returned ON value (city) WHERE state = 'returned'",
)


async def forwards() -> MigrationManager:
    """The indexes."""
    manager = MigrationManager(
        migration_id=ID, app_name="tracker", description=DESCRIPTION, wrap_in_transaction=True
    )

    async def run() -> None:
        for statement in STATEMENTS:
            await DB.run_ddl(statement)

    manager.add_raw(run)
    return manager
