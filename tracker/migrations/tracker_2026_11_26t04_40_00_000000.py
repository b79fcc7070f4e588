"""What each project adds to the roll-ups of indicators is kept beside it, so that a portfolio's
roll-ups are sums over projects instead of a walk over every period of every indicator."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from tracker.domain.database import DB

ID = "2026-11-26T04:40:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Kept roll-ups of indicators"

# `roll_up` numbers what indicators that measure the same have in common, so that sums are grouped
# by a number instead of six texts. It only grows: what no indicator is called any more has no row
# beside a project. Of two transactions that add the same one, the second waits for the first.
#
# `project_roll_up_told` says what a project adds to each; nothing else knows how it is worked out.
# Over time, values of periods add up; cumulative ones and snapshots count with their latest, which
# holds what came before. `value` is the sum of what is summed, or of what counts with its latest
# the value of the newest period, which `latest_indicator` breaks ties of; percentages have their
# parts instead, and what may not be rolled up has none of them. `missing_from` are the instants,
# in their order, at which periods without an approved value or a waiver are over: how many are
# missing is how many of them have passed. NULL where there is none, which costs no room.
#
# A change renews the one row that it can have changed, under the lock on the project's row of
# figures: of two changes at once the later one sees the other. The names of the triggers let those
# go first that lock an indicator, as all who lock both do.
STATEMENTS = r"""
CREATE TABLE roll_up (
    id integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    ascending boolean NOT NULL,
    measure varchar NOT NULL,
    aggregation varchar NOT NULL,
    accumulation varchar NOT NULL,
    unit varchar NOT NULL,
    definition text NOT NULL,
    CONSTRAINT roll_up_is_numbered_once
        UNIQUE (definition, unit, measure, aggregation, accumulation, ascending)
);

CREATE TABLE project_roll_up (
    project integer NOT NULL REFERENCES project (id) ON DELETE CASCADE,
    roll_up integer NOT NULL REFERENCES roll_up (id),
    indicators integer NOT NULL,
    reported integer NOT NULL,
    latest_on date,
    latest_indicator integer,
    value numeric,
    numerator numeric,
    denominator numeric,
    missing_from timestamptz[],
    title varchar NOT NULL,
    PRIMARY KEY (project, roll_up)
) WITH (fillfactor = 90);

CREATE VIEW project_roll_up_told AS
    SELECT x.project, x.roll_up,
        count(*) FILTER (WHERE x.rank = 1)::integer AS indicators,
        count(x.reported) FILTER (WHERE x.rank = 1)::integer AS reported,
        max(x.ends_on) FILTER (WHERE x.reported IS NOT NULL) AS latest_on,
        CASE x.aggregation WHEN 'latest' THEN (array_agg(x.indicator
            ORDER BY x.ends_on DESC, x.indicator DESC) FILTER (WHERE x.reported IS NOT NULL))[1]
            END AS latest_indicator,
        CASE x.aggregation WHEN 'sum' THEN sum(x.value) FILTER (WHERE x.counts)
            WHEN 'latest' THEN (array_agg(x.value ORDER BY x.ends_on DESC, x.indicator DESC)
                FILTER (WHERE x.reported IS NOT NULL))[1] END AS value,
        CASE x.aggregation WHEN 'ratio_of_sums' THEN sum(x.numerator) FILTER (WHERE x.counts)
            END AS numerator,
        CASE x.aggregation WHEN 'ratio_of_sums' THEN sum(x.denominator) FILTER (WHERE x.counts)
            END AS denominator,
        array_agg(begin_of(x.ends_on + 1, x.time_zone) ORDER BY x.ends_on)
            FILTER (WHERE x.ends_on IS NOT NULL AND x.reported IS NULL AND NOT x.waived)
            AS missing_from,
        min(x.title) AS title
    FROM (
        SELECT y.*, y.accumulation = 'period' OR y.rank = 1 AS counts
        FROM (
            SELECT i.project, r.id AS roll_up, i.id AS indicator, i.title, i.aggregation,
                i.accumulation, c.time_zone, q.ends_on, q.waived_reason IS NOT NULL AS waived,
                v.id AS reported, v.value, v.numerator, v.denominator,
                row_number() OVER (PARTITION BY i.project, r.id, i.id
                    ORDER BY v.id IS NULL, q.ends_on DESC) AS rank
            FROM indicator i
            JOIN project p ON p.id = i.project
            JOIN city c ON c.id = p.lead_city
            LEFT JOIN roll_up r ON r.definition = lower(i.title) AND r.unit = i.unit
                AND r.measure = i.measure AND r.aggregation = i.aggregation
                AND r.accumulation = i.accumulation AND r.ascending = i.ascending
            LEFT JOIN period q ON q.indicator = i.id
            LEFT JOIN value v ON v.period = q.id AND v.state = 'approved') y) x
    GROUP BY x.project, x.roll_up, x.aggregation;

CREATE FUNCTION roll_up_of(i indicator) RETURNS integer
    LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
    SELECT r.id FROM roll_up r WHERE r.definition = lower(i.title) AND r.unit = i.unit
        AND r.measure = i.measure AND r.aggregation = i.aggregation
        AND r.accumulation = i.accumulation AND r.ascending = i.ascending
$$;

