"""Texts in plain ASCII take the short way into the search, and every document is made once."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from tracker.domain.database import DB

ID = "2026-11-25T14:29:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Search documents are made faster"

STATEMENTS = r"""
CREATE OR REPLACE FUNCTION search_plain(asked text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT SET search_path FROM CURRENT AS $$
DECLARE
    plain text;
BEGIN
    IF octet_length(asked) = char_length(asked) THEN
        RETURN trim(regexp_replace(lower(asked), '[^a-z0-9]+', ' ', 'g'));
    END IF;
    plain := lower(unaccent(normalize(asked, NFKC)));
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

CREATE OR REPLACE FUNCTION practice_search_refresh(ids integer[]) RETURNS void
    LANGUAGE sql SET search_path FROM CURRENT AS $$
    INSERT INTO practice_search SELECT id, document FROM practice_searched WHERE id = ANY (ids)
        ON CONFLICT (id) DO UPDATE SET document = excluded.document;
    SELECT search_learn(array_agg(DISTINCT word)) FROM (
        SELECT unnest(tsvector_to_array(s.document)) AS word
        FROM practice_search s JOIN practice n ON n.id = s.id
        WHERE s.id = ANY (ids) AND n.state <> 'draft') learnt;
$$;

CREATE OR REPLACE FUNCTION project_search_refresh(ids integer[]) RETURNS void
    LANGUAGE sql SET search_path FROM CURRENT AS $$
    INSERT INTO project_search SELECT id, document FROM project_searched WHERE id = ANY (ids)
        ON CONFLICT (id) DO UPDATE SET document = excluded.document;
    SELECT search_learn(array_agg(DISTINCT word)) FROM (
        SELECT unnest(tsvector_to_array(s.document)) AS word
        FROM project_search s JOIN project n ON n.id = s.id
        WHERE s.id = ANY (ids) AND n.agreed_at IS NOT NULL AND NOT n.confidential) learnt;
$$;
"""


async def forwards() -> MigrationManager:
    """The functions above in place of those that there are."""
    manager = MigrationManager(
        migration_id=ID, app_name="tracker", description=DESCRIPTION, wrap_in_transaction=True
    )

    async def run() -> None:
        for statement in STATEMENTS.strip().split("\n\n"):
            await DB.run_ddl(statement)

    manager.add_raw(run)
    return manager
