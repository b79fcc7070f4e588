"""When a project was last heard of, and in which state it is, is kept beside it: computed health is
a comparison of what is kept there, and an index walks along the projects in one state."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from tracker.domain.database import DB, fetch

ID = "2026-11-26T09:15:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Kept days of the last news"

# `heard` begins the day (of UTC) on which the public last heard of a project, `heard_inside` the day
# on which the partner cities and the secretariat did. Days, because most changes come on a day that
# has its news already, and then nothing is written, nor a row locked for it; who asks on the very
# day on which a project falls silent looks up the instant. A day only becomes a later one, so it
# does not matter in which order changes commit.
#
# `public_event` and `inner_event` say which events are news to whom, and nothing else does. Without
# a search path of their own, so that PostgreSQL writes them into the statements that call them.
# `figures_hear` runs with every change: to set a search path for it, or to have the trigger's
# condition look at the event, would take longer than all that it does.
#
# PostgreSQL reads a trigger's condition anew in each statement, so what is written with every event is
# short: a list is one constant.
#
# `state` is the project's own. `renewed` stays the last column: rows are told without it. Pages have
# nulls last in both directions, so there is an index for each where there may be nulls.
STATEMENTS = r"""
CREATE FUNCTION public_event(a audit_event) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE a.subject_type
        WHEN 'value' THEN coalesce(a.after ->> 'state' IN ('approved', 'superseded'), false)
            OR a.after ? 'verdict'
        WHEN 'project' THEN a.before || a.after ?| ARRAY['title', 'summary', 'themes', 'sdg_goals',
            'sectors', 'state', 'reported_health', 'confidential', 'planned_start_on',
            'planned_end_on', 'actual_start_on', 'actual_end_on', 'amber_days', 'red_days',
            'amber_share', 'red_share', 'stale_days']
        WHEN 'milestone' THEN a.before || a.after ?| ARRAY['title', 'kind', 'weight',
            'baseline_due_on', 'due_on', 'completed_on', 'state']
        WHEN 'result' THEN a.before || a.after ?| ARRAY['type', 'title', 'benefit']
        WHEN 'indicator' THEN a.before || a.after ?| ARRAY['title', 'measure', 'ascending',
            'accumulation', 'aggregation', 'unit', 'baseline_value', 'baseline_on',
            'means_of_verification']
        WHEN 'period' THEN a.before || a.after ?| ARRAY['starts_on', 'ends_on', 'target_value']
        WHEN 'dimension' THEN a.before || a.after ?| ARRAY['name', 'categories', 'additive']
        WHEN 'status_report' THEN a.before || a.after ? 'published_at'
        WHEN 'addendum' THEN a.before || a.after ? 'text'
        ELSE false END
$$;

CREATE FUNCTION inner_event(a audit_event) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE a.subject_type
        WHEN 'comment' THEN false
        WHEN 'value' THEN a.verb NOT IN ('draft', 'redraft', 'discard')
        WHEN 'evaluation' THEN a.verb <> 'draft'
        WHEN 'evidence' THEN a.verb NOT IN ('attach_draft', 'detach_draft')
        ELSE true END
$$;

CREATE FUNCTION last_news(of integer, inside boolean) RETURNS timestamptz
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path FROM CURRENT AS $$
BEGIN
    IF inside THEN
        RETURN (SELECT greatest(p.created_at, (SELECT a.at FROM audit_event a
            WHERE a.project = p.id AND inner_event(a) ORDER BY a.id DESC LIMIT 1))
            FROM project p WHERE p.id = of);
    END IF;
    RETURN (SELECT greatest(p.agreed_at, (SELECT a.at FROM audit_event a
        WHERE a.project = p.id AND public_event(a) ORDER BY a.id DESC LIMIT 1))
        FROM project p WHERE p.id = of);
END $$;

CREATE FUNCTION silent(of integer, heard timestamptz, heard_inside timestamptz, inside boolean,
        since timestamptz) RETURNS boolean
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path FROM CURRENT AS $$
DECLARE
    begun timestamptz := CASE WHEN inside THEN heard_inside ELSE heard END;
BEGIN
    IF begun >= since OR begun <= since - interval '1 day' THEN
        RETURN begun < since;
    END IF;
    RETURN last_news(of, inside) < since;
END $$;

