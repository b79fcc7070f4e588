"""What is reported for a locked period stays as it is, whoever writes and however."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from tracker.domain.database import DB

ID = "2026-11-25T20:01:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Nothing is reported into a locked period"

STATEMENTS = """
CREATE FUNCTION require_unlocked_period() RETURNS trigger
    LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF EXISTS (SELECT FROM period q
               WHERE q.id = coalesce(NEW.period, OLD.period) AND q.locked_at IS NOT NULL) THEN
        RAISE EXCEPTION 'nothing is reported into a locked period'
            USING ERRCODE = 'check_violation',
                  CONSTRAINT = 'value_is_not_of_a_locked_period';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER value_is_not_of_a_locked_period
    AFTER INSERT OR DELETE OR UPDATE OF period, state, value, numerator, denominator, narrative
    ON value FOR EACH ROW EXECUTE FUNCTION require_unlocked_period();
"""


async def forwards() -> MigrationManager:
    """The trigger."""
    manager = MigrationManager(
        migration_id=ID, app_name="tracker", description=DESCRIPTION, wrap_in_transaction=True
    )

    async def run() -> None:
        for statement in STATEMENTS.strip().split("\n\n"):
            await DB.run_ddl(statement)

    manager.add_raw(run)
    return manager
