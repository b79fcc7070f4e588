"""Lessons are found by words and by themes; each is of its evaluation's own project and city."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from tracker.domain.database import DB

ID = "2026-11-26T00:32:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Lessons are searched"

# The vocabulary that misspelt words are compared with takes a lesson's words when everybody may
# read it: once its project is closed and not confidential.
STATEMENTS = """
ALTER TABLE evaluation ADD CONSTRAINT evaluation_id_project_key UNIQUE (id, project, city)

ALTER TABLE lesson ADD CONSTRAINT lesson_is_of_its_evaluation
    FOREIGN KEY (evaluation, project, city) REFERENCES evaluation (id, project, city)

CREATE INDEX lesson_themes ON lesson USING gin (themes)

CREATE TABLE lesson_search (
    id integer PRIMARY KEY REFERENCES lesson ON DELETE CASCADE, document tsvector NOT NULL)

CREATE INDEX lesson_search_document ON lesson_search USING gin (document)

CREATE VIEW lesson_searched AS
SELECT lesson.id, project.state = 'closed' AND NOT project.confidential AS public,
    search_vector(city.languages::text[], lesson.title, 'A')
    || search_vector(city.languages::text[], lesson.narrative, 'B')
    || search_vector('{}', array_to_string(lesson.themes, ' '), 'C')
    || search_vector('{}', concat_ws(' ', city.name, city.local_name), 'D') AS document
FROM lesson JOIN project ON project.id = lesson.project JOIN city ON city.id = lesson.city

CREATE FUNCTION lesson_search_refresh(ids integer[]) RETURNS void
    LANGUAGE sql SET search_path FROM CURRENT AS $$
    INSERT INTO lesson_search SELECT id, document FROM lesson_searched WHERE id = ANY (ids)
        ON CONFLICT (id) DO UPDATE SET document = excluded.document;
    SELECT search_learn(array_agg(DISTINCT word)) FROM (
        SELECT unnest(tsvector_to_array(s.document)) AS word
        FROM lesson_search s
        JOIN lesson n ON n.id = s.id JOIN project p ON p.id = n.project
        WHERE s.id = ANY (ids) AND p.state = 'closed' AND NOT p.confidential) learnt;
$$

CREATE OR REPLACE FUNCTION search_rebuild() RETURNS void
    LANGUAGE sql SET search_path FROM CURRENT AS $$
    SELECT practice_search_refresh(array_agg(id)) FROM practice;
    SELECT request_search_refresh(array_agg(id)) FROM request;
    SELECT project_search_refresh(array_agg(id)) FROM project;
    SELECT lesson_search_refresh(array_agg(id)) FROM lesson;
$$

CREATE FUNCTION keep_lesson_search() RETURNS trigger
    LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM lesson_search_refresh(ARRAY[NEW.id]);
    RETURN NULL;
END $$

CREATE FUNCTION keep_lessons_of_project_search() RETURNS trigger
    LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM lesson_search_refresh(array_agg(id)) FROM lesson WHERE project = NEW.id;
    RETURN NULL;
END $$

CREATE TRIGGER lesson_is_searched
    AFTER INSERT OR UPDATE OF title, narrative, themes, city
    ON lesson FOR EACH ROW EXECUTE FUNCTION keep_lesson_search()

CREATE TRIGGER lessons_are_learnt_from
    AFTER UPDATE OF state, confidential ON project FOR EACH ROW
    WHEN (NEW.state = 'closed' AND (OLD.state, OLD.confidential)
        IS DISTINCT FROM (NEW.state, NEW.confidential))
    EXECUTE FUNCTION keep_lessons_of_project_search()

CREATE OR REPLACE VIEW notification AS
    SELECT e.id, h.id AS person, e.id AS event, e.at AS created_at, r.read_at
    FROM person h
        CROSS JOIN audit_event e
        JOIN project p ON p.id = e.project
        LEFT JOIN notification_read r ON r.person = h.id AND r.event = e.id
    WHERE h.id IS DISTINCT FROM e.actor
        AND NOT (e.subject_type = 'value' AND e.verb IN ('draft', 'redraft', 'discard'))
        AND NOT (e.subject_type = 'evaluation' AND e.verb = 'draft')
        AND NOT (e.subject_type = 'evidence' AND e.verb IN ('attach_draft', 'detach_draft'))
        AND (h.id, e.project) IN (
            SELECT m.person, c.project FROM membership m JOIN participation c ON c.city = m.city)
        AND EXISTS (
            SELECT FROM participation c JOIN membership m ON m.city = c.city
            WHERE c.project = e.project AND m.person = h.id
                AND m.started_at <= e.at AND (m.ended_at IS NULL OR m.ended_at > e.at)
                AND (c.city = p.lead_city OR p.submitted_at <= e.at))
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
