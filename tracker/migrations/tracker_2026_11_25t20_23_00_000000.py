"""When something happened is for the database to say: an event is of now, whatever the application
says, unless the owner has let its role say otherwise."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from tracker.domain.database import DB, fetch

ID = "2026-11-25T20:23:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Events are of now"

# Number and transaction are PostgreSQL's alone, because the application's role may not name those
# columns. The instant comes from it, so that an event and the row that it is about tell the same;
# clocks of two machines differ a little. One that is out of these bounds becomes the database's own:
# an application with a wrong clock goes on working, and the trail is right.
#
# The right is that to execute a function that does nothing, because PostgreSQL has no right of its
# own for it. The condition stands with the trigger, where its names were looked up once and for all.
STATEMENTS = r"""
CREATE FUNCTION audit_dating() RETURNS void LANGUAGE sql AS ''

COMMENT ON FUNCTION audit_dating() IS
    'Who may execute it says when an audit event happened: the owner, and whom the owner lets.'

REVOKE EXECUTE ON FUNCTION audit_dating() FROM PUBLIC

CREATE FUNCTION date_audit_event() RETURNS trigger LANGUAGE plpgsql
    SET search_path = {schema}, pg_temp AS $$
BEGIN
    IF NOT has_function_privilege(current_user, 'audit_dating()', 'EXECUTE') THEN
        NEW.at := clock_timestamp();
    END IF;
    RETURN NEW;
END $$

CREATE TRIGGER audit_event_is_of_now BEFORE INSERT ON audit_event FOR EACH ROW
    WHEN (NEW.at IS NULL OR NEW.at < now() - interval '5 seconds'
        OR NEW.at > clock_timestamp() + interval '5 seconds')
    EXECUTE FUNCTION date_audit_event()
"""


async def forwards() -> MigrationManager:
    """The statements above."""
    manager = MigrationManager(
        migration_id=ID, app_name="tracker", description=DESCRIPTION, wrap_in_transaction=True
    )

    async def run() -> None:
        [row] = await fetch("SELECT quote_ident(current_schema()) AS name")
        for statement in STATEMENTS.strip().split("\n\n"):
            await DB.run_ddl(statement.format(schema=row["name"]))

    manager.add_raw(run)
    return manager
