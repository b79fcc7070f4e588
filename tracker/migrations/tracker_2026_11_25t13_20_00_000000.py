"""Full-text search: what of each practice, request and project is searched, kept by triggers."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from tracker.domain.database import DB

ID = "2026-11-25T13:20:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Full-text search"

STATEMENTS = r"""
CREATE EXTENSION IF NOT EXISTS unaccent;
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS fuzzystrmatch;

-- The words of a text without case, accents, points and punctuation, each of the characters of
-- scripts that put no space between words a word of its own. It says so itself, character by
-- character, because what counts as a letter depends on a database's locale.
CREATE FUNCTION search_plain(asked text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT SET search_path FROM CURRENT AS $$
DECLARE
    plain text := lower(unaccent(normalize(asked, NFKC)));
BEGIN
    plain := regexp_replace(plain,
        '[\u00ad\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u0610-\u061a\u0640'
        '\u064b-\u065f\u0670\u06d6-\u06dc\u200b-\u200f\ufeff]+', '', 'g');
    plain := regexp_replace(plain,
        '[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00a9\u00ab-\u00b4\u00b6-\u00b9'
        '\u00bb-\u00bf\u00d7\u00f7\u02b0-\u02ff\u055a-\u055f\u0589\u058a\u05be\u05c0\u05c3\u05f3'
        '\u05f4\u060c\u061b\u061f\u066a-\u066d\u06d4\u0964\u0965\u0e2f\u0e4f\u0e5a\u0e5b'
        '\u0f08-\u0f14\u104a-\u104f\u1361-\u1368\u17d4-\u17da\u2010-\u206f\u20a0-\u20cf'
        '\u2190-\u2bff\u2e00-\u2e7f\u3000-\u3004\u3008-\u3020\u3030\u30fb\ue000-\uf8ff'
        '\ufe30-\ufe6f\ufff0-\uffff\U0001F000-\U0001FAFF]+', ' ', 'g');
    plain := regexp_replace(plain,
        '([\u0e01-\u0ecd\u1000-\u109f\u1780-\u17dd\u3041-\u30ff\u31f0-\u31ff\u3400-\u4dbf'
        '\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003FFFF])', ' \1 ', 'g');
    RETURN trim(regexp_replace(plain, '\s+', ' ', 'g'));
END $$;

-- The languages that PostgreSQL takes words of apart; others are searched by words as they are.
CREATE FUNCTION search_languages() RETURNS TABLE (tag text, config regconfig)
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    VALUES ('ar', 'pg_catalog.arabic'::regconfig), ('ca', 'pg_catalog.catalan'),
        ('da', 'pg_catalog.danish'), ('de', 'pg_catalog.german'), ('el', 'pg_catalog.greek'),
        ('en', 'pg_catalog.english'), ('es', 'pg_catalog.spanish'),
        ('fi', 'pg_catalog.finnish'), ('fr', 'pg_catalog.french'), ('hi', 'pg_catalog.hindi'),
        ('hu', 'pg_catalog.hungarian'), ('id', 'pg_catalog.indonesian'),
        ('it', 'pg_catalog.italian'), ('nl', 'pg_catalog.dutch'), ('no', 'pg_catalog.norwegian'),
        ('pt', 'pg_catalog.portuguese'), ('ro', 'pg_catalog.romanian'),
        ('ru', 'pg_catalog.russian'), ('sv', 'pg_catalog.swedish'), ('tr', 'pg_catalog.turkish')
$$;

-- The quoted words of a vector or query, marked as stems: one language's stem is another's word.
CREATE FUNCTION search_stems(words text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
    SELECT regexp_replace(words, $r$'((?:[^']|'')+)'$r$, $r$'~\1'$r$, 'g')
$$;

-- Words as they are, and their stems in English and in up to three languages of the text.
CREATE FUNCTION search_vector(spoken text[], asked text, weight "char") RETURNS tsvector
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path FROM CURRENT AS $$
DECLARE
    plain text := search_plain(coalesce(asked, ''));
    found tsvector := to_tsvector('pg_catalog.simple', plain);
    language regconfig;
BEGIN
    FOR language IN
        SELECT l.config FROM search_languages() l
        WHERE l.tag = 'en' OR l.tag = ANY (
            SELECT lower(split_part(s.tag, '-', 1))
            FROM unnest(spoken) WITH ORDINALITY s(tag, place) ORDER BY s.place LIMIT 3)
    LOOP
        found := found || search_stems(to_tsvector(language, plain)::text)::tsvector;
    END LOOP;
    RETURN setweight(found, weight);
END $$;

CREATE TABLE practice_search (
    id integer PRIMARY KEY REFERENCES practice ON DELETE CASCADE, document tsvector NOT NULL);
