"""Plans change by milestones, weights and the planned end as well."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from enum import Enum
from piccolo.columns.column_types import Varchar

from tracker.domain.database import DB

STATEMENTS = (
    "ALTER TABLE plan_change_item DROP CONSTRAINT plan_change_item_kind_is_known",
    "ALTER TABLE plan_change_item ADD CONSTRAINT plan_change_item_kind_is_known CHECK (kind IN"
    " ('move_milestone', 'add_milestone', 'change_weight', 'move_end', 'change_target',"
    " 'add_budget_line', 'change_budget_line', 'remove_budget_line'))",
    "ALTER TABLE plan_change_item DROP CONSTRAINT plan_change_item_names_what_it_changes",
    "ALTER TABLE plan_change_item ADD CONSTRAINT plan_change_item_names_what_it_changes CHECK"
    " ((milestone IS NULL OR kind IN ('move_milestone', 'add_milestone', 'change_weight'))"
    " AND (milestone IS NOT NULL OR kind NOT IN ('move_milestone', 'change_weight'))"
    " AND (kind = 'change_target') = (period IS NOT NULL)"
    " AND (budget_line IS NULL OR kind LIKE '%budget_line')"
    " AND (budget_line IS NOT NULL OR kind NOT IN ('change_budget_line', 'remove_budget_line')))",
    "ALTER TABLE plan_change_item DROP CONSTRAINT plan_change_item_has_an_owner",
    "ALTER TABLE plan_change_item ADD CONSTRAINT plan_change_item_has_an_owner CHECK"
    " ((kind IN ('change_target', 'move_end')) = (city IS NULL))",
)

ID = "2026-11-26T12:08:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Plans change by milestones, weights and the planned end"


async def forwards() -> MigrationManager:
    """The kinds, and the rules above in order."""
    manager = MigrationManager(
        migration_id=ID, app_name="tracker", description=DESCRIPTION, wrap_in_transaction=True
    )

    manager.alter_column(
        table_class_name="PlanChangeItem",
        tablename="plan_change_item",
        column_name="kind",
        db_column_name="kind",
        params={
            "choices": Enum(
                "PlanChangeKind",
                {
                    "MOVE_MILESTONE": "move_milestone",
                    "ADD_MILESTONE": "add_milestone",
                    "CHANGE_WEIGHT": "change_weight",
                    "MOVE_END": "move_end",
                    "CHANGE_TARGET": "change_target",
                    "ADD_BUDGET_LINE": "add_budget_line",
                    "CHANGE_BUDGET_LINE": "change_budget_line",
                    "REMOVE_BUDGET_LINE": "remove_budget_line",
                },
            )
        },
        old_params={
            "choices": Enum(
                "PlanChangeKind",
                {
                    "MOVE_MILESTONE": "move_milestone",
                    "CHANGE_TARGET": "change_target",
                    "ADD_BUDGET_LINE": "add_budget_line",
                    "CHANGE_BUDGET_LINE": "change_budget_line",
                    "REMOVE_BUDGET_LINE": "remove_budget_line",
                },
            )
        },
        column_class=Varchar,
        old_column_class=Varchar,
        schema=None,
    )

    async def run() -> None:
        for statement in STATEMENTS:
            await DB.run_ddl(statement)

    manager.add_raw(run)
    return manager
