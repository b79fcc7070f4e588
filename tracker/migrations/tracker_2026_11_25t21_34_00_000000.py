"""Figures of each project, kept by triggers, so that a portfolio can be filtered and ordered by
progress and health without looking at every milestone and value of it."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from tracker.domain.database import DB

ID = "2026-11-25T21:34:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Kept figures of projects"

# `project_figures_told` says what the figures are; nothing else knows how they are worked out. A
# change renews the row of its project by it, under a lock on that row: of two changes at once the
# later one sees the other. Only the frequent change, another due date, is added instead, where
# neither the first open milestone nor the largest slippage can have become another one (two
# days are more than any two time zones are apart), and where the row was not `renewed` in this very
# transaction: a statement that moves several milestones has changed them all by then.
#
# `late_milestone` is the open milestone that is late first, `late_due_on` and `late_zone` its day:
# the days it is late follow from them and now. From `amber_from` and `red_from` on it is later than
# the project tolerates: its civil date is then after the due date and the tolerance, so that today's
# health is a comparison. `outcome_share` is the least share, over
# indicators, of what should have been reached when the latest approved value was reported: all of
# the target at the end of its period, less before (by the share of the period that had elapsed,
# or of the time since the baseline where values do not start anew in each period), all of it
# always where the target is to maintain the baseline. From `missing_from` on, the first period after
# that without an approved value or a waiver has been over for too long.
#
# `begin_of` is the first instant of a civil date; where clocks go back to midnight, a date begins
# an hour before the midnight that PostgreSQL chooses.
#
# Every project has its row: a foreign key asks for it at commit. After loading rows with triggers
# off, `figures_rebuild()`.
STATEMENTS = r"""
CREATE TABLE project_figures (
    project integer PRIMARY KEY REFERENCES project (id) ON DELETE CASCADE,
    milestones integer NOT NULL,
    progress numeric,
    moves integer NOT NULL,
    slipped bigint NOT NULL,
    slip_weight integer NOT NULL,
    slipped_most integer,
    late_milestone integer,
    late_due_on date,
    late_zone text,
    amber_from timestamptz,
    red_from timestamptz,
    outcome_share numeric,
    missing_from timestamptz,
    renewed xid8
) WITH (fillfactor = 70);

CREATE FUNCTION begin_of(day date, zone text) RETURNS timestamptz
    LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
    SELECT CASE WHEN ((b - interval '1 hour') AT TIME ZONE zone)::date >= day
        THEN b - interval '1 hour' ELSE b END
    FROM (SELECT day::timestamp AT TIME ZONE zone AS b) x
$$;

