"""How projects and milestones stood, kept stretch by stretch as the trail grows: reading the past
from the trail itself takes seconds once there are hundreds of thousands of events."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from tracker.domain.database import DB

ID = "2026-11-25T14:47:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "The past of projects and milestones, stretch by stretch"

# A row for each stretch of time in which nothing of it changed, from `since` (included) to `until`
# (not). What is there from its insertion on begins then; the trail tells the rest. Stretches
# outlive their milestone, as its past does, so they have no foreign keys.
#
# `past_rebuild()` is for rows that came in past the triggers. An event tells only what changed, so
# each is completed by what earlier ones said: a running maximum over number and value finds the
# last event that told of a column, with one sort for all columns. A row that the trail does not
# know the beginning of began as the first event about it says that it was, or as it is now, on the
# day it was made. Until it is called, such a row's past begins with what happens to it next.
STATEMENTS = r"""
CREATE TABLE project_past (
    project integer NOT NULL,
    state text NOT NULL,
    reported_health text,
    since timestamptz NOT NULL,
    until timestamptz NOT NULL DEFAULT 'infinity'
);

CREATE UNIQUE INDEX project_past_ends ON project_past (project) WHERE until = 'infinity';

CREATE TABLE milestone_past (
    milestone integer NOT NULL,
    project integer NOT NULL,
    city integer NOT NULL,
    state text NOT NULL,
    due_on date NOT NULL,
    since timestamptz NOT NULL,
    until timestamptz NOT NULL DEFAULT 'infinity'
);

CREATE UNIQUE INDEX milestone_past_ends ON milestone_past (milestone) WHERE until = 'infinity';

CREATE FUNCTION begin_project_past() RETURNS trigger
    LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO project_past (project, state, reported_health, since)
        VALUES (NEW.id, NEW.state, NEW.reported_health, NEW.created_at);
    RETURN NULL;
END $$;

CREATE FUNCTION begin_milestone_past() RETURNS trigger
    LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO milestone_past (milestone, project, city, state, due_on, since)
        VALUES (NEW.id, NEW.project, NEW.city, NEW.state, NEW.due_on, NEW.created_at);
    RETURN NULL;
END $$;

CREATE FUNCTION keep_project_past() RETURNS trigger
    LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    told project_past;
BEGIN
    IF NEW.before = '{}' THEN
        DELETE FROM project_past WHERE project = NEW.subject_id AND until = 'infinity';
    END IF;
    UPDATE project_past SET until = NEW.at
        WHERE project = NEW.subject_id AND until = 'infinity' RETURNING * INTO told;
    IF NEW.after <> '{}' THEN
        IF told.project IS NULL THEN
            SELECT p.state, p.reported_health INTO told.state, told.reported_health
                FROM project p WHERE p.id = NEW.subject_id;
        END IF;
        told := jsonb_populate_record(told, NEW.after);
        INSERT INTO project_past (project, state, reported_health, since)
            VALUES (NEW.subject_id, told.state, told.reported_health, NEW.at);
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION keep_milestone_past() RETURNS trigger
    LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    told milestone_past;
BEGIN
    IF NEW.before = '{}' THEN
        DELETE FROM milestone_past WHERE milestone = NEW.subject_id AND until = 'infinity';
    END IF;
    UPDATE milestone_past SET until = NEW.at
        WHERE milestone = NEW.subject_id AND until = 'infinity' RETURNING * INTO told;
    IF NEW.after <> '{}' THEN
        IF told.milestone IS NULL THEN
            SELECT m.city, m.state, m.due_on INTO told.city, told.state, told.due_on
                FROM milestone m WHERE m.id = NEW.subject_id;
        END IF;
        told := jsonb_populate_record(told, NEW.after);
        INSERT INTO milestone_past (milestone, project, city, state, due_on, since)
            VALUES (NEW.subject_id, NEW.project, told.city, told.state, told.due_on, NEW.at);
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER project_past_begins AFTER INSERT ON project
    FOR EACH ROW EXECUTE FUNCTION begin_project_past();

CREATE TRIGGER milestone_past_begins AFTER INSERT ON milestone
    FOR EACH ROW EXECUTE FUNCTION begin_milestone_past();

CREATE TRIGGER project_past_is_kept AFTER INSERT ON audit_event FOR EACH ROW
    WHEN (NEW.subject_type = 'project'
          AND (NEW.after ?| ARRAY['state', 'reported_health'] OR NEW.after = '{}'))
    EXECUTE FUNCTION keep_project_past();

CREATE TRIGGER milestone_past_is_kept AFTER INSERT ON audit_event FOR EACH ROW
    WHEN (NEW.subject_type = 'milestone'
          AND (NEW.after ?| ARRAY['state', 'due_on', 'city'] OR NEW.after = '{}'))
    EXECUTE FUNCTION keep_milestone_past();

