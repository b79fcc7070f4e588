"""A milestone that is handed in is as late as it was when it was done: waiting for acceptance makes
no project late, today or on a past day."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from tracker.domain.database import DB

ID = "2026-11-26T11:20:01:000000"
VERSION = "1.38.0"
DESCRIPTION = "Late by what its city did"

# The rule is that of `late_days` in the rules of milestones. `late_milestone` is now the first that
# is not handed in: only its days grow. `done_late` is by how many days the latest of those that wait
# for acceptance was done after its due date; where that is more than the project tolerates, it is
# amber or red since ever. `renewed` stays the last column: rows are told without it.
#
# A milestone's past has the day on which it was done. The trail tells it with the state only, so
# its trigger need not look for more.
STATEMENTS = r"""
ALTER TABLE project_figures DROP COLUMN renewed, ADD COLUMN done_late integer,
    ADD COLUMN renewed xid8;

CREATE OR REPLACE VIEW project_figures_told AS
    SELECT p.id AS project, m.milestones, m.progress, m.moves, m.slipped, m.slip_weight,
        m.slipped_most, l.id AS late_milestone, l.due_on AS late_due_on,
        l.time_zone::text AS late_zone,
        CASE WHEN m.done_late > p.amber_days THEN '-infinity'
            ELSE begin_of(l.due_on + p.amber_days + 1, l.time_zone) END AS amber_from,
        CASE WHEN m.done_late > p.red_days THEN '-infinity'
            ELSE begin_of(l.due_on + p.red_days + 1, l.time_zone) END AS red_from,
        o.outcome_share,
        begin_of(o.missing_on + p.stale_days + 1, y.time_zone) AS missing_from,
        o.indicators, o.measured, o.improved, o.on_target,
        date_trunc('day', greatest(p.agreed_at, (SELECT max(a.at) FROM audit_event a
            WHERE a.project = p.id AND public_event(a))), 'UTC') AS heard,
        date_trunc('day', greatest(p.created_at, (SELECT max(a.at) FROM audit_event a
            WHERE a.project = p.id AND inner_event(a))), 'UTC') AS heard_inside,
        p.state, m.done_late
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
            max(x.days) FILTER (WHERE x.state <> 'waived') AS slipped_most,
            max(x.completed_on - x.due_on) FILTER (WHERE x.state = 'submitted'
                AND x.completed_on > x.due_on) AS done_late
        FROM (
            SELECT s.*, CASE s.state WHEN 'accepted' THEN s.completed_on ELSE s.due_on END
                - s.baseline_due_on AS days
            FROM milestone s WHERE s.project = p.id) x) m
    LEFT JOIN LATERAL (
        SELECT s.id, s.due_on, c.time_zone FROM milestone s JOIN city c ON c.id = s.city
        WHERE s.project = p.id AND s.state NOT IN ('accepted', 'waived')
            AND s.completed_on IS NULL
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

CREATE OR REPLACE FUNCTION renew_figures(touched integer) RETURNS void
    LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM FROM project_figures WHERE project = touched FOR NO KEY UPDATE;
    UPDATE project_figures f SET (milestones, progress, moves, slipped, slip_weight, slipped_most,
            late_milestone, late_due_on, late_zone, amber_from, red_from, outcome_share,
            missing_from, indicators, measured, improved, on_target, done_late, renewed) =
        (SELECT t.milestones, t.progress, t.moves, t.slipped, t.slip_weight, t.slipped_most,
            t.late_milestone, t.late_due_on, t.late_zone, t.amber_from, t.red_from,
            t.outcome_share, t.missing_from, t.indicators, t.measured, t.improved, t.on_target,
            t.done_late, pg_current_xact_id()
         FROM project_figures_told t WHERE t.project = touched)
        WHERE f.project = touched AND EXISTS (SELECT FROM project p WHERE p.id = touched);
END $$;

CREATE OR REPLACE FUNCTION keep_figures_of_move() RETURNS trigger
    LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    UPDATE project_figures f
        SET moves = f.moves + NEW.moves - OLD.moves,
            slipped = f.slipped + CASE WHEN NEW.baseline_due_on IS NULL THEN 0
                ELSE NEW.weight * (NEW.due_on - OLD.due_on) END,
            slipped_most = greatest(f.slipped_most, NEW.due_on - NEW.baseline_due_on)
        WHERE f.project = NEW.project AND f.late_milestone <> NEW.id
            AND f.renewed IS DISTINCT FROM pg_current_xact_id()
            AND NEW.due_on > f.late_due_on + 2 AND NEW.state NOT IN ('accepted', 'waived')
            AND NEW.completed_on IS NULL
            AND (NEW.due_on >= OLD.due_on OR NEW.baseline_due_on IS NULL
                OR OLD.due_on - OLD.baseline_due_on < f.slipped_most);
    IF NOT FOUND THEN
        PERFORM renew_figures(NEW.project);
    END IF;
    RETURN NULL;
END $$;

SELECT renew_figures(x.project)
    FROM (SELECT DISTINCT project FROM milestone WHERE state = 'submitted' ORDER BY 1) x;

ALTER TABLE milestone_past ADD COLUMN completed_on date;

CREATE OR REPLACE VIEW milestone_past_told AS
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
            OVER w, 13), '') AS city,
        nullif(substr(max(CASE WHEN e.gone OR e.after ? 'completed_on'
            THEN lpad(e.id::text, 12, '0') || coalesce(e.after->>'completed_on', '') END COLLATE "C")
            OVER w, 13), '') AS completed_on
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
                'city', CASE WHEN f_city.found THEN f_city.told ELSE p.city::text END,
                'completed_on', CASE WHEN f_completed_on.found THEN f_completed_on.told ELSE p.completed_on::text END),
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
            LEFT JOIN LATERAL (
                SELECT b.before->>'completed_on' AS told, true AS found FROM audit_event b
                WHERE b.subject_type = 'milestone' AND b.subject_id = p.id
                    AND b.before ? 'completed_on'
                ORDER BY b.id LIMIT 1) f_completed_on ON true
        WHERE NOT EXISTS (
            SELECT FROM audit_event b WHERE b.subject_type = 'milestone' AND b.subject_id = p.id
            AND b.before = '{}')) e
    WINDOW w AS (PARTITION BY e.subject_id ORDER BY e.id);

