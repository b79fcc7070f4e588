"""How far each indicator came is kept beside it, and indexes order projects and indicators by what
is kept: the first page of a hundred thousand does not sort them all."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from tracker.domain.database import DB

ID = "2026-11-26T04:41:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Kept achievement of indicators"

# `indicator_figures_told` says what is kept; a change renews the row of its indicator by it, under
# a lock on that row: of two changes at once the later one sees the other. Every indicator has its
# row: a foreign key asks for it at commit. Pages have nulls last in both directions, so there is
# an index for each. `planned_anew` is never called; see the planner's `connection.py`.
STATEMENTS = r"""
CREATE TABLE indicator_figures (
    indicator integer PRIMARY KEY REFERENCES indicator (id) ON DELETE CASCADE,
    achievement numeric
) WITH (fillfactor = 90);

CREATE VIEW indicator_figures_told AS
    SELECT i.id AS indicator,
        round(achieved(i.baseline_value, q.target_value, v.value, i.ascending), 4) AS achievement
    FROM indicator i
    LEFT JOIN value v ON v.id = i.latest_value
    LEFT JOIN period q ON q.id = v.period;

CREATE FUNCTION renew_indicator_figures(touched integer) RETURNS void
    LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM FROM indicator_figures WHERE indicator = touched FOR NO KEY UPDATE;
    UPDATE indicator_figures f SET achievement = t.achievement FROM indicator_figures_told t
        WHERE t.indicator = touched AND f.indicator = touched
            AND f.achievement IS DISTINCT FROM t.achievement;
END $$;

CREATE FUNCTION begin_indicator_figures() RETURNS trigger
    LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO indicator_figures SELECT * FROM indicator_figures_told WHERE indicator = NEW.id;
    RETURN NULL;
END $$;

CREATE FUNCTION keep_indicator_figures() RETURNS trigger
    LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM renew_indicator_figures(NEW.id);
    RETURN NULL;
END $$;

CREATE FUNCTION keep_indicator_figures_of_period() RETURNS trigger
    LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM renew_indicator_figures(NEW.indicator);
    RETURN NULL;
END $$;

CREATE FUNCTION keep_indicator_figures_of_value() RETURNS trigger
    LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM renew_indicator_figures(q.indicator) FROM period q WHERE q.id = NEW.period;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION figures_rebuild() RETURNS void
    LANGUAGE sql SET search_path FROM CURRENT AS $$
    DELETE FROM project_figures;
    INSERT INTO project_figures SELECT * FROM project_figures_told ORDER BY project;
    DELETE FROM portfolio_row;
    INSERT INTO portfolio_row SELECT * FROM portfolio_row_told ORDER BY id;
    DELETE FROM indicator_figures;
    INSERT INTO indicator_figures SELECT * FROM indicator_figures_told ORDER BY indicator;
    SELECT roll_ups_rebuild();
$$;

INSERT INTO indicator_figures SELECT * FROM indicator_figures_told ORDER BY indicator;

ALTER TABLE indicator ADD CONSTRAINT indicator_has_figures FOREIGN KEY (id)
    REFERENCES indicator_figures (indicator) DEFERRABLE INITIALLY DEFERRED;

CREATE TRIGGER indicator_figures_begin AFTER INSERT ON indicator
    FOR EACH ROW EXECUTE FUNCTION begin_indicator_figures();

CREATE TRIGGER indicator_figures_are_kept
    AFTER UPDATE OF baseline_value, ascending, latest_value ON indicator
    FOR EACH ROW EXECUTE FUNCTION keep_indicator_figures();

CREATE TRIGGER indicator_figures_are_kept AFTER UPDATE OF target_value ON period
    FOR EACH ROW EXECUTE FUNCTION keep_indicator_figures_of_period();

CREATE TRIGGER value_moves_indicator_figures AFTER UPDATE OF value, period ON value
    FOR EACH ROW WHEN (NEW.state = 'approved')
    EXECUTE FUNCTION keep_indicator_figures_of_value();

CREATE FUNCTION planned_anew() RETURNS boolean LANGUAGE plpgsql STABLE COST 1000000000 AS $$
BEGIN
    RETURN true;
END $$;

CREATE INDEX indicator_figures_most
    ON indicator_figures (achievement DESC NULLS LAST, indicator DESC);

CREATE INDEX indicator_figures_least ON indicator_figures (achievement, indicator);

CREATE INDEX project_figures_progress_least ON project_figures (progress, project);

CREATE INDEX project_figures_share
    ON project_figures (outcome_share DESC NULLS LAST, project DESC);

CREATE INDEX project_figures_share_least ON project_figures (outcome_share, project);
"""


async def forwards() -> MigrationManager:
    """The table, what it is told by, the triggers that keep it, what is there already, indexes."""
    manager = MigrationManager(
        migration_id=ID, app_name="tracker", description=DESCRIPTION, wrap_in_transaction=True
    )

    async def run() -> None:
        for statement in STATEMENTS.strip().split("\n\n"):
            await DB.run_ddl(statement)

    manager.add_raw(run)
    return manager
