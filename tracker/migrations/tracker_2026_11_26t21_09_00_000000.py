"""Mails that wait for a time of day say for which: reminders for the morning of their day, all else
for the end of quiet hours."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from tracker.domain.database import DB

ID = "2026-11-26T21:09:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Mails that wait say what for"

STATEMENT = """
UPDATE delivery d SET waits_for = CASE
    WHEN d.key = to_char(d.next_try_at AT TIME ZONE p.time_zone, '"day:"YYYY-MM-DD')
     AND to_char(d.next_try_at AT TIME ZONE p.time_zone, 'HH24:MI') = '08:00' THEN 'morning'
    ELSE 'quiet_hours' END
FROM person p
WHERE p.id = d.person AND d.state IN ('due', 'ready') AND d.lane IN ('usual', 'bulk')
  AND d.attempts = 0 AND d.last_error IS NULL AND d.next_try_at > now() + interval '10 minutes'
"""


async def forwards() -> MigrationManager:
    """The statement above."""
    manager = MigrationManager(
        migration_id=ID, app_name="tracker", description=DESCRIPTION, wrap_in_transaction=True
    )

    async def run() -> None:
        await DB.run_ddl(STATEMENT)

    manager.add_raw(run)
    return manager
