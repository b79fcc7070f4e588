"""What the trail tells is read in the names of the API's schema. Nothing that is kept changes."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from tracker.domain.database import DB

ID = "2026-11-26T12:42:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "The trail in the names of the schema"

# `kinds` has what the columns hold (see tracker/graphql/told.py): an object by column, which holds
# for a list of objects too, and for one that is kept as text; else a word. The collation keeps "i" an "i" wherever this runs.
STATEMENTS = r"""
CREATE FUNCTION camel_case(name text) RETURNS text
    IMMUTABLE PARALLEL SAFE LANGUAGE sql AS $$
    SELECT left(name, 1) || substr(replace(initcap(name COLLATE "C"), '_', ''), 2)
$$;

CREATE FUNCTION in_names(told jsonb, kinds jsonb) RETURNS jsonb
    IMMUTABLE PARALLEL SAFE LANGUAGE plpgsql AS $$
DECLARE
    kind text := kinds #>> '{}';
BEGIN
    IF kinds IS NULL OR jsonb_typeof(told) = 'null' THEN
        RETURN told;
    ELSIF jsonb_typeof(told) = 'array' THEN
        RETURN (SELECT coalesce(jsonb_agg(in_names(each.value, kinds) ORDER BY each.ordinality), '[]')
            FROM jsonb_array_elements(told) WITH ORDINALITY each);
    ELSIF jsonb_typeof(kinds) = 'object' AND jsonb_typeof(told) = 'object' THEN
        RETURN (SELECT coalesce(jsonb_object_agg(camel_case(each.key), in_names(each.value,
                CASE WHEN kinds ->> each.key = 'SUBJECT' THEN to_jsonb(initcap(left(
                        told ->> 'subject_type', 1) COLLATE "C")
                        || substr(camel_case(told ->> 'subject_type'), 2))
                    ELSE kinds -> each.key END)), '{}')
            FROM jsonb_each(told) each);
    ELSIF jsonb_typeof(kinds) = 'object' AND jsonb_typeof(told) = 'string' THEN
        RETURN in_names((told #>> '{}')::jsonb, kinds);
    ELSIF kind = 'ENUM' AND jsonb_typeof(told) = 'string' THEN
        RETURN to_jsonb(upper((told #>> '{}') COLLATE "C"));
    ELSIF jsonb_typeof(kinds) = 'string' AND jsonb_typeof(told) = 'number' THEN
        RETURN to_jsonb(kind || ':' || (told #>> '{}'));
    END IF;
    RETURN told;
END
$$;
"""


async def forwards() -> MigrationManager:
    """The functions, one after the other."""
    manager = MigrationManager(
        migration_id=ID, app_name="tracker", description=DESCRIPTION, wrap_in_transaction=True
    )

    async def run() -> None:
        for statement in STATEMENTS.strip().split("\n\n"):
            await DB.run_ddl(statement)

    manager.add_raw(run)
    return manager
