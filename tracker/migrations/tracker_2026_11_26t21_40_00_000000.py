"""The bytes of mails are kept as they are: they go out once and are let go soon after, and packing them
took PostgreSQL as long as three steps of the ledger."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from tracker.domain.database import DB

ID = "2026-11-26T21:40:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Frozen mails are not packed"


async def forwards() -> MigrationManager:
    """A column's way of storage."""
    manager = MigrationManager(
        migration_id=ID, app_name="tracker", description=DESCRIPTION, wrap_in_transaction=True
    )

    async def run() -> None:
        await DB.run_ddl("ALTER TABLE delivery ALTER COLUMN message SET STORAGE EXTERNAL")

    manager.add_raw(run)
    return manager