CREATE TABLE request_search (
    id integer PRIMARY KEY REFERENCES request ON DELETE CASCADE, document tsvector NOT NULL);
CREATE TABLE project_search (
    id integer PRIMARY KEY REFERENCES project ON DELETE CASCADE, document tsvector NOT NULL);
CREATE TABLE search_word (word text PRIMARY KEY);
CREATE INDEX practice_search_document ON practice_search USING gin (document);
CREATE INDEX request_search_document ON request_search USING gin (document);
CREATE INDEX project_search_document ON project_search USING gin (document);
CREATE INDEX search_word_likeness ON search_word USING gin (word gin_trgm_ops);

-- What is searched: titles before summaries before the rest; the words of what everybody sees
-- become the vocabulary that misspelt words are compared with, and of nothing else, so that no
-- correction tells of a hidden word. Each line of one noun is also what its index is rebuilt by.
CREATE VIEW practice_searched AS
SELECT practice.id, practice.state <> 'draft' AS public,
    search_vector(practice.languages::text[], practice.title, 'A')
    || search_vector(practice.languages::text[], practice.summary, 'B')
    || search_vector(practice.languages::text[], concat_ws(' ', practice.transfer_needs,
        practice.results_evidence, array_to_string(practice.themes, ' ')), 'C')
    || search_vector('{}', concat_ws(' ', city.name, city.local_name), 'D') AS document
FROM practice JOIN city ON city.id = practice.city;

CREATE VIEW request_searched AS
SELECT request.id, false AS public,
    search_vector(city.languages::text[], request.title, 'A')
    || search_vector(city.languages::text[], request.need, 'B')
    || search_vector(city.languages::text[], concat_ws(' ', request.wanted_outcomes,
        array_to_string(request.themes, ' ')), 'C')
    || search_vector('{}', concat_ws(' ', city.name, city.local_name), 'D') AS document
FROM request JOIN city ON city.id = request.city;

CREATE VIEW project_searched AS
SELECT project.id, project.agreed_at IS NOT NULL AND NOT project.confidential AS public,
    search_vector(city.languages::text[], project.title, 'A')
    || search_vector(city.languages::text[], project.summary, 'B')
    || search_vector('{}', concat_ws(' ', project.code, array_to_string(project.themes, ' ')), 'C')
    || search_vector('{}', (
        SELECT string_agg(concat_ws(' ', c.name, c.local_name), ' ')
        FROM participation p JOIN city c ON c.id = p.city WHERE p.project = project.id), 'D')
        AS document
FROM project JOIN city ON city.id = project.lead_city;

CREATE FUNCTION search_learn(words text[]) RETURNS void
    LANGUAGE sql SET search_path FROM CURRENT AS $$
    INSERT INTO search_word
    SELECT DISTINCT word FROM unnest(words) word
    WHERE char_length(word) BETWEEN 4 AND 40 AND word !~ '^[0-9]|^~' ORDER BY word
    ON CONFLICT DO NOTHING
$$;

CREATE FUNCTION practice_search_refresh(ids integer[]) RETURNS void
    LANGUAGE sql SET search_path FROM CURRENT AS $$
    INSERT INTO practice_search SELECT id, document FROM practice_searched WHERE id = ANY (ids)
        ON CONFLICT (id) DO UPDATE SET document = excluded.document;
    SELECT search_learn(array_agg(word)) FROM (
        SELECT unnest(tsvector_to_array(document)) AS word
        FROM practice_searched WHERE id = ANY (ids) AND public) learnt;
$$;

CREATE FUNCTION request_search_refresh(ids integer[]) RETURNS void
    LANGUAGE sql SET search_path FROM CURRENT AS $$
    INSERT INTO request_search SELECT id, document FROM request_searched WHERE id = ANY (ids)
        ON CONFLICT (id) DO UPDATE SET document = excluded.document;
$$;

CREATE FUNCTION project_search_refresh(ids integer[]) RETURNS void
    LANGUAGE sql SET search_path FROM CURRENT AS $$
    INSERT INTO project_search SELECT id, document FROM project_searched WHERE id = ANY (ids)
        ON CONFLICT (id) DO UPDATE SET document = excluded.document;
    SELECT search_learn(array_agg(word)) FROM (
        SELECT unnest(tsvector_to_array(document)) AS word
        FROM project_searched WHERE id = ANY (ids) AND public) learnt;
$$;

CREATE FUNCTION search_rebuild() RETURNS void
    LANGUAGE sql SET search_path FROM CURRENT AS $$
    SELECT practice_search_refresh(array_agg(id)) FROM practice;
    SELECT request_search_refresh(array_agg(id)) FROM request;
    SELECT project_search_refresh(array_agg(id)) FROM project;
$$;

CREATE FUNCTION keep_practice_search() RETURNS trigger
    LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM practice_search_refresh(ARRAY[NEW.id]);
    RETURN NULL;
