"""Names of cities: every script and spelling in which a city is looked for."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from tracker.domain.cities.actions import keep_names
from tracker.domain.database import DB

ID = "2026-11-25T13:50:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Names of cities"

STATEMENTS = r"""
CREATE TABLE city_name (
    city integer NOT NULL REFERENCES city ON DELETE CASCADE,
    name text NOT NULL,
    plain text NOT NULL,
    PRIMARY KEY (city, name));

-- A name without case, accents and punctuation; scripts that put no space between words have none.
CREATE FUNCTION name_plain(name text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT SET search_path FROM CURRENT AS $$
    SELECT regexp_replace(search_plain(name),
        '(?<=[\u0e01-\u0ecd\u1000-\u109f\u1780-\u17dd\u3041-\u30ff\u3400-\u9fff\uac00-\ud7a3])'
        ' | (?=[\u0e01-\u0ecd\u1000-\u109f\u1780-\u17dd\u3041-\u30ff\u3400-\u9fff\uac00-\ud7a3])',
        '', 'g')
$$;

-- What names are looked for in: each word after a space, and all of them run together.
CREATE FUNCTION name_words(plain text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
    SELECT ' ' || plain || ' ' || replace(plain, ' ', '')
$$;

CREATE INDEX city_name_words ON city_name USING gin (name_words(plain) gin_trgm_ops);
CREATE INDEX city_name_likeness ON city_name USING gin (plain gin_trgm_ops);

CREATE FUNCTION keep_city_names() RETURNS trigger
    LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO city_name SELECT NEW.id, name, name_plain(name)
        FROM unnest(ARRAY[NEW.name, NEW.local_name]) name ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;

CREATE TRIGGER city_has_names AFTER INSERT OR UPDATE OF name, local_name ON city
    FOR EACH ROW EXECUTE FUNCTION keep_city_names();

-- Cities that are called like this, number -> likeness from 0 to 1: by a name or the beginning of
-- one of its words; where there is none, by names a letter or two off.
CREATE FUNCTION cities_called(asked text) RETURNS jsonb
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path FROM CURRENT
    SET pg_trgm.similarity_threshold = 0.2 AS $$
DECLARE
    wanted text := left(name_plain(asked), 100);
    joined text := replace(wanted, ' ', '');
    off integer := CASE WHEN char_length(wanted) < 8 THEN 1 ELSE 2 END;
    found jsonb;
BEGIN
    IF coalesce(wanted, '') = '' THEN RETURN '{}'; END IF;
    found := jsonb_object_agg(city, likeness) FROM (
        SELECT n.city, max(CASE WHEN replace(n.plain, ' ', '') = joined THEN 1
            ELSE round(0.99 * similarity(n.plain, wanted)::numeric, 4) END) AS likeness
        FROM city_name n
        WHERE name_words(n.plain) LIKE '% ' || wanted || '%'
            OR name_words(n.plain) LIKE '% ' || joined || '%'
        GROUP BY n.city) called;
    IF found IS NULL AND char_length(wanted) > 3 THEN
        found := jsonb_object_agg(city, likeness) FROM (
            SELECT n.city, max(round(0.99 * similarity(n.plain, wanted)::numeric, 4)) AS likeness
            FROM city_name n
            WHERE n.plain % wanted AND char_length(n.plain) < 60 AND (
                levenshtein_less_equal(n.plain, left(wanted, 60), off) <= off
                OR char_length(n.plain) = char_length(wanted)
                AND levenshtein_less_equal(n.plain, left(wanted, 60), 2) = 2
                AND (SELECT string_agg(c, '' ORDER BY c) FROM regexp_split_to_table(n.plain, '') c)
                  = (SELECT string_agg(c, '' ORDER BY c) FROM regexp_split_to_table(wanted, '') c))
            GROUP BY n.city) called;
    END IF;
    RETURN coalesce(found, '{}');
END $$;
"""


async def forwards() -> MigrationManager:
    """The above, in order, and the names of the cities that are already there."""
    manager = MigrationManager(
        migration_id=ID, app_name="tracker", description=DESCRIPTION, wrap_in_transaction=True
    )

    async def run() -> None:
        for paragraph in STATEMENTS.strip().split("\n\n"):
            lines = [line for line in paragraph.splitlines() if not line.startswith("--")]
            for statement in _apart("\n".join(lines)):
                await DB.run_ddl(statement)
        await DB.run_ddl(
            "INSERT INTO city_name SELECT id, each, name_plain(each) FROM city,"
            " unnest(ARRAY[name, local_name]) each ON CONFLICT DO NOTHING"
        )
        for city in await DB.run_ddl("SELECT id, geoname_id FROM city"):
            await keep_names(city["id"], city["geoname_id"])

    manager.add_raw(run)
    return manager


def _apart(text: str) -> list[str]:
    """Statements outside function bodies: asyncpg prepares one each."""
    return [text] if "$$" in text else text.split(";\n")
