from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.constraints import Check

ID = "2026-11-26T11:15:14:891147"
VERSION = "1.38.0"
DESCRIPTION = "done is handed in"


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="tracker", description=DESCRIPTION)

    manager.add_constraint(
        table_class_name="Milestone",
        tablename="milestone",
        constraint_name="milestone_done_is_handed_in",
        constraint_class=Check,
        params={"condition": "completed_on IS NULL OR state IN ('submitted', 'accepted')"},
        schema=None,
    )

    return manager
