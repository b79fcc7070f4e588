from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from tracker.domain.database import DB

ID = "2026-11-26T12:41:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "open milestones are found by their due day, to remind of them"


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="tracker", description=DESCRIPTION)

    async def run():
        await DB.run_ddl(
            "CREATE INDEX milestone_open_by_due_day ON milestone (due_on)"
            " WHERE state IN ('planned', 'in_progress')"
        )

    manager.add_raw(run)
    return manager
