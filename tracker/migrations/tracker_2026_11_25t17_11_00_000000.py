"""The chain over the audit trail, and personal values beside it.

`audit_seal_next` and `audit_erase` run as the owner: the application may call them, and can
neither write a seal of its own nor any other value.
"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from tracker.domain.database import DB, fetch

ID = "2026-11-25T17:11:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "The chain over the audit trail"

# Sealed is what can no longer be overtaken: events of transactions below the oldest one that still
# runs, in the order of transaction and number; so nothing that commits late is passed over. After a
# restored dump transactions are counted anew: then the last seal is of one that has not been yet,
# and everything without a seal is looked for.
STATEMENTS = r"""
CREATE INDEX audit_event_xact_id ON audit_event (xact, id)

DROP INDEX audit_event_xact

CREATE FUNCTION audit_seal_next(most integer) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = {schema}, pg_temp AS $$
DECLARE
    low xid8;
    high xid8;
    link audit_seal;
    mark audit_event;
    anew boolean;
    next record;
    sealed integer := 0;
BEGIN
    IF NOT pg_try_advisory_xact_lock(7236002) THEN
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
        SELECT e.id, e.xact, jsonb_build_array(e.id, e.xact::text,
                to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), e.verb,
                e.actor, e.on_behalf_of, e.subject_type, e.subject_id, e.subject_version,
                e.project, e.before, e.after, e.request_id)::text AS told
        FROM audit_event e
        WHERE e.xact >= mark.xact AND e.xact < low AND (e.xact, e.id) > (mark.xact, mark.id)
            AND NOT EXISTS (SELECT FROM audit_seal s WHERE s.event = e.id)
        UNION ALL
        SELECT e.id, e.xact, jsonb_build_array(e.id, e.xact::text,
                to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), e.verb,
                e.actor, e.on_behalf_of, e.subject_type, e.subject_id, e.subject_version,
                e.project, e.before, e.after, e.request_id)::text
        FROM audit_event e
        WHERE anew AND e.xact >= high
            AND NOT EXISTS (SELECT FROM audit_seal s WHERE s.event = e.id)
        ORDER BY 2, 1 LIMIT most
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

CREATE TRIGGER audit_seal_is_append_only BEFORE UPDATE OR DELETE ON audit_seal
    FOR EACH ROW EXECUTE FUNCTION refuse_change()

CREATE TRIGGER audit_seal_is_not_emptied BEFORE TRUNCATE ON audit_seal
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()

CREATE FUNCTION audit_hashes(salt bytea, told jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(jsonb_object_agg(key, 'sha256:' || encode(sha256(
        salt || convert_to(key || '=' || value::text, 'UTF8')), 'hex')), '{{}}')
    FROM jsonb_each(told)
$$

CREATE FUNCTION set_personal_aside() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = {schema}, pg_temp AS $$
DECLARE
    salt bytea := uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid());
BEGIN
    INSERT INTO audit_personal (event, salt, before, after)
        VALUES (NEW.id, salt, NEW.before, NEW.after);
    NEW.before := audit_hashes(salt, NEW.before);
    NEW.after := audit_hashes(salt, NEW.after);
    RETURN NEW;
END $$

ALTER TABLE audit_event DISABLE TRIGGER audit_event_is_append_only

DO $$
DECLARE
    salt bytea;
    e audit_event;
BEGIN
    FOR e IN SELECT * FROM audit_event WHERE subject_type IN ({personal}) LOOP
        salt := uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid());
        INSERT INTO audit_personal (event, salt, before, after)
            VALUES (e.id, salt, e.before, e.after);
        UPDATE audit_event SET before = audit_hashes(salt, e.before),
            after = audit_hashes(salt, e.after) WHERE id = e.id;
    END LOOP;
END $$

ALTER TABLE audit_event ENABLE TRIGGER audit_event_is_append_only

CREATE TRIGGER personal_values_are_set_aside BEFORE INSERT ON audit_event FOR EACH ROW
    WHEN (NEW.subject_type IN ({personal})) EXECUTE FUNCTION set_personal_aside()

CREATE FUNCTION audit_erase(erasing integer, kind text, subjects integer[]) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = {schema}, pg_temp AS $$
DECLARE
    erased integer;
BEGIN
    IF NOT EXISTS (SELECT FROM audit_event WHERE id = erasing AND verb = 'erase') THEN
        RAISE EXCEPTION 'an erasure stands in the trail first';
    END IF;
    UPDATE audit_personal p
        SET salt = NULL, before = NULL, after = NULL, erasure = erasing
        FROM audit_event e
        WHERE e.id = p.event AND e.subject_type = kind AND e.subject_id = ANY (subjects)
            AND p.erasure IS NULL;
    GET DIAGNOSTICS erased = ROW_COUNT;
    RETURN erased;
END $$
"""

PERSONAL = (
    *("person", "session", "api_token", "sign_in_link", "half_sign_in", "password"),
    *("second_factor", "invitation"),
)


async def forwards() -> MigrationManager:
    """The statements above."""
    manager = MigrationManager(
        migration_id=ID, app_name="tracker", description=DESCRIPTION, wrap_in_transaction=True
    )

    async def run() -> None:
        [row] = await fetch("SELECT quote_ident(current_schema()) AS name")
        names = ", ".join(f"'{name}'" for name in PERSONAL)
        text = STATEMENTS.format(schema=row["name"], personal=names)
        for statement in text.strip().split("\n\n"):
            await DB.run_ddl(statement)

    manager.add_raw(run)
    return manager
