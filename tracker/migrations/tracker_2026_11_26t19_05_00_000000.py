"""The vocabulary that misspelt words are compared with takes no words of a draft's lessons, which stay
its city's own also where its project was closed without it."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from tracker.domain.database import DB

ID = "2026-11-26T19:05:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Lessons are learnt from what was submitted"

STATEMENTS = """
CREATE OR REPLACE VIEW lesson_searched AS
SELECT lesson.id, project.state = 'closed' AND NOT project.confidential AND EXISTS (
        SELECT FROM evaluation e WHERE e.id = lesson.evaluation AND e.submitted_at IS NOT NULL)
    AS public,
    search_vector(city.languages::text[], lesson.title, 'A')
    || search_vector(city.languages::text[], lesson.narrative, 'B')
    || search_vector('{}', array_to_string(lesson.themes, ' '), 'C')
    || search_vector('{}', concat_ws(' ', city.name, city.local_name), 'D') AS document
FROM lesson JOIN project ON project.id = lesson.project JOIN city ON city.id = lesson.city

CREATE OR REPLACE FUNCTION lesson_search_refresh(ids integer[]) RETURNS void
    LANGUAGE sql SET search_path FROM CURRENT AS $$
    INSERT INTO lesson_search SELECT id, document FROM lesson_searched WHERE id = ANY (ids)
        ON CONFLICT (id) DO UPDATE SET document = excluded.document;
    SELECT search_learn(array_agg(DISTINCT word)) FROM (
        SELECT unnest(tsvector_to_array(document)) AS word
        FROM lesson_searched WHERE id = ANY (ids) AND public) learnt;
$$
"""


async def forwards() -> MigrationManager:
    """The statements above."""
    manager = MigrationManager(
        migration_id=ID, app_name="tracker", description=DESCRIPTION, wrap_in_transaction=True
    )

    async def run() -> None:
        for statement in STATEMENTS.strip().split("\n\n"):
            await DB.run_ddl(statement)

    manager.add_raw(run)
    return manager