CREATE FUNCTION renew_roll_up(touched integer, which integer) RETURNS void
    LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM FROM project_figures WHERE project = touched FOR NO KEY UPDATE;
    INSERT INTO project_roll_up
        SELECT * FROM project_roll_up_told t WHERE t.project = touched AND t.roll_up = which
        ON CONFLICT (project, roll_up) DO UPDATE SET (indicators, reported, latest_on,
                latest_indicator, value, numerator, denominator, missing_from, title) =
            (EXCLUDED.indicators, EXCLUDED.reported, EXCLUDED.latest_on,
                EXCLUDED.latest_indicator, EXCLUDED.value, EXCLUDED.numerator,
                EXCLUDED.denominator, EXCLUDED.missing_from, EXCLUDED.title);
    IF NOT FOUND THEN
        DELETE FROM project_roll_up WHERE project = touched AND roll_up = which;
    END IF;
END $$;

CREATE FUNCTION renew_roll_ups(touched integer) RETURNS void
    LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM FROM project_figures WHERE project = touched FOR NO KEY UPDATE;
    PERFORM renew_roll_up(touched, x.roll_up) FROM (
        SELECT roll_up FROM project_roll_up WHERE project = touched ORDER BY roll_up) x;
END $$;

CREATE FUNCTION keep_roll_ups_of_indicator() RETURNS trigger
    LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO roll_up (definition, unit, measure, aggregation, accumulation, ascending)
            VALUES (lower(NEW.title), NEW.unit, NEW.measure, NEW.aggregation, NEW.accumulation,
                NEW.ascending)
            ON CONFLICT DO NOTHING;
    END IF;
    PERFORM renew_roll_up(x.project, x.roll_up) FROM (
        SELECT OLD.project, roll_up_of(OLD) UNION SELECT NEW.project, roll_up_of(NEW)
        ORDER BY 1, 2) x (project, roll_up) WHERE x.roll_up IS NOT NULL;
    RETURN NULL;
END $$;

CREATE FUNCTION keep_roll_ups_of_period() RETURNS trigger
    LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM renew_roll_up(x.project, x.roll_up) FROM (
        SELECT DISTINCT i.project, roll_up_of(i) AS roll_up FROM indicator i
        WHERE i.id IN (OLD.indicator, NEW.indicator) ORDER BY 1, 2) x;
    RETURN NULL;
END $$;

CREATE FUNCTION keep_roll_ups_of_value() RETURNS trigger
    LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF OLD.state = 'approved' OR NEW.state = 'approved' THEN
        PERFORM renew_roll_up(x.project, x.roll_up) FROM (
            SELECT DISTINCT i.project, roll_up_of(i) AS roll_up
            FROM period q JOIN indicator i ON i.id = q.indicator
            WHERE q.id IN (OLD.period, NEW.period) ORDER BY 1, 2) x;
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION keep_roll_ups_of_project() RETURNS trigger
    LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM renew_roll_ups(NEW.id);
    RETURN NULL;
END $$;

CREATE FUNCTION keep_roll_ups_of_city() RETURNS trigger
    LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM renew_roll_ups(x.id) FROM (
        SELECT id FROM project WHERE lead_city = NEW.id ORDER BY id) x;
    RETURN NULL;
END $$;

CREATE FUNCTION roll_ups_rebuild() RETURNS void LANGUAGE sql SET search_path FROM CURRENT AS $$
    DELETE FROM project_roll_up;
    DELETE FROM roll_up;
    INSERT INTO roll_up (definition, unit, measure, aggregation, accumulation, ascending)
        SELECT DISTINCT lower(title), unit, measure, aggregation, accumulation, ascending
        FROM indicator ORDER BY 1, 2, 3, 4, 5, 6;
    INSERT INTO project_roll_up SELECT * FROM project_roll_up_told ORDER BY project, roll_up;
$$;

CREATE OR REPLACE FUNCTION figures_rebuild() RETURNS void
    LANGUAGE sql SET search_path FROM CURRENT AS $$
    DELETE FROM project_figures;
    INSERT INTO project_figures SELECT * FROM project_figures_told ORDER BY project;
    DELETE FROM portfolio_row;
    INSERT INTO portfolio_row SELECT * FROM portfolio_row_told ORDER BY id;
    SELECT roll_ups_rebuild();
$$;

SELECT roll_ups_rebuild();

CREATE TRIGGER indicator_rolls_up AFTER INSERT OR DELETE OR UPDATE OF project, title, unit, measure,
    aggregation, accumulation, ascending ON indicator
    FOR EACH ROW EXECUTE FUNCTION keep_roll_ups_of_indicator();

CREATE TRIGGER period_rolls_up AFTER INSERT OR DELETE OR UPDATE OF indicator, ends_on, waived_reason
    ON period FOR EACH ROW EXECUTE FUNCTION keep_roll_ups_of_period();

CREATE TRIGGER value_rolls_up AFTER INSERT OR DELETE OR UPDATE OF period, state, value, numerator,
    denominator ON value FOR EACH ROW EXECUTE FUNCTION keep_roll_ups_of_value();

CREATE TRIGGER project_rolls_up AFTER UPDATE OF lead_city ON project
    FOR EACH ROW WHEN (NEW.lead_city <> OLD.lead_city)
    EXECUTE FUNCTION keep_roll_ups_of_project();

CREATE TRIGGER city_rolls_up AFTER UPDATE OF time_zone ON city
    FOR EACH ROW WHEN (NEW.time_zone <> OLD.time_zone) EXECUTE FUNCTION keep_roll_ups_of_city();
"""


async def forwards() -> MigrationManager:
    """The tables, what they are told by, the triggers that keep them, and what is there already."""
    manager = MigrationManager(
        migration_id=ID, app_name="tracker", description=DESCRIPTION, wrap_in_transaction=True
    )

    async def run() -> None:
        for statement in STATEMENTS.strip().split("\n\n"):
            await DB.run_ddl(statement)

    manager.add_raw(run)
    return manager
