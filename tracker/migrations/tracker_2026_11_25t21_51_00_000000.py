"""What Piccolo's constraints cannot say of plan changes: composite keys. Baselines of the budgets
that are agreed already: nothing has changed in them since that the tracker was told of."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from tracker.domain.database import DB

ID = "2026-11-25T21:51:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Plan changes belong to partners, and budgets get a baseline"

STATEMENTS = """
ALTER TABLE budget_line ADD CONSTRAINT budget_line_project_key UNIQUE (id, project)

ALTER TABLE plan_change ADD CONSTRAINT plan_change_project_key UNIQUE (id, project)

ALTER TABLE plan_change ADD CONSTRAINT plan_change_is_proposed_by_a_partner
    FOREIGN KEY (project, city) REFERENCES participation (project, city)

ALTER TABLE plan_change ADD CONSTRAINT plan_change_is_answered_by_a_partner
    FOREIGN KEY (project, decider) REFERENCES participation (project, city)

ALTER TABLE plan_change_item ADD CONSTRAINT plan_change_item_is_of_its_project
    FOREIGN KEY (plan_change, project) REFERENCES plan_change (id, project)

ALTER TABLE plan_change_item ADD CONSTRAINT plan_change_item_moves_a_milestone_of_its_project
    FOREIGN KEY (milestone, project) REFERENCES milestone (id, project)

ALTER TABLE plan_change_item ADD CONSTRAINT plan_change_item_targets_a_period_of_its_project
    FOREIGN KEY (period, project) REFERENCES period (id, project)

ALTER TABLE plan_change_item ADD CONSTRAINT plan_change_item_changes_a_line_of_its_project
    FOREIGN KEY (budget_line, project) REFERENCES budget_line (id, project)

ALTER TABLE plan_change_item ADD CONSTRAINT plan_change_item_belongs_to_a_partner
    FOREIGN KEY (project, city) REFERENCES participation (project, city)

CREATE INDEX plan_change_waits ON plan_change (id) WHERE decided_at IS NULL

UPDATE budget_line b SET baseline_amount = b.amount
    FROM project p WHERE p.id = b.project AND p.agreed_at IS NOT NULL
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