CREATE VIEW project_past_told AS
    SELECT e.subject_id AS subject, e.project, e.at AS since,
        lead(e.at, 1, 'infinity') OVER w AS until,
        nullif(substr(max(CASE WHEN e.gone OR e.after ? 'state'
            THEN lpad(e.id::text, 12, '0') || coalesce(e.after->>'state', '') END COLLATE "C")
            OVER w, 13), '') AS state,
        nullif(substr(max(CASE WHEN e.gone OR e.after ? 'reported_health'
            THEN lpad(e.id::text, 12, '0') || coalesce(e.after->>'reported_health', '') END COLLATE "C")
            OVER w, 13), '') AS reported_health
    FROM (
        SELECT e.id, e.subject_id, e.project, e.at, e.after, e.after = '{}' AS gone
        FROM audit_event e
        WHERE e.subject_type = 'project'
            AND (e.after ?| ARRAY['state', 'reported_health'] OR e.after = '{}')
        UNION ALL
        SELECT 0, p.id, p.id, p.created_at,
            jsonb_build_object(
                'state', CASE WHEN f_state.found THEN f_state.told ELSE p.state::text END,
                'reported_health', CASE WHEN f_reported_health.found THEN f_reported_health.told ELSE p.reported_health::text END),
            false
        FROM project p
            LEFT JOIN LATERAL (
                SELECT b.before->>'state' AS told, true AS found FROM audit_event b
                WHERE b.subject_type = 'project' AND b.subject_id = p.id AND b.before ? 'state'
                ORDER BY b.id LIMIT 1) f_state ON true
            LEFT JOIN LATERAL (
                SELECT b.before->>'reported_health' AS told, true AS found FROM audit_event b
                WHERE b.subject_type = 'project' AND b.subject_id = p.id AND b.before ? 'reported_health'
                ORDER BY b.id LIMIT 1) f_reported_health ON true
        WHERE NOT EXISTS (
            SELECT FROM audit_event b WHERE b.subject_type = 'project' AND b.subject_id = p.id
            AND b.before = '{}')) e
    WINDOW w AS (PARTITION BY e.subject_id ORDER BY e.id);

CREATE VIEW milestone_past_told AS
    SELECT e.subject_id AS subject, e.project, e.at AS since,
        lead(e.at, 1, 'infinity') OVER w AS until,
        nullif(substr(max(CASE WHEN e.gone OR e.after ? 'state'
            THEN lpad(e.id::text, 12, '0') || coalesce(e.after->>'state', '') END COLLATE "C")
            OVER w, 13), '') AS state,
        nullif(substr(max(CASE WHEN e.gone OR e.after ? 'due_on'
            THEN lpad(e.id::text, 12, '0') || coalesce(e.after->>'due_on', '') END COLLATE "C")
            OVER w, 13), '') AS due_on,
        nullif(substr(max(CASE WHEN e.gone OR e.after ? 'city'
            THEN lpad(e.id::text, 12, '0') || coalesce(e.after->>'city', '') END COLLATE "C")
            OVER w, 13), '') AS city
    FROM (
        SELECT e.id, e.subject_id, e.project, e.at, e.after, e.after = '{}' AS gone
        FROM audit_event e
        WHERE e.subject_type = 'milestone'
            AND (e.after ?| ARRAY['state', 'due_on', 'city'] OR e.after = '{}')
        UNION ALL
        SELECT 0, p.id, p.project, p.created_at,
            jsonb_build_object(
                'state', CASE WHEN f_state.found THEN f_state.told ELSE p.state::text END,
                'due_on', CASE WHEN f_due_on.found THEN f_due_on.told ELSE p.due_on::text END,
                'city', CASE WHEN f_city.found THEN f_city.told ELSE p.city::text END),
            false
        FROM milestone p
            LEFT JOIN LATERAL (
                SELECT b.before->>'state' AS told, true AS found FROM audit_event b
                WHERE b.subject_type = 'milestone' AND b.subject_id = p.id AND b.before ? 'state'
                ORDER BY b.id LIMIT 1) f_state ON true
            LEFT JOIN LATERAL (
                SELECT b.before->>'due_on' AS told, true AS found FROM audit_event b
                WHERE b.subject_type = 'milestone' AND b.subject_id = p.id AND b.before ? 'due_on'
                ORDER BY b.id LIMIT 1) f_due_on ON true
            LEFT JOIN LATERAL (
                SELECT b.before->>'city' AS told, true AS found FROM audit_event b
                WHERE b.subject_type = 'milestone' AND b.subject_id = p.id AND b.before ? 'city'
                ORDER BY b.id LIMIT 1) f_city ON true
        WHERE NOT EXISTS (
            SELECT FROM audit_event b WHERE b.subject_type = 'milestone' AND b.subject_id = p.id
            AND b.before = '{}')) e
    WINDOW w AS (PARTITION BY e.subject_id ORDER BY e.id);

CREATE FUNCTION past_rebuild() RETURNS void LANGUAGE sql SET search_path FROM CURRENT AS $$
    DELETE FROM project_past;
    DELETE FROM milestone_past;
    INSERT INTO project_past (project, state, reported_health, since, until)
        SELECT subject, state, reported_health, since, until
        FROM project_past_told WHERE state IS NOT NULL;
    INSERT INTO milestone_past (milestone, project, city, state, due_on, since, until)
        SELECT subject, project, city::integer, state, due_on::date, since, until
        FROM milestone_past_told WHERE state IS NOT NULL;
$$;

SELECT past_rebuild();
"""


async def forwards() -> MigrationManager:
    """The above, and the past of what is already there."""
    manager = MigrationManager(
        migration_id=ID, app_name="tracker", description=DESCRIPTION, wrap_in_transaction=True
    )

    async def run() -> None:
        for statement in STATEMENTS.strip().split("\n\n"):
            await DB.run_ddl(statement)

    manager.add_raw(run)
    return manager
