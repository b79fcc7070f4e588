"""What Piccolo's constraints cannot say of risks: a composite key."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from tracker.domain.database import DB

ID = "2026-11-25T22:17:30:000000"
VERSION = "1.38.0"
DESCRIPTION = "Risks belong to partners"

STATEMENTS = (
    "ALTER TABLE risk ADD CONSTRAINT risk_is_owned_by_a_partner"
    " FOREIGN KEY (project, city) REFERENCES participation (project, city)",
)


async def forwards() -> MigrationManager:
    """The rules above, in order."""
    manager = MigrationManager(
        migration_id=ID, app_name="tracker", description=DESCRIPTION, wrap_in_transaction=True
    )

    async def run() -> None:
        for statement in STATEMENTS:
            await DB.run_ddl(statement)

    manager.add_raw(run)
    return manager
