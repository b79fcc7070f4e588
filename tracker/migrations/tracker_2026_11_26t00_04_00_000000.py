"""What Piccolo cannot say of comments: what they are about is one of their project's, whom they are
for is noted in their project, and they are found by what they are about. Of comments only those are
notified whom they mention."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from tracker.domain.database import DB

ID = "2026-11-26T00:04:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Rules of comments"

STATEMENTS = """
ALTER TABLE comment ADD CONSTRAINT comment_project_key UNIQUE (id, project);

ALTER TABLE mention ADD CONSTRAINT mention_belongs_to_its_comments_project
    FOREIGN KEY (comment, project) REFERENCES comment (id, project);

CREATE INDEX comment_by_project ON comment (project, id);

CREATE INDEX comment_by_subject ON comment (subject_type, subject_id, id);

CREATE FUNCTION require_subject_of_comment() RETURNS trigger
    LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    found boolean;
BEGIN
    EXECUTE format('SELECT EXISTS (SELECT FROM %I WHERE id = $1 AND %I = $2)', NEW.subject_type,
        CASE NEW.subject_type WHEN 'project' THEN 'id' ELSE 'project' END)
        INTO found USING NEW.subject_id, NEW.project;
    IF NOT found THEN
        RAISE EXCEPTION 'a comment is about something of its project'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'comment_subject_is_of_its_project';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER comment_subject_is_of_its_project
    AFTER INSERT OR UPDATE OF project, subject_type, subject_id ON comment
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION require_subject_of_comment();

CREATE OR REPLACE VIEW notification AS
    SELECT e.id, h.id AS person, e.id AS event, e.at AS created_at, r.read_at
    FROM person h
        CROSS JOIN audit_event e
        JOIN project p ON p.id = e.project
        LEFT JOIN notification_read r ON r.person = h.id AND r.event = e.id
    WHERE h.id IS DISTINCT FROM e.actor
        AND NOT (e.subject_type = 'value' AND e.verb IN ('draft', 'redraft', 'discard'))
        AND NOT (e.subject_type = 'evidence' AND e.verb IN ('attach_draft', 'detach_draft'))
        AND (e.subject_type <> 'comment' OR (e.after -> 'mentions' @> to_jsonb(h.id)
            AND NOT coalesce(e.before -> 'mentions', '[]') @> to_jsonb(h.id)))
        AND (h.id, e.project) IN (
            SELECT m.person, c.project FROM membership m JOIN participation c ON c.city = m.city)
        AND EXISTS (
            SELECT FROM participation c JOIN membership m ON m.city = c.city
            WHERE c.project = e.project AND m.person = h.id
                AND m.started_at <= e.at AND (m.ended_at IS NULL OR m.ended_at > e.at)
                AND (c.city = p.lead_city OR p.submitted_at <= e.at));
"""


async def forwards() -> MigrationManager:
    """The rules above, in order."""
    manager = MigrationManager(
        migration_id=ID, app_name="tracker", description=DESCRIPTION, wrap_in_transaction=True
    )

    async def run() -> None:
        for statement in STATEMENTS.strip().split("\n\n"):
            await DB.run_ddl(statement)

    manager.add_raw(run)
    return manager
