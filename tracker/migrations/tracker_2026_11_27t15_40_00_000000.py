"""Sealing looks each event up by its number, also where PostgreSQL last counted the trail while it
was nearly empty: then it would read the whole chain for each event."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from tracker.domain.database import DB, fetch

ID = "2026-11-27T15:40:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Sealing whatever PostgreSQL believes of the trail's length"

# As before, but for subqueries that nothing makes a join of.
STATEMENT = r"""
CREATE OR REPLACE FUNCTION audit_seal_next(most integer) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = {schema}, pg_temp
    SET enable_hashjoin = off SET enable_mergejoin = off SET enable_seqscan = off
    SET enable_bitmapscan = off AS $$
DECLARE
    low xid8;
    high xid8;
    link audit_seal;
    mark audit_event;
    anew boolean;
    next record;
    sealed integer := 0;
BEGIN
    IF NOT pg_try_advisory_xact_lock(7236020) THEN
        RETURN 0;
    END IF;
    low := pg_snapshot_xmin(pg_current_snapshot());
    high := pg_snapshot_xmax(pg_current_snapshot());
    SELECT * INTO link FROM audit_seal ORDER BY number DESC LIMIT 1;
    SELECT * INTO mark FROM audit_event WHERE id = link.event;
    anew := mark.id IS NULL OR mark.xact >= low;
    IF anew THEN
        mark.xact := '0';
        mark.id := 0;
    END IF;
    FOR next IN
        SELECT due.id, (SELECT jsonb_build_array(e.id, e.xact::text,
                to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), e.verb,
                e.actor, e.on_behalf_of, e.subject_type, e.subject_id, e.subject_version,
                e.project, e.before, e.after, e.request_id)::text
            FROM audit_event e WHERE e.id = due.id) AS told
        FROM (
            (SELECT x.id, x.xact FROM audit_event x
            WHERE (x.xact, x.id) > (mark.xact, mark.id) AND x.xact < low
                AND (SELECT s.event FROM audit_seal s WHERE s.event = x.id) IS NULL
            ORDER BY x.xact, x.id LIMIT most)
            UNION ALL
            (SELECT x.id, x.xact FROM audit_event x
            WHERE anew AND x.xact >= high
                AND (SELECT s.event FROM audit_seal s WHERE s.event = x.id) IS NULL
            ORDER BY x.xact, x.id LIMIT most)
        ) due
        ORDER BY due.xact, due.id LIMIT most
    LOOP
        link.number := coalesce(link.number, 0) + 1;
        link.event := next.id;
        link.digest := encode(sha256(convert_to(
            coalesce(link.digest, repeat('0', 64)) || next.told, 'UTF8')), 'hex');
        INSERT INTO audit_seal (number, event, digest)
            VALUES (link.number, link.event, link.digest);
        sealed := sealed + 1;
    END LOOP;
    RETURN sealed;
END $$
"""


async def forwards() -> MigrationManager:
    """The function above in place of the one before."""
    manager = MigrationManager(
        migration_id=ID, app_name="tracker", description=DESCRIPTION, wrap_in_transaction=True
    )

    async def run() -> None:
        [row] = await fetch("SELECT quote_ident(current_schema()) AS name")
        await DB.run_ddl(STATEMENT.format(schema=row["name"]))

    manager.add_raw(run)
    return manager
