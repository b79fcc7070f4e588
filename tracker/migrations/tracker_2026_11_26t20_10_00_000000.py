"""Mails in IMAP folders that went wrong are known by their UIDVALIDITY too. Those known by their UIDs
alone, each perhaps another by now, are forgotten: they are tried again."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from tracker.domain.database import DB

ID = "2026-11-26T20:10:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Stuck mails are known by their UIDVALIDITY"


async def forwards() -> MigrationManager:
    """Forget them."""
    manager = MigrationManager(
        migration_id=ID, app_name="tracker", description=DESCRIPTION, wrap_in_transaction=True
    )

    async def run() -> None:
        await DB.run_ddl("DELETE FROM stuck_mail WHERE box LIKE 'imap%'")

    manager.add_raw(run)
    return manager
