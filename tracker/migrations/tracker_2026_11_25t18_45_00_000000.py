"""Erasing personal values from the trail concerns one person, who is being forgotten in the same
transaction, and nobody else: whoever gets hold of the application cannot empty the trail by it."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from tracker.domain.database import DB, fetch

ID = "2026-11-25T18:45:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Erasure is of one person"

STATEMENTS = r"""
DROP FUNCTION audit_erase(integer, text, integer[])

CREATE FUNCTION audit_erase(erasing integer) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = {schema}, pg_temp AS $$
DECLARE
    erased integer;
    whose integer;
    address text;
BEGIN
    SELECT p.id, v.before->>'email' INTO whose, address
        FROM audit_event e JOIN person p ON p.id = e.subject_id
            JOIN audit_personal v ON v.event = e.id
        WHERE e.id = erasing AND e.verb = 'erase' AND e.subject_type = 'person'
            AND e.xact = pg_current_xact_id() AND p.erased_at IS NOT NULL
            AND p.email = 'former-' || p.id || '@erased.invalid';
    IF whose IS NULL THEN
        RAISE EXCEPTION 'a person is forgotten, and that stands in the trail, first';
    END IF;
    UPDATE audit_personal p
        SET salt = NULL, before = NULL, after = NULL, erasure = erasing
        FROM audit_event e
        WHERE e.id = p.event AND p.erasure IS NULL AND (e.subject_type, e.subject_id) IN (
            SELECT 'person', whose
            UNION
            SELECT x.subject_type, x.subject_id
            FROM audit_event x JOIN audit_personal v ON v.event = x.id
            WHERE x.subject_type <> 'person' AND (
                whose::text IN (v.before->>'person', v.after->>'person')
                OR x.subject_type = 'invitation'
                AND address IN (v.before->>'email', v.after->>'email')));
    GET DIAGNOSTICS erased = ROW_COUNT;
    RETURN erased;
END $$
"""


async def forwards() -> MigrationManager:
    """The function above, in place of the one before."""
    manager = MigrationManager(
        migration_id=ID, app_name="tracker", description=DESCRIPTION, wrap_in_transaction=True
    )

    async def run() -> None:
        [row] = await fetch("SELECT quote_ident(current_schema()) AS name")
        for statement in STATEMENTS.strip().split("\n\n"):
            await DB.run_ddl(statement.format(schema=row["name"]))

    manager.add_raw(run)
    return manager
