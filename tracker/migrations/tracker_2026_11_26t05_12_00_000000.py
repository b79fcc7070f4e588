"""The narrow rows of projects in one state are found with all that visibility asks of them, so that
figures over them read an index and no row."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from tracker.domain.database import DB

ID = "2026-11-26T05:12:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Narrow rows by state"


async def forwards() -> MigrationManager:
    """The index."""
    manager = MigrationManager(
        migration_id=ID, app_name="tracker", description=DESCRIPTION, wrap_in_transaction=True
    )

    async def run() -> None:
        await DB.run_ddl(
            "CREATE INDEX portfolio_row_state ON portfolio_row (state)"
            " INCLUDE (id, agreed_at, submitted_at, confidential, lead_city)"
        )

    manager.add_raw(run)
    return manager
