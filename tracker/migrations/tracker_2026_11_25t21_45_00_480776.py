from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from enum import Enum
from piccolo.columns.base import OnDelete
from piccolo.columns.base import OnUpdate
from piccolo.columns.column_types import Boolean
from piccolo.columns.column_types import ForeignKey
from piccolo.columns.column_types import Integer
from piccolo.columns.column_types import Serial
from piccolo.columns.column_types import Text
from piccolo.columns.column_types import Timestamptz
from piccolo.columns.column_types import Varchar
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.columns.indexes import IndexMethod
from piccolo.constraints import Check
from piccolo.table import Table


class IndicatorDefinition(Table, tablename="indicator_definition", schema=None):
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


ID = "2026-11-25T21:45:00:480776"
VERSION = "1.38.0"
DESCRIPTION = "library of indicators"


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="tracker", description=DESCRIPTION)

    manager.add_table(
        class_name="IndicatorDefinition",
        tablename="indicator_definition",
        schema=None,
        columns=None,
    )

    manager.add_column(
        table_class_name="IndicatorDefinition",
        tablename="indicator_definition",
        column_name="title",
        db_column_name="title",
        column_class_name="Varchar",
        column_class=Varchar,
        params={
            "length": 200,
            "default": "",
            "null": False,
            "primary_key": False,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_column(
        table_class_name="IndicatorDefinition",
        tablename="indicator_definition",
        column_name="result_title",
        db_column_name="result_title",
        column_class_name="Varchar",
        column_class=Varchar,
        params={
            "length": 200,
            "default": "",
            "null": False,
            "primary_key": False,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_column(
        table_class_name="IndicatorDefinition",
        tablename="indicator_definition",
        column_name="result_type",
        db_column_name="result_type",
        column_class_name="Varchar",
        column_class=Varchar,
        params={
            "length": 20,
            "default": "",
            "null": False,
            "primary_key": False,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": Enum(
                "ResultType",
                {"OUTPUT": "output", "OUTCOME": "outcome", "IMPACT": "impact"},
            ),
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_column(
        table_class_name="IndicatorDefinition",
        tablename="indicator_definition",
        column_name="benefit",
        db_column_name="benefit",
        column_class_name="Varchar",
        column_class=Varchar,
        params={
            "length": 20,
            "default": "",
            "null": False,
            "primary_key": False,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": Enum(
                "Benefit",
                {"DONOR": "donor", "RECIPIENT": "recipient", "BOTH": "both"},
            ),
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_column(
        table_class_name="IndicatorDefinition",
        tablename="indicator_definition",
        column_name="measure",
        db_column_name="measure",
        column_class_name="Varchar",
        column_class=Varchar,
        params={
            "length": 20,
            "default": "",
            "null": False,
            "primary_key": False,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": Enum(
                "Measure",
                {
                    "UNIT": "unit",
                    "PERCENTAGE": "percentage",
                    "QUALITATIVE": "qualitative",
                },
            ),
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_column(
        table_class_name="IndicatorDefinition",
        tablename="indicator_definition",
        column_name="ascending",
        db_column_name="ascending",
        column_class_name="Boolean",
        column_class=Boolean,
        params={
            "default": None,
            "null": False,
            "primary_key": False,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_column(
        table_class_name="IndicatorDefinition",
        tablename="indicator_definition",
        column_name="accumulation",
        db_column_name="accumulation",
        column_class_name="Varchar",
        column_class=Varchar,
        params={
            "length": 20,
            "default": "",
            "null": False,
            "primary_key": False,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": Enum(
                "Accumulation",
                {
                    "PERIOD": "period",
                    "CUMULATIVE": "cumulative",
                    "SNAPSHOT": "snapshot",
                },
            ),
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_column(
        table_class_name="IndicatorDefinition",
        tablename="indicator_definition",
        column_name="aggregation",
        db_column_name="aggregation",
        column_class_name="Varchar",
        column_class=Varchar,
        params={
            "length": 20,
            "default": "",
            "null": False,
            "primary_key": False,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": Enum(
                "Aggregation",
                {
                    "SUM": "sum",
                    "RATIO_OF_SUMS": "ratio_of_sums",
                    "LATEST": "latest",
                    "NONE": "none",
                },
            ),
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_column(
        table_class_name="IndicatorDefinition",
        tablename="indicator_definition",
        column_name="unit",
        db_column_name="unit",
        column_class_name="Varchar",
        column_class=Varchar,
        params={
            "length": 60,
            "default": "",
            "null": False,
            "primary_key": False,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_column(
        table_class_name="IndicatorDefinition",
        tablename="indicator_definition",
        column_name="means_of_verification",
        db_column_name="means_of_verification",
        column_class_name="Text",
        column_class=Text,
        params={
            "default": "",
            "null": False,
            "primary_key": False,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_column(
        table_class_name="IndicatorDefinition",
        tablename="indicator_definition",
        column_name="created_at",
        db_column_name="created_at",
        column_class_name="Timestamptz",
        column_class=Timestamptz,
        params={
            "default": TimestamptzNow(),
            "null": False,
            "primary_key": False,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_column(
        table_class_name="IndicatorDefinition",
        tablename="indicator_definition",
        column_name="retired_at",
        db_column_name="retired_at",
        column_class_name="Timestamptz",
        column_class=Timestamptz,
        params={
            "default": None,
            "null": True,
            "primary_key": False,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_column(
        table_class_name="IndicatorDefinition",
        tablename="indicator_definition",
        column_name="version",
        db_column_name="version",
        column_class_name="Integer",
        column_class=Integer,
        params={
            "default": 1,
            "null": False,
            "primary_key": False,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_constraint(
        table_class_name="IndicatorDefinition",
        tablename="indicator_definition",
        constraint_name="indicator_definition_result_type_is_known",
        constraint_class=Check,
        params={"condition": "\"result_type\" IN ('output', 'outcome', 'impact')"},
        schema=None,
    )

    manager.add_constraint(
        table_class_name="IndicatorDefinition",
        tablename="indicator_definition",
        constraint_name="indicator_definition_benefit_is_known",
        constraint_class=Check,
        params={"condition": "\"benefit\" IN ('donor', 'recipient', 'both')"},
        schema=None,
    )

    manager.add_constraint(
        table_class_name="IndicatorDefinition",
        tablename="indicator_definition",
        constraint_name="indicator_definition_measure_is_known",
        constraint_class=Check,
        params={"condition": "\"measure\" IN ('unit', 'percentage', 'qualitative')"},
        schema=None,
    )

    manager.add_constraint(
        table_class_name="IndicatorDefinition",
        tablename="indicator_definition",
        constraint_name="indicator_definition_accumulation_is_known",
        constraint_class=Check,
        params={"condition": "\"accumulation\" IN ('period', 'cumulative', 'snapshot')"},
        schema=None,
    )

    manager.add_constraint(
        table_class_name="IndicatorDefinition",
        tablename="indicator_definition",
        constraint_name="indicator_definition_aggregation_is_known",
        constraint_class=Check,
        params={"condition": "\"aggregation\" IN ('sum', 'ratio_of_sums', 'latest', 'none')"},
        schema=None,
    )

    manager.add_constraint(
        table_class_name="IndicatorDefinition",
        tablename="indicator_definition",
        constraint_name="indicator_definition_means_are_short_enough",
        constraint_class=Check,
        params={"condition": 'char_length("means_of_verification") <= 10000'},
        schema=None,
    )

    manager.add_column(
        table_class_name="Indicator",
        tablename="indicator",
        column_name="definition",
        db_column_name="definition",
        column_class_name="ForeignKey",
        column_class=ForeignKey,
        params={
            "references": IndicatorDefinition,
            "on_delete": OnDelete.restrict,
            "on_update": OnUpdate.cascade,
            "target_column": None,
            "null": True,
            "primary_key": False,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    return manager
