"""The due dates that milestones had since their plans were agreed, from their past stretch by
stretch: stretches of one date are one, and what was planned before the agreement is left out."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from tracker.domain.database import DB

ID = "2026-11-25T21:52:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "The history of plans"

# All windows are over one milestone's rows, so that a condition on the milestone reaches the table.
STATEMENTS = """
CREATE INDEX milestone_past_of_milestone ON milestone_past (milestone, since)

CREATE VIEW planned_date AS
    SELECT d.milestone * 100 + d.number AS id, d.project, d.milestone, d.number, d.due_on,
        d.since, d.until
    FROM (
        SELECT s.project, s.milestone, s.due_on, s.since,
            lead(s.since) OVER w AS until, (row_number() OVER w)::integer - 1 AS number
        FROM (
            SELECT h.project, h.milestone, h.due_on, greatest(h.since, p.agreed_at) AS since,
                lag(h.due_on) OVER (PARTITION BY h.milestone ORDER BY h.since) AS earlier
            FROM milestone_past h
                JOIN project p ON p.id = h.project
                JOIN milestone m ON m.id = h.milestone
            WHERE h.until > p.agreed_at
        ) s
        WHERE s.earlier IS DISTINCT FROM s.due_on
        WINDOW w AS (PARTITION BY s.milestone ORDER BY s.since)
    ) d
"""


async def forwards() -> MigrationManager:
    """The view, and what it is read by."""
    manager = MigrationManager(
        migration_id=ID, app_name="tracker", description=DESCRIPTION, wrap_in_transaction=True
    )

    async def run() -> None:
        for statement in STATEMENTS.strip().split("\n\n"):
            await DB.run_ddl(statement)

    manager.add_raw(run)
    return manager