CREATE OR REPLACE FUNCTION past_rebuild() RETURNS void
    LANGUAGE sql SET search_path FROM CURRENT AS $$
    DELETE FROM project_past;
    DELETE FROM milestone_past;
    INSERT INTO project_past (project, state, reported_health, since, until)
        SELECT subject, state, reported_health, since, until
        FROM project_past_told WHERE state IS NOT NULL;
    INSERT INTO milestone_past (milestone, project, city, state, due_on, completed_on, since, until)
        SELECT subject, project, city::integer, state, due_on::date, completed_on::date, since,
            until
        FROM milestone_past_told WHERE state IS NOT NULL;
$$;

CREATE OR REPLACE FUNCTION begin_milestone_past() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO milestone_past (milestone, project, city, state, due_on, completed_on, since)
        VALUES (NEW.id, NEW.project, NEW.city, NEW.state, NEW.due_on, NEW.completed_on,
            NEW.created_at);
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION keep_milestone_past() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    told milestone_past;
BEGIN
    IF NEW.before <> '{}' AND NEW.after <> '{}' THEN
        INSERT INTO milestone_past (milestone, project, city, state, due_on, completed_on, since,
                until)
            SELECT milestone, project, city, state, due_on, completed_on, since, NEW.at
            FROM milestone_past
            WHERE milestone = NEW.subject_id AND until = 'infinity';
        IF FOUND THEN
            UPDATE milestone_past SET since = NEW.at,
                    state = coalesce(NEW.after->>'state', state),
                    due_on = coalesce((NEW.after->>'due_on')::date, due_on),
                    city = coalesce((NEW.after->>'city')::integer, city),
                    completed_on = CASE WHEN NEW.after ? 'completed_on'
                        THEN (NEW.after->>'completed_on')::date ELSE completed_on END
                WHERE milestone = NEW.subject_id AND until = 'infinity';
            RETURN NULL;
        END IF;
    END IF;
    IF NEW.before = '{}' THEN
        DELETE FROM milestone_past WHERE milestone = NEW.subject_id AND until = 'infinity';
    END IF;
    UPDATE milestone_past SET until = NEW.at
        WHERE milestone = NEW.subject_id AND until = 'infinity' RETURNING * INTO told;
    IF NEW.after <> '{}' THEN
        IF told.milestone IS NULL THEN
            SELECT m.city, m.state, m.due_on, m.completed_on
                INTO told.city, told.state, told.due_on, told.completed_on
                FROM milestone m WHERE m.id = NEW.subject_id;
        END IF;
        told := jsonb_populate_record(told, NEW.after);
        INSERT INTO milestone_past (milestone, project, city, state, due_on, completed_on, since)
            VALUES (NEW.subject_id, NEW.project, told.city, told.state, told.due_on,
                told.completed_on, NEW.at);
    END IF;
    RETURN NULL;
END $$;

DO $$
BEGIN
    EXECUTE format('ALTER FUNCTION keep_milestone_past() SECURITY DEFINER'
                   ' SET search_path = %I, pg_temp', current_schema());
    EXECUTE format('ALTER FUNCTION begin_milestone_past() SECURITY DEFINER'
                   ' SET search_path = %I, pg_temp', current_schema());
END $$;

UPDATE milestone_past h SET completed_on = t.completed_on::date FROM milestone_past_told t
    WHERE t.subject = h.milestone AND t.since = h.since AND t.until = h.until
        AND t.completed_on IS NOT NULL;
"""


async def forwards() -> MigrationManager:
    """What is kept of lateness, what it is told by, and what is there already."""
    manager = MigrationManager(
        migration_id=ID, app_name="tracker", description=DESCRIPTION, wrap_in_transaction=True
    )

    async def run() -> None:
        for statement in STATEMENTS.strip().split("\n\n"):
            await DB.run_ddl(statement)

    manager.add_raw(run)
    return manager
