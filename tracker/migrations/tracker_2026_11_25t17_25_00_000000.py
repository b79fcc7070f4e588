"""Each indicator names its latest approved value itself, kept by triggers; indexes that hold what
pages of a portfolio show of every milestone, indicator and value."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from tracker.domain.database import DB

ID = "2026-11-25T17:25:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Latest approved values of indicators"

# The column is none of the Piccolo table: nothing but the triggers writes it. They lock the
# indicator before they look, so that of two values approved at once the later one sees the other.
# The foreign key waits for the end of the transaction, because a value that goes is replaced only
# after it has gone.
STATEMENTS = """
ALTER TABLE indicator ADD COLUMN latest_value integer;

CREATE FUNCTION latest_approved(wanted integer) RETURNS integer
    LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
    SELECT v.id FROM period q JOIN value v ON v.period = q.id AND v.state = 'approved'
    WHERE q.indicator = wanted ORDER BY q.ends_on DESC LIMIT 1
$$;

UPDATE indicator SET latest_value = latest_approved(id);

ALTER TABLE indicator ADD CONSTRAINT indicator_latest_value_fkey
    FOREIGN KEY (latest_value) REFERENCES value (id) DEFERRABLE INITIALLY DEFERRED;

CREATE FUNCTION renew_latest_value(touched integer) RETURNS void
    LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM FROM indicator WHERE id = touched FOR NO KEY UPDATE;
    UPDATE indicator SET latest_value = latest_approved(id)
        WHERE id = touched AND latest_value IS DISTINCT FROM latest_approved(id);
END $$;

CREATE FUNCTION keep_latest_value_of_period() RETURNS trigger
    LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM renew_latest_value(x.id)
        FROM (SELECT id FROM indicator WHERE id IN (OLD.indicator, NEW.indicator) ORDER BY id) x;
    RETURN NULL;
END $$;

CREATE FUNCTION keep_latest_value() RETURNS trigger
    LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF OLD.state = 'approved' OR NEW.state = 'approved' THEN
        PERFORM renew_latest_value(x.indicator)
            FROM (SELECT DISTINCT indicator FROM period WHERE id IN (OLD.period, NEW.period)
                  ORDER BY indicator) x;
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER value_may_be_the_latest AFTER INSERT OR DELETE OR UPDATE OF state, period ON value
    FOR EACH ROW EXECUTE FUNCTION keep_latest_value();

CREATE TRIGGER period_may_hold_the_latest AFTER UPDATE OF indicator, ends_on ON period
    FOR EACH ROW EXECUTE FUNCTION keep_latest_value_of_period();

CREATE FUNCTION require_latest_value() RETURNS trigger
    LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF EXISTS (SELECT FROM indicator i WHERE i.id = NEW.id
               AND i.latest_value IS DISTINCT FROM latest_approved(i.id)) THEN
        RAISE EXCEPTION 'the latest value of an indicator is the approved one of its last period'
            USING ERRCODE = 'check_violation',
                  CONSTRAINT = 'indicator_latest_value_is_approved';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER indicator_latest_value_is_approved
    AFTER INSERT OR UPDATE OF latest_value ON indicator DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION require_latest_value();

CREATE INDEX indicator_project_page ON indicator (project, id)
    INCLUDE (title, unit, baseline_value, latest_value);

DROP INDEX milestone_project_due;

CREATE INDEX milestone_project_due ON milestone (project, due_on, id) INCLUDE (title, state);

CREATE INDEX value_approved_number ON value (id) INCLUDE (value, number)
    WHERE state = 'approved';
"""


async def forwards() -> MigrationManager:
    """The column as it is now, the triggers that keep it, the indexes."""
    manager = MigrationManager(
        migration_id=ID, app_name="tracker", description=DESCRIPTION, wrap_in_transaction=True
    )

    async def run() -> None:
        for statement in STATEMENTS.split("\n\n"):
            await DB.run_ddl(statement)

    manager.add_raw(run)
    return manager
