"""A delegation changes its deputy's rights, and so does what becomes of its mayor's role."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from tracker.domain.database import DB

ID = "2026-11-25T17:28:30:000000"
VERSION = "1.38.0"
DESCRIPTION = "Stamps of rights for deputies"

STATEMENTS = """
CREATE FUNCTION stamp_deputy() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE person SET rights = pg_current_xact_id()::text::bigint
        WHERE id IN (OLD.deputy, NEW.deputy);
    UPDATE session SET renews = true
        WHERE person IN (OLD.deputy, NEW.deputy) AND ended_at IS NULL AND NOT renews;
    RETURN NULL;
END $$;

CREATE TRIGGER delegation_changes_rights AFTER INSERT OR UPDATE OR DELETE ON delegation
    FOR EACH ROW EXECUTE FUNCTION stamp_deputy();

CREATE FUNCTION stamp_deputies() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE person SET rights = pg_current_xact_id()::text::bigint
        WHERE id IN (SELECT deputy FROM delegation
                     WHERE mayor IN (OLD.person, NEW.person) AND ended_at IS NULL);
    RETURN NULL;
END $$;

CREATE TRIGGER membership_changes_deputies AFTER UPDATE OR DELETE ON membership
    FOR EACH ROW EXECUTE FUNCTION stamp_deputies();
"""


async def forwards() -> MigrationManager:
    """The triggers."""
    manager = MigrationManager(
        migration_id=ID, app_name="tracker", description=DESCRIPTION, wrap_in_transaction=True
    )

    async def run() -> None:
        for statement in STATEMENTS.split("\n\n"):
            await DB.run_ddl(statement)

    manager.add_raw(run)
    return manager
