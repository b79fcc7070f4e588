"""Accounts at a city's own sign-on are personal too: their values in the trail can be erased."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from tracker.domain.database import DB

ID = "2026-11-25T17:58:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Personal values of accounts at a sign-on"

# What has happened already is sealed as it is; erasing it would break the chain.
STATEMENTS = (
    "DROP TRIGGER personal_values_are_set_aside ON audit_event",
    "CREATE TRIGGER personal_values_are_set_aside BEFORE INSERT ON audit_event FOR EACH ROW"
    " WHEN (NEW.subject_type IN ('person', 'session', 'api_token', 'sign_in_link', 'half_sign_in',"
    " 'password', 'second_factor', 'invitation', 'sign_on_identity'))"
    " EXECUTE FUNCTION set_personal_aside()",
)


async def forwards() -> MigrationManager:
    """The statements above."""
    manager = MigrationManager(
        migration_id=ID, app_name="tracker", description=DESCRIPTION, wrap_in_transaction=True
    )

    async def run() -> None:
        for statement in STATEMENTS:
            await DB.run_ddl(statement)

    manager.add_raw(run)
    return manager
