"""How many indicators of a project are measured, better and on target is kept beside it, so that a
portfolio's outcomes are sums."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from tracker.domain.database import DB

ID = "2026-11-25T23:52:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Kept counts of outcomes"

# Of the indicators with numbers. `renewed` stays the last column: rows are told without it.
STATEMENTS = r"""
ALTER TABLE project_figures DROP COLUMN renewed, ADD COLUMN indicators integer NOT NULL DEFAULT 0,
    ADD COLUMN measured integer NOT NULL DEFAULT 0,
    ADD COLUMN improved integer NOT NULL DEFAULT 0,
    ADD COLUMN on_target integer NOT NULL DEFAULT 0, ADD COLUMN renewed xid8;

CREATE OR REPLACE VIEW project_figures_told AS
    SELECT p.id AS project, m.milestones, m.progress, m.moves, m.slipped, m.slip_weight,
        m.slipped_most, l.id AS late_milestone, l.due_on AS late_due_on,
        l.time_zone::text AS late_zone,
        begin_of(l.due_on + p.amber_days + 1, l.time_zone) AS amber_from,
        begin_of(l.due_on + p.red_days + 1, l.time_zone) AS red_from,
        o.outcome_share,
        begin_of(o.missing_on + p.stale_days + 1, y.time_zone) AS missing_from,
        o.indicators, o.measured, o.improved, o.on_target
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

CREATE OR REPLACE FUNCTION renew_figures(touched integer) RETURNS void
    LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM FROM project_figures WHERE project = touched FOR NO KEY UPDATE;
    UPDATE project_figures f SET (milestones, progress, moves, slipped, slip_weight, slipped_most,
            late_milestone, late_due_on, late_zone, amber_from, red_from, outcome_share,
            missing_from, indicators, measured, improved, on_target, renewed) =
        (SELECT t.milestones, t.progress, t.moves, t.slipped, t.slip_weight, t.slipped_most,
            t.late_milestone, t.late_due_on, t.late_zone, t.amber_from, t.red_from,
            t.outcome_share, t.missing_from, t.indicators, t.measured, t.improved, t.on_target,
            pg_current_xact_id()
         FROM project_figures_told t WHERE t.project = touched)
        WHERE f.project = touched AND EXISTS (SELECT FROM project p WHERE p.id = touched);
END $$;

UPDATE project_figures f
    SET (indicators, measured, improved, on_target) =
        (t.indicators, t.measured, t.improved, t.on_target)
    FROM project_figures_told t WHERE t.project = f.project;
"""


async def forwards() -> MigrationManager:
    """The columns, what they are told by, and what is there already."""
    manager = MigrationManager(
        migration_id=ID, app_name="tracker", description=DESCRIPTION, wrap_in_transaction=True
    )

    async def run() -> None:
        for statement in STATEMENTS.strip().split("\n\n"):
            await DB.run_ddl(statement)

    manager.add_raw(run)
    return manager