END $$;

CREATE FUNCTION keep_request_search() RETURNS trigger
    LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM request_search_refresh(ARRAY[NEW.id]);
    RETURN NULL;
END $$;

CREATE FUNCTION keep_project_search() RETURNS trigger
    LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM project_search_refresh(ARRAY[NEW.id]);
    RETURN NULL;
END $$;

-- A new project is searched at the end of its transaction, when its partners are known.
CREATE FUNCTION keep_partner_search() RETURNS trigger
    LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM project_search_refresh(array_agg(id)) FROM project_search
        WHERE id = coalesce(NEW.project, OLD.project);
    RETURN NULL;
END $$;

CREATE FUNCTION keep_city_search() RETURNS trigger
    LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM practice_search_refresh(array_agg(id)) FROM practice WHERE city = NEW.id;
    PERFORM request_search_refresh(array_agg(id)) FROM request WHERE city = NEW.id;
    PERFORM project_search_refresh(array_agg(project)) FROM participation WHERE city = NEW.id;
    RETURN NULL;
END $$;

CREATE TRIGGER practice_is_searched
    AFTER INSERT OR UPDATE OF title, summary, themes, transfer_needs, results_evidence, languages,
        state, city ON practice FOR EACH ROW EXECUTE FUNCTION keep_practice_search();

CREATE TRIGGER request_is_searched
    AFTER INSERT OR UPDATE OF title, need, wanted_outcomes, themes, city
    ON request FOR EACH ROW EXECUTE FUNCTION keep_request_search();

CREATE CONSTRAINT TRIGGER new_project_is_searched
    AFTER INSERT ON project DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION keep_project_search();

CREATE TRIGGER project_is_searched
    AFTER UPDATE OF title, summary, themes, agreed_at, confidential, lead_city
    ON project FOR EACH ROW EXECUTE FUNCTION keep_project_search();

CREATE TRIGGER partner_is_searched
    AFTER INSERT OR UPDATE OR DELETE ON participation
    FOR EACH ROW EXECUTE FUNCTION keep_partner_search();

CREATE TRIGGER city_is_searched
    AFTER UPDATE OF name, local_name, languages ON city FOR EACH ROW
    WHEN ((OLD.name, OLD.local_name, OLD.languages)
        IS DISTINCT FROM (NEW.name, NEW.local_name, NEW.languages))
    EXECUTE FUNCTION keep_city_search();

-- One word or phrase as a query: as it is, by its stem in every language, by its beginning where
-- it may still be growing, and, where nobody's public text knows the word, by words one or two
-- letters off or longer ones that contain it. NULL where it has no meaning of its own.
CREATE FUNCTION search_term(asked text, growing boolean, exact boolean) RETURNS tsquery
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path FROM CURRENT
    SET pg_trgm.similarity_threshold = 0.3 SET client_min_messages = warning AS $$
DECLARE
    plain text := search_plain(asked);
    word text := phraseto_tsquery('pg_catalog.simple', plain)::text;
    found text[];
    off integer;
BEGIN
    IF plain = '' OR word = '' THEN RETURN NULL; END IF;
    IF NOT exact AND EXISTS (
        SELECT FROM search_languages() WHERE phraseto_tsquery(config, plain)::text = '')
    THEN
        RETURN NULL;
    END IF;
    found := word || ARRAY(
        SELECT DISTINCT search_stems(stem) FROM (
            SELECT phraseto_tsquery(config, plain)::text AS stem FROM search_languages()) stems
        WHERE char_length(stem) > 4); -- quotes and all: two letters say too little
    IF growing AND char_length(plain) > 1 THEN found := found || (word || ':*'); END IF;
    IF NOT exact AND char_length(plain) BETWEEN 4 AND 40 AND position(' ' IN plain) = 0
        AND plain !~ '^[0-9]'
        AND NOT EXISTS (SELECT FROM search_word w WHERE w.word = plain)
        AND NOT (growing AND EXISTS (
            SELECT FROM search_word w WHERE w.word LIKE plain || '%'))
    THEN
        off := CASE WHEN char_length(plain) < 6 THEN 1 ELSE 2 END;
        found := found || ARRAY(
            SELECT quote_literal(w.word) FROM search_word w
            WHERE w.word % plain AND levenshtein_less_equal(w.word, plain, off) <= off
            UNION
            SELECT quote_literal(w.word) FROM search_word w WHERE w.word LIKE '%' || plain || '%');
    END IF;
    RETURN (SELECT string_agg(DISTINCT '(' || each || ')', ' | ') FROM unnest(found) each)::tsquery;
END $$;

-- What a person typed as a query: words that must all be there, "a phrase", -without, or. The
-- last word may be unfinished. NULL where nothing is asked for.
CREATE FUNCTION search_query(asked text) RETURNS tsquery
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path FROM CURRENT AS $$
DECLARE
    part record;
    term tsquery;
    wanted tsquery;
    unwanted tsquery;
    found tsquery;
