"""Plans change by what is measured as well: an indicator, a period."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from tracker.domain.database import DB

ID = "2026-11-26T15:06:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Plans change by what is measured"

STATEMENTS = (
    "ALTER TABLE plan_change_item DROP CONSTRAINT plan_change_item_kind_is_known",
    "ALTER TABLE plan_change_item ADD CONSTRAINT plan_change_item_kind_is_known CHECK (kind IN"
    " ('move_milestone', 'add_milestone', 'change_weight', 'move_end', 'change_target',"
    " 'add_indicator', 'add_period', 'add_budget_line', 'change_budget_line',"
    " 'remove_budget_line'))",
    "ALTER TABLE plan_change_item DROP CONSTRAINT plan_change_item_names_what_it_changes",
    "ALTER TABLE plan_change_item ADD CONSTRAINT plan_change_item_names_what_it_changes CHECK"
    " ((milestone IS NULL OR kind IN ('move_milestone', 'add_milestone', 'change_weight'))"
    " AND (milestone IS NOT NULL OR kind NOT IN ('move_milestone', 'change_weight'))"
    " AND (period IS NULL OR kind IN ('change_target', 'add_period'))"
    " AND (period IS NOT NULL OR kind <> 'change_target')"
    " AND (indicator IS NULL OR kind IN ('add_indicator', 'add_period'))"
    " AND (indicator IS NOT NULL OR kind <> 'add_period')"
    " AND (result IS NULL OR kind = 'add_indicator')"
    " AND (budget_line IS NULL OR kind LIKE '%budget_line')"
    " AND (budget_line IS NOT NULL OR kind NOT IN ('change_budget_line', 'remove_budget_line')))",
    "ALTER TABLE plan_change_item DROP CONSTRAINT plan_change_item_has_an_owner",
    "ALTER TABLE plan_change_item ADD CONSTRAINT plan_change_item_has_an_owner CHECK"
    " ((kind IN ('change_target', 'add_indicator', 'add_period', 'move_end')) = (city IS NULL))",
    "ALTER TABLE plan_change_item ADD CONSTRAINT plan_change_item_measures_in_its_project"
    " FOREIGN KEY (indicator, project) REFERENCES indicator (id, project)",
    "ALTER TABLE plan_change_item ADD CONSTRAINT plan_change_item_shows_a_result_of_its_project"
    " FOREIGN KEY (result, project) REFERENCES result (id, project)",
)


async def forwards() -> MigrationManager:
    """The rules above in order."""
    manager = MigrationManager(
        migration_id=ID, app_name="tracker", description=DESCRIPTION, wrap_in_transaction=True
    )

    async def run() -> None:
        for statement in STATEMENTS:
            await DB.run_ddl(statement)

    manager.add_raw(run)
    return manager