ALTER TABLE project_figures DROP COLUMN renewed, ADD COLUMN heard timestamptz,
    ADD COLUMN heard_inside timestamptz, ADD COLUMN state varchar, ADD COLUMN renewed xid8;

CREATE OR REPLACE VIEW project_figures_told AS
    SELECT p.id AS project, m.milestones, m.progress, m.moves, m.slipped, m.slip_weight,
        m.slipped_most, l.id AS late_milestone, l.due_on AS late_due_on,
        l.time_zone::text AS late_zone,
        begin_of(l.due_on + p.amber_days + 1, l.time_zone) AS amber_from,
        begin_of(l.due_on + p.red_days + 1, l.time_zone) AS red_from,
        o.outcome_share,
        begin_of(o.missing_on + p.stale_days + 1, y.time_zone) AS missing_from,
        o.indicators, o.measured, o.improved, o.on_target,
        date_trunc('day', greatest(p.agreed_at, (SELECT max(a.at) FROM audit_event a
            WHERE a.project = p.id AND public_event(a))), 'UTC') AS heard,
        date_trunc('day', greatest(p.created_at, (SELECT max(a.at) FROM audit_event a
            WHERE a.project = p.id AND inner_event(a))), 'UTC') AS heard_inside,
        p.state
    FROM project p
    JOIN city y ON y.id = p.lead_city
    CROSS JOIN LATERAL (
        SELECT count(*)::integer AS milestones,
            round(coalesce(sum(x.weight) FILTER (WHERE x.state = 'accepted'), 0)::numeric
                / nullif(sum(x.weight) FILTER (WHERE x.state <> 'waived'), 0), 4) AS progress,
            coalesce(sum(x.moves) FILTER (WHERE x.state <> 'waived'), 0)::integer AS moves,
            coalesce(sum(x.weight * x.days) FILTER (WHERE x.state <> 'waived'), 0) AS slipped,
            coalesce(sum(x.weight) FILTER (WHERE x.state <> 'waived' AND x.days IS NOT NULL),
                0)::integer AS slip_weight,
            max(x.days) FILTER (WHERE x.state <> 'waived') AS slipped_most
        FROM (
            SELECT s.*, CASE s.state WHEN 'accepted' THEN s.completed_on ELSE s.due_on END
                - s.baseline_due_on AS days
            FROM milestone s WHERE s.project = p.id) x) m
    LEFT JOIN LATERAL (
        SELECT s.id, s.due_on, c.time_zone FROM milestone s JOIN city c ON c.id = s.city
        WHERE s.project = p.id AND s.state NOT IN ('accepted', 'waived')
        ORDER BY begin_of(s.due_on + 1, c.time_zone), s.id LIMIT 1) l ON true
    CROSS JOIN LATERAL (
        SELECT round(min(x.achieved / x.expected), 4) AS outcome_share,
            min(x.missing_on) AS missing_on,
            count(*) FILTER (WHERE x.measure <> 'qualitative')::integer AS indicators,
            count(x.achieved)::integer AS measured,
            count(*) FILTER (WHERE round(x.achieved, 4) > 0)::integer AS improved,
            count(*) FILTER (WHERE round(x.achieved, 4) >= 1)::integer AS on_target
        FROM (
            SELECT i.measure,
                CASE WHEN i.measure <> 'qualitative'
                    THEN achieved(i.baseline_value, q.target_value, v.value, i.ascending) END AS achieved,
                CASE WHEN q.target_value = i.baseline_value THEN 1
                    ELSE greatest(1, least(q.ends_on, (v.created_at AT TIME ZONE c.time_zone)::date)
                            - d.begins_on + 1)::numeric
                        / greatest(1, q.ends_on - d.begins_on + 1) END AS expected,
                (SELECT min(n.ends_on) FROM period n WHERE n.indicator = i.id
                    AND n.waived_reason IS NULL
                    AND n.ends_on > coalesce(q.ends_on, '-infinity')) AS missing_on
            FROM indicator i
            LEFT JOIN value v ON v.id = i.latest_value
            LEFT JOIN period q ON q.id = v.period
            LEFT JOIN city c ON c.id = v.city
            CROSS JOIN LATERAL (
                SELECT CASE i.accumulation WHEN 'period' THEN q.starts_on
                    ELSE least(q.starts_on, i.baseline_on) END AS begins_on) d
            WHERE i.project = p.id) x) o;

