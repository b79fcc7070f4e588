"""Sessions get another secret when their person's roles change; one second factor a person."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from tracker.domain.database import DB

ID = "2026-11-25T16:36:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Sessions renew with roles"

STATEMENTS = """
UPDATE session SET proved_at = created_at;

-- For every table whose rows give a person rights and name them as "person".
CREATE FUNCTION renew_sessions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE session SET renews = true
        WHERE person IN (OLD.person, NEW.person) AND ended_at IS NULL AND NOT renews;
    RETURN NULL;
END $$;

CREATE TRIGGER membership_renews_sessions AFTER INSERT OR UPDATE OR DELETE ON membership
    FOR EACH ROW EXECUTE FUNCTION renew_sessions();

CREATE UNIQUE INDEX second_factor_is_one_per_person ON second_factor (person)
    WHERE ended_at IS NULL;

"""


async def forwards() -> MigrationManager:
    """The trigger and the indexes."""
    manager = MigrationManager(
        migration_id=ID, app_name="tracker", description=DESCRIPTION, wrap_in_transaction=True
    )

    async def run() -> None:
        for statement in STATEMENTS.split("\n\n"):
            await DB.run_ddl(statement)

    manager.add_raw(run)
    return manager
