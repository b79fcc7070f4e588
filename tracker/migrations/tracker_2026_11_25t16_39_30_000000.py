"""That nobody is asked twice for the same role at a time, also by two who ask at once."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from tracker.domain.database import DB

ID = "2026-11-25T16:39:30:000000"
VERSION = "1.38.0"
DESCRIPTION = "An invitation is open once"


async def forwards() -> MigrationManager:
    """The index, which Piccolo cannot express."""
    manager = MigrationManager(
        migration_id=ID, app_name="tracker", description=DESCRIPTION, wrap_in_transaction=True
    )

    async def run() -> None:
        await DB.run_ddl(
            "CREATE UNIQUE INDEX invitation_is_open_once ON invitation (email, role, city)"
            " NULLS NOT DISTINCT WHERE accepted_at IS NULL AND withdrawn_at IS NULL"
        )

    manager.add_raw(run)
    return manager
