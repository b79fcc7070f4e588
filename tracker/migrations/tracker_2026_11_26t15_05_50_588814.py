"""What is measured is part of plan changes: an indicator, a period."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from enum import Enum
from piccolo.columns.base import OnDelete
from piccolo.columns.base import OnUpdate
from piccolo.columns.column_types import ForeignKey
from piccolo.columns.column_types import Serial
from piccolo.columns.column_types import Varchar
from piccolo.columns.indexes import IndexMethod
from piccolo.table import Table


class Indicator(Table, tablename="indicator", schema=None):
    id = Serial(
        null=False,
        primary_key=True,
        unique=False,
        index=False,
        index_method=IndexMethod.btree,
        choices=None,
        db_column_name="id",
        secret=False,
    )


class Result(Table, tablename="result", schema=None):
    id = Serial(
        null=False,
        primary_key=True,
        unique=False,
        index=False,
        index_method=IndexMethod.btree,
        choices=None,
        db_column_name="id",
        secret=False,
    )


ID = "2026-11-26T15:05:50:588814"
VERSION = "1.38.0"
DESCRIPTION = "what is measured is part of plan changes"


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="tracker", description=DESCRIPTION)

    manager.add_column(
        table_class_name="PlanChangeItem",
        tablename="plan_change_item",
        column_name="indicator",
        db_column_name="indicator",
        column_class_name="ForeignKey",
        column_class=ForeignKey,
        params={
            "references": Indicator,
            "on_delete": OnDelete.restrict,
            "on_update": OnUpdate.cascade,
            "target_column": None,
            "null": True,
            "primary_key": False,
            "unique": False,
            "index": True,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_column(
        table_class_name="PlanChangeItem",
        tablename="plan_change_item",
        column_name="result",
        db_column_name="result",
        column_class_name="ForeignKey",
        column_class=ForeignKey,
        params={
            "references": Result,
            "on_delete": OnDelete.restrict,
            "on_update": OnUpdate.cascade,
            "target_column": None,
            "null": True,
            "primary_key": False,
            "unique": False,
            "index": True,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
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
                    "ADD_INDICATOR": "add_indicator",
                    "ADD_PERIOD": "add_period",
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
        column_class=Varchar,
        old_column_class=Varchar,
        schema=None,
    )

    return manager
