"""What was accepted or waived before a project was taken up again counts no more: those of projects
that were since then included. A requirement is waived once among what counts."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from tracker.domain.database import DB

ID = "2026-11-26T07:59:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Decisions that count"

STATEMENTS = (
    "UPDATE decision d SET lapsed_at = b.at FROM ("
    " SELECT w.id, min(a.at) AS at FROM decision w JOIN audit_event a ON a.subject_type = 'project'"
    " AND a.subject_id = w.project AND a.at >= w.decided_at"
    " AND (a.verb = 'return' OR a.verb = 'resume' AND a.before ->> 'state' = 'finalising')"
    " WHERE w.state = 'given' AND w.kind IN ('accept', 'waive') GROUP BY w.id) b"
    " WHERE b.id = d.id",
    "DROP INDEX decision_waives_once",
    "CREATE UNIQUE INDEX decision_waives_once ON decision (project, requirement)"
    " WHERE kind = 'waive' AND state IN ('pending', 'given') AND lapsed_at IS NULL",
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
