"""When a person's rights last changed, so that a read can carry who asks and check it at once."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from tracker.domain.database import DB

ID = "2026-11-25T13:52:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Stamps of rights"

STATEMENTS = """
-- No column of the Piccolo table, so that saving a person never writes an old stamp back.
-- A transaction's number rather than a count: it never comes again, not even after a restore.
ALTER TABLE person ADD COLUMN rights bigint NOT NULL DEFAULT 0;

CREATE FUNCTION stamp_rights() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE person SET rights = pg_current_xact_id()::text::bigint
        WHERE id IN (OLD.person, NEW.person);
    RETURN NULL;
END $$;

CREATE TRIGGER membership_changes_rights AFTER INSERT OR UPDATE OR DELETE ON membership
    FOR EACH ROW EXECUTE FUNCTION stamp_rights();

-- A new key or session is read before it is remembered, so that only its end matters.
CREATE TRIGGER api_token_changes_rights
    AFTER DELETE OR UPDATE OF person, token_hash, read_only, expires_at, revoked_at ON api_token
    FOR EACH ROW EXECUTE FUNCTION stamp_rights();

CREATE TRIGGER session_changes_rights
    AFTER DELETE OR UPDATE OF person, token_hash, expires_at, ended_at ON session
    FOR EACH ROW EXECUTE FUNCTION stamp_rights();

CREATE FUNCTION stamp_own_rights() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.rights := pg_current_xact_id()::text::bigint;
    RETURN NEW;
END $$;

CREATE TRIGGER person_changes_rights BEFORE UPDATE OF name ON person
    FOR EACH ROW EXECUTE FUNCTION stamp_own_rights();
"""


async def forwards() -> MigrationManager:
    """The column and its triggers."""
    manager = MigrationManager(
        migration_id=ID, app_name="tracker", description=DESCRIPTION, wrap_in_transaction=True
    )

    async def run() -> None:
        for statement in STATEMENTS.split("\n\n"):
            await DB.run_ddl(statement)

    manager.add_raw(run)
    return manager