CREATE VIEW project_figures_told AS
    SELECT p.id AS project, m.milestones, m.progress, m.moves, m.slipped, m.slip_weight,
        m.slipped_most, l.id AS late_milestone, l.due_on AS late_due_on,
        l.time_zone::text AS late_zone,
        begin_of(l.due_on + p.amber_days + 1, l.time_zone) AS amber_from,
        begin_of(l.due_on + p.red_days + 1, l.time_zone) AS red_from,
        o.outcome_share,
        begin_of(o.missing_on + p.stale_days + 1, y.time_zone) AS missing_from
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
            min(x.missing_on) AS missing_on
        FROM (
            SELECT
                CASE WHEN i.measure = 'qualitative' OR i.baseline_value IS NULL
                        OR q.target_value IS NULL THEN NULL
                    WHEN q.target_value <> i.baseline_value
                        THEN (v.value - i.baseline_value) / (q.target_value - i.baseline_value)
                    WHEN (v.value >= q.target_value) = i.ascending OR v.value = q.target_value
                        THEN 1
                    WHEN q.target_value = 0 THEN 0
                    ELSE 1 - abs(v.value - q.target_value) / abs(q.target_value) END AS achieved,
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

CREATE FUNCTION renew_figures(touched integer) RETURNS void
    LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM FROM project_figures WHERE project = touched FOR NO KEY UPDATE;
    UPDATE project_figures f SET (milestones, progress, moves, slipped, slip_weight, slipped_most,
            late_milestone, late_due_on, late_zone, amber_from, red_from, outcome_share,
            missing_from, renewed) =
        (SELECT t.milestones, t.progress, t.moves, t.slipped, t.slip_weight, t.slipped_most,
            t.late_milestone, t.late_due_on, t.late_zone, t.amber_from, t.red_from,
            t.outcome_share, t.missing_from, pg_current_xact_id()
         FROM project_figures_told t WHERE t.project = touched)
        WHERE f.project = touched AND EXISTS (SELECT FROM project p WHERE p.id = touched);
END $$;

CREATE FUNCTION figures_rebuild() RETURNS void LANGUAGE sql SET search_path FROM CURRENT AS $$
    DELETE FROM project_figures;
    INSERT INTO project_figures SELECT * FROM project_figures_told ORDER BY project;
$$;

CREATE FUNCTION keep_figures() RETURNS trigger
    LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM renew_figures(x.project) FROM (
        SELECT DISTINCT project FROM unnest(ARRAY[OLD.project, NEW.project]) project
        WHERE project IS NOT NULL ORDER BY project) x;
    RETURN NULL;
END $$;

CREATE FUNCTION keep_figures_of_move() RETURNS trigger
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
            AND (NEW.due_on >= OLD.due_on OR NEW.baseline_due_on IS NULL
                OR OLD.due_on - OLD.baseline_due_on < f.slipped_most);
    IF NOT FOUND THEN
        PERFORM renew_figures(NEW.project);
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION begin_figures() RETURNS trigger
    LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO project_figures SELECT * FROM project_figures_told WHERE project = NEW.id;
    RETURN NULL;
END $$;

CREATE FUNCTION keep_figures_of_project() RETURNS trigger
    LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM renew_figures(NEW.id);
    RETURN NULL;
END $$;

CREATE FUNCTION keep_figures_of_city() RETURNS trigger
    LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM renew_figures(x.id) FROM (
        SELECT id FROM project WHERE lead_city = NEW.id
        UNION SELECT project FROM milestone WHERE city = NEW.id
        UNION SELECT project FROM value WHERE city = NEW.id ORDER BY 1) x;
    RETURN NULL;
END $$;

SELECT figures_rebuild();

ALTER TABLE project ADD CONSTRAINT project_has_figures FOREIGN KEY (id)
    REFERENCES project_figures (project) DEFERRABLE INITIALLY DEFERRED;

CREATE INDEX project_figures_progress ON project_figures (progress DESC NULLS LAST, project DESC);

CREATE TRIGGER figures_begin AFTER INSERT ON project
    FOR EACH ROW EXECUTE FUNCTION begin_figures();

CREATE TRIGGER figures_are_kept
    AFTER UPDATE OF lead_city, amber_days, red_days, stale_days ON project
    FOR EACH ROW WHEN ((NEW.lead_city, NEW.amber_days, NEW.red_days, NEW.stale_days)
        IS DISTINCT FROM (OLD.lead_city, OLD.amber_days, OLD.red_days, OLD.stale_days))
    EXECUTE FUNCTION keep_figures_of_project();

CREATE TRIGGER figures_are_kept AFTER UPDATE OF time_zone ON city
    FOR EACH ROW WHEN (NEW.time_zone <> OLD.time_zone) EXECUTE FUNCTION keep_figures_of_city();

CREATE TRIGGER figures_are_kept AFTER INSERT OR DELETE OR UPDATE OF project, city, weight,
    baseline_due_on, completed_on, state ON milestone
    FOR EACH ROW EXECUTE FUNCTION keep_figures();

CREATE TRIGGER figures_of_moves_are_kept AFTER UPDATE OF due_on, moves ON milestone
    FOR EACH ROW WHEN ((NEW.due_on, NEW.moves) IS DISTINCT FROM (OLD.due_on, OLD.moves)
        AND (NEW.project, NEW.city, NEW.weight, NEW.baseline_due_on, NEW.completed_on, NEW.state)
        IS NOT DISTINCT FROM (OLD.project, OLD.city, OLD.weight, OLD.baseline_due_on,
            OLD.completed_on, OLD.state))
    EXECUTE FUNCTION keep_figures_of_move();

CREATE TRIGGER figures_are_kept AFTER INSERT OR DELETE OR UPDATE OF project, measure, ascending,
    accumulation, baseline_value, baseline_on, latest_value ON indicator
    FOR EACH ROW EXECUTE FUNCTION keep_figures();

CREATE TRIGGER figures_are_kept AFTER INSERT OR DELETE OR UPDATE OF project, indicator, starts_on,
    ends_on, target_value, waived_reason ON period
    FOR EACH ROW EXECUTE FUNCTION keep_figures();

CREATE TRIGGER figures_are_kept AFTER UPDATE OF value, period, city, created_at ON value
    FOR EACH ROW WHEN (NEW.state = 'approved') EXECUTE FUNCTION keep_figures();
"""


async def forwards() -> MigrationManager:
    """The table, what it is told by, the triggers that keep it, and what is there already."""
    manager = MigrationManager(
        migration_id=ID, app_name="tracker", description=DESCRIPTION, wrap_in_transaction=True
    )

    async def run() -> None:
        for statement in STATEMENTS.strip().split("\n\n"):
            await DB.run_ddl(statement)

    manager.add_raw(run)
    return manager
