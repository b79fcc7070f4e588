"""Which transaction wrote an audit event: what live events resume by.

Numbers are handed out before a commit, so a lower one can appear after a higher one. A snapshot
of PostgreSQL's tells exactly which transactions had ended by then; with the transaction beside
each event, "what is new since that snapshot" is a question with one answer.
"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from tracker.domain.database import DB

ID = "2026-11-25T13:21:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "The transaction of an audit event"

STATEMENTS = (
    "ALTER TABLE audit_event ADD COLUMN xact xid8 NOT NULL DEFAULT pg_current_xact_id()",
    "CREATE INDEX audit_event_xact ON audit_event (xact)",
)


async def forwards() -> MigrationManager:
    """The column and its index. No action names it: PostgreSQL fills it in."""
    manager = MigrationManager(
        migration_id=ID, app_name="tracker", description=DESCRIPTION, wrap_in_transaction=True
    )

    async def run() -> None:
        for statement in STATEMENTS:
            await DB.run_ddl(statement)

    manager.add_raw(run)
    return manager