BEGIN
    FOR part IN
        SELECT m[1] <> '' AS minus, m[2] AS phrase, m[3] AS word, place, count(*) OVER () AS parts
        FROM regexp_matches(left(asked, 200), '(-?)(?:"([^"]*)"?|([^\s"]+))', 'g')
            WITH ORDINALITY x(m, place)
        ORDER BY place LIMIT 20
    LOOP
        IF lower(part.word) = 'or' AND NOT part.minus THEN
            found := coalesce(found || (wanted && coalesce(unwanted, ''::tsquery)), found,
                wanted && coalesce(unwanted, ''::tsquery));
            wanted := NULL;
            unwanted := NULL;
            CONTINUE;
        END IF;
        term := search_term(coalesce(part.phrase, part.word),
            part.word IS NOT NULL AND NOT part.minus AND part.place = part.parts,
            part.phrase IS NOT NULL OR part.minus);
        IF part.minus THEN
            unwanted := coalesce(unwanted && !!term, unwanted, !!term);
        ELSE
            wanted := coalesce(wanted && term, wanted, term);
        END IF;
    END LOOP;
    IF wanted IS NULL AND found IS NULL AND position('-' IN asked) = 0 THEN
        RETURN nullif(plainto_tsquery('pg_catalog.simple', search_plain(left(asked, 200))), '');
    END IF;
    wanted := wanted && coalesce(unwanted, ''::tsquery);
    RETURN coalesce(found || wanted, found, wanted);
END $$;

-- The same languages without accents, to find the words of a query in a text as it was written.
DO $$
DECLARE
    language record;
BEGIN
    FOR language IN SELECT tag, config, c.cfgname FROM search_languages() l
        JOIN pg_ts_config c ON c.oid = l.config
    LOOP
        EXECUTE format('CREATE TEXT SEARCH CONFIGURATION search_%s (COPY = %s)',
            language.tag, language.config);
        EXECUTE format('ALTER TEXT SEARCH CONFIGURATION search_%s ALTER MAPPING FOR'
            ' word, hword, hword_part WITH unaccent, %s_stem', language.tag, language.cfgname);
    END LOOP;
END $$;

-- The part of a text that a query finds, in pieces one after the other, each matched or not.
CREATE FUNCTION search_snippet(spoken text[], source text, query tsquery)
    RETURNS TABLE (place bigint, piece text, matched boolean)
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path FROM CURRENT AS $$
DECLARE
    language text := coalesce((
        SELECT l.tag
        FROM unnest(spoken) WITH ORDINALITY s(tag, place)
        JOIN search_languages() l ON l.tag = lower(split_part(s.tag, '-', 1))
        ORDER BY s.place LIMIT 1), 'en');
    shown text := left(translate(normalize(source, NFC), E'\x1d\x1e\x1f', ''), 5000);
BEGIN
    shown := regexp_replace(shown,
        '([-<>&@:/._''\u00a1-\u00bf\u0e01-\u0ecd\u1000-\u109f\u1780-\u17dd\u2010-\u206f\u3000-\u30ff'
        '\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\uff00-\uff0f'
        '\U00020000-\U0003FFFF])', E'\x1f\\1\x1f', 'g');
    shown := ts_headline(('search_' || language)::regconfig, shown,
        replace(query::text, '''~', '''')::tsquery,
        E'StartSel=\x1d, StopSel=\x1e, MaxWords=40, MinWords=20');
    shown := regexp_replace(translate(shown, E'\x1f', ''), E'\x1e\x1d', '', 'g');
    RETURN QUERY
        SELECT p.place, p.piece, p.place % 2 = 0
        FROM regexp_split_to_table(shown, E'[\x1d\x1e]') WITH ORDINALITY p(piece, place)
        WHERE p.piece <> '';
END $$;
"""


async def forwards() -> MigrationManager:
    """The above, in order, and what is already there."""
    manager = MigrationManager(
        migration_id=ID, app_name="tracker", description=DESCRIPTION, wrap_in_transaction=True
    )

    async def run() -> None:
        for statement in _statements(STATEMENTS):
            await DB.run_ddl(statement)
        await DB.run_ddl("SELECT search_rebuild()")

    manager.add_raw(run)
    return manager


def _statements(text: str) -> list[str]:
    """Split at blank lines and at line ends outside function bodies: asyncpg prepares one each."""
    found: list[str] = []
    for paragraph in text.strip().split("\n\n"):
        body = "\n".join(line for line in paragraph.splitlines() if not line.startswith("--"))
        if "$$" in body:
            found.append(body)
        else:
            found.extend(part for part in body.split(";\n"))
    return found
