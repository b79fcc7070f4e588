"""What was read of notifications is kept; notifications themselves follow from the trail."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from tracker.domain.database import DB

ID = "2026-11-25T17:13:43:000000"
VERSION = "1.38.0"
DESCRIPTION = "What was read moves to its own table"


async def forwards() -> MigrationManager:
    """Copy, then drop: Piccolo runs statements before it drops tables."""
    manager = MigrationManager(
        migration_id=ID, app_name="tracker", description=DESCRIPTION, wrap_in_transaction=True
    )

    async def run() -> None:
        await DB.run_ddl(
            "INSERT INTO notification_read (person, event, read_at)"
            " SELECT person, event, read_at FROM notification WHERE read_at IS NOT NULL"
        )

    manager.add_raw(run)
    manager.drop_table(class_name="Notification", tablename="notification", schema=None)
    return manager
