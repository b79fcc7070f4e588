"""Reminders of milestones carry links that open something: they are sealed, as other such mails."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from tracker.domain.database import DB

STATEMENTS = (
    # Frozen without a link, and perhaps accepted by a relay: they go out to the byte as they are,
    # among the reminders that carry none.
    "UPDATE delivery SET kind = 'reminder', key = left(key, 100) || ':unsealed'"
    " WHERE kind = 'milestone' AND state IN ('ready', 'sending', 'in_doubt')",
    # Not written yet, or ended, when what is sealed is not kept.
    "UPDATE delivery SET sealed = true, message = NULL WHERE kind = 'milestone'",
    "ALTER TABLE delivery DROP CONSTRAINT delivery_seals_secrets",
    "ALTER TABLE delivery ADD CONSTRAINT delivery_seals_secrets"
    " CHECK (sealed OR kind NOT IN ('sign_in', 'invitation', 'milestone'))",
)

ID = "2026-11-26T12:58:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "reminders of milestones are sealed"


async def forwards() -> MigrationManager:
    """The statements above in order."""
    manager = MigrationManager(
        migration_id=ID, app_name="tracker", description=DESCRIPTION, wrap_in_transaction=True
    )

    async def run() -> None:
        for statement in STATEMENTS:
            await DB.run_ddl(statement)

    manager.add_raw(run)
    return manager
