"""A project's follow-up is found at once, however many periods there are."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from tracker.domain.database import DB

ID = "2026-11-26T00:34:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Follow-ups are found"


async def forwards() -> MigrationManager:
    """The index."""
    manager = MigrationManager(
        migration_id=ID, app_name="tracker", description=DESCRIPTION, wrap_in_transaction=True
    )

    async def run() -> None:
        await DB.run_ddl("CREATE INDEX period_follow_up ON period (project) WHERE follow_up")

    manager.add_raw(run)
    return manager
