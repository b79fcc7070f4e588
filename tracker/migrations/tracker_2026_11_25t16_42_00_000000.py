"""The past is kept by its owner: the application's role, which may read it only, causes it to be
kept by what it writes elsewhere."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from tracker.domain.database import DB

ID = "2026-11-25T16:42:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "The past is kept by its owner"

# pg_temp last: nobody's temporary table stands in for one of ours.
STATEMENT = """
DO $$
DECLARE
    kept regprocedure;
BEGIN
    FOREACH kept IN ARRAY ARRAY['begin_project_past()', 'begin_milestone_past()',
                                'keep_project_past()', 'keep_milestone_past()']::regprocedure[]
    LOOP
        EXECUTE format('ALTER FUNCTION %s SECURITY DEFINER SET search_path = %I, pg_temp',
                       kept, current_schema());
    END LOOP;
END $$
"""


async def forwards() -> MigrationManager:
    """The statement above."""
    manager = MigrationManager(
        migration_id=ID, app_name="tracker", description=DESCRIPTION, wrap_in_transaction=True
    )

    async def run() -> None:
        await DB.run_ddl(STATEMENT)

    manager.add_raw(run)
    return manager
