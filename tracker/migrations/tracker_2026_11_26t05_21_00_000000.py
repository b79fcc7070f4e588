"""Decisions have further kinds, and the recipients of projects that are being finalised are asked to
accept what was brought about, as those of later ones are."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from tracker.domain.database import DB

ID = "2026-11-26T05:21:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Kinds of decisions"

STATEMENTS = (
    "ALTER TABLE decision DROP CONSTRAINT decision_kind_is_known",
    "ALTER TABLE decision ADD CONSTRAINT decision_kind_is_known CHECK (kind IN"
    " ('endorse', 'sign', 'accept', 'escalate', 'waive', 'conceal', 'disclose'))",
    "DROP INDEX decision_is_pending_once",
    "CREATE UNIQUE INDEX decision_is_pending_once ON decision (project, city, kind)"
    " WHERE state = 'pending' AND kind NOT IN ('escalate', 'waive')",
    "CREATE UNIQUE INDEX decision_waives_once ON decision (project, requirement)"
    " WHERE kind = 'waive' AND state IN ('pending', 'given')",
    "INSERT INTO decision (project, city, kind, state, role, deadline_on, created_at, version)"
    " SELECT x.project, x.city, 'accept', 'pending', 'mayor', current_date + 21, now(), 1"
    " FROM participation x JOIN project p ON p.id = x.project"
    " WHERE p.state = 'finalising' AND x.side IN ('recipient', 'co_recipient')",
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
