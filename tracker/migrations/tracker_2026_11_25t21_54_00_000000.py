"""What Piccolo's constraints cannot say of transactions: composite keys."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from tracker.domain.database import DB

ID = "2026-11-25T21:54:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Transactions belong to partners"

STATEMENTS = """
ALTER TABLE transaction ADD CONSTRAINT transaction_project_key UNIQUE (id, project, city)

ALTER TABLE transaction ADD CONSTRAINT transaction_is_booked_by_a_partner
    FOREIGN KEY (project, city) REFERENCES participation (project, city)

ALTER TABLE transaction ADD CONSTRAINT transaction_draws_on_a_line_of_its_project
    FOREIGN KEY (budget_line, project) REFERENCES budget_line (id, project)

ALTER TABLE transaction ADD CONSTRAINT transaction_reverses_one_of_its_city
    FOREIGN KEY (reverses, project, city) REFERENCES transaction (id, project, city)
"""


async def forwards() -> MigrationManager:
    """The rules above, in order."""
    manager = MigrationManager(
        migration_id=ID, app_name="tracker", description=DESCRIPTION, wrap_in_transaction=True
    )

    async def run() -> None:
        for statement in STATEMENTS.strip().split("\n\n"):
            await DB.run_ddl(statement)

    manager.add_raw(run)
    return manager