CREATE FUNCTION figures_hear() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    begun timestamptz := date_trunc('day', NEW.at, 'UTC');
BEGIN
    IF {schema}.public_event(NEW) THEN
        UPDATE {schema}.project_figures f SET heard = greatest(f.heard, begun),
                heard_inside = greatest(f.heard_inside, begun)
            WHERE f.project = NEW.project
                AND (f.heard IS NULL OR f.heard < begun OR f.heard_inside < begun);
    ELSIF {schema}.inner_event(NEW) THEN
        UPDATE {schema}.project_figures f SET heard_inside = begun
            WHERE f.project = NEW.project AND f.heard_inside < begun;
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION figures_follow_project() RETURNS trigger
    LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM FROM project_figures WHERE project = NEW.id FOR NO KEY UPDATE;
    UPDATE project_figures f SET (heard, heard_inside, state) =
        (SELECT t.heard, t.heard_inside, t.state
         FROM project_figures_told t WHERE t.project = NEW.id)
        WHERE f.project = NEW.id;
    RETURN NULL;
END $$;

UPDATE project_figures f SET (heard, heard_inside, state) = (t.heard, t.heard_inside, t.state)
    FROM project_figures_told t WHERE t.project = f.project;

ALTER TABLE project_figures ALTER COLUMN heard_inside SET NOT NULL, ALTER COLUMN state SET NOT NULL;

CREATE TRIGGER figures_hear AFTER INSERT ON audit_event
    FOR EACH ROW WHEN (NEW.project IS NOT NULL) EXECUTE FUNCTION figures_hear();

DROP TRIGGER personal_values_are_set_aside ON audit_event;

CREATE TRIGGER personal_values_are_set_aside BEFORE INSERT ON audit_event FOR EACH ROW
    WHEN (NEW.subject_type = ANY ('{person,session,api_token,sign_in_link,half_sign_in,password,second_factor,invitation,sign_on_identity}'::text[]))
    EXECUTE FUNCTION set_personal_aside();

DROP TRIGGER project_past_is_kept ON audit_event;

CREATE TRIGGER project_past_is_kept AFTER INSERT ON audit_event FOR EACH ROW
    WHEN (NEW.subject_type = 'project'
          AND (NEW.after ?| '{state,reported_health}'::text[] OR NEW.after = '{}'))
    EXECUTE FUNCTION keep_project_past();

DROP TRIGGER milestone_past_is_kept ON audit_event;

CREATE TRIGGER milestone_past_is_kept AFTER INSERT ON audit_event FOR EACH ROW
    WHEN (NEW.subject_type = 'milestone'
          AND (NEW.after ?| '{state,due_on,city}'::text[] OR NEW.after = '{}'))
    EXECUTE FUNCTION keep_milestone_past();

CREATE TRIGGER figures_follow AFTER UPDATE OF created_at, agreed_at, state ON project
    FOR EACH ROW WHEN ((NEW.created_at, NEW.agreed_at, NEW.state)
        IS DISTINCT FROM (OLD.created_at, OLD.agreed_at, OLD.state))
    EXECUTE FUNCTION figures_follow_project();

CREATE INDEX project_figures_state_progress
    ON project_figures (state, progress DESC NULLS LAST, project DESC);

CREATE INDEX project_figures_state_progress_least ON project_figures (state, progress, project);

CREATE INDEX project_figures_moves ON project_figures (moves, project);

CREATE INDEX project_figures_slipped ON project_figures
    (round(slipped::numeric / nullif(slip_weight, 0), 1) DESC NULLS LAST, project DESC);

CREATE INDEX project_figures_slipped_least ON project_figures
    (round(slipped::numeric / nullif(slip_weight, 0), 1), project);
"""


async def forwards() -> MigrationManager:
    """The functions, the columns, what they are told by, the triggers that keep them, indexes."""
    manager = MigrationManager(
        migration_id=ID, app_name="tracker", description=DESCRIPTION, wrap_in_transaction=True
    )

    async def run() -> None:
        [row] = await fetch("SELECT quote_ident(current_schema()) AS name")
        for statement in STATEMENTS.replace("{schema}", row["name"]).strip().split("\n\n"):
            await DB.run_ddl(statement)

    manager.add_raw(run)
    return manager
