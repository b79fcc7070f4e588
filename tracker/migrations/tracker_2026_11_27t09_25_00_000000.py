"""The last turn of a reader's digest is found without looking at all of them."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from tracker.domain.database import DB

ID = "2026-11-27T09:25:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Turns of digests in order"

INDEX = (
    "CREATE INDEX digest_issue_in_order ON digest_issue (person, period_to) WHERE kind = 'periodic'"
)


async def forwards() -> MigrationManager:
    """The index."""
    manager = MigrationManager(
        migration_id=ID, app_name="tracker", description=DESCRIPTION, wrap_in_transaction=True
    )

    async def run() -> None:
        await DB.run_ddl(INDEX)

    manager.add_raw(run)
    return manager
