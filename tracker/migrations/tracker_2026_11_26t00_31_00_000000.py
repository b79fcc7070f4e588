from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns.base import OnDelete
from piccolo.columns.base import OnUpdate
from piccolo.columns.column_types import Array
from piccolo.columns.column_types import ForeignKey
from piccolo.columns.column_types import Integer
from piccolo.columns.column_types import Serial
from piccolo.columns.column_types import SmallInt
from piccolo.columns.column_types import Text
from piccolo.columns.column_types import Timestamptz
from piccolo.columns.column_types import Varchar
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.columns.indexes import IndexMethod
from piccolo.constraints import Check
from piccolo.table import Table


class City(Table, tablename="city", schema=None):
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


class Evaluation(Table, tablename="evaluation", schema=None):
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


class Project(Table, tablename="project", schema=None):
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


ID = "2026-11-26T00:31:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "evaluations are drafted"


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="tracker", description=DESCRIPTION)

    manager.add_table(class_name="Lesson", tablename="lesson", schema=None, columns=None)

    manager.add_column(
        table_class_name="Lesson",
        tablename="lesson",
        column_name="project",
        db_column_name="project",
        column_class_name="ForeignKey",
        column_class=ForeignKey,
        params={
            "references": Project,
            "on_delete": OnDelete.restrict,
            "on_update": OnUpdate.cascade,
            "target_column": None,
            "null": False,
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
        table_class_name="Lesson",
        tablename="lesson",
        column_name="evaluation",
        db_column_name="evaluation",
        column_class_name="ForeignKey",
        column_class=ForeignKey,
        params={
            "references": Evaluation,
            "on_delete": OnDelete.restrict,
            "on_update": OnUpdate.cascade,
            "target_column": None,
            "null": False,
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
        table_class_name="Lesson",
        tablename="lesson",
        column_name="city",
        db_column_name="city",
        column_class_name="ForeignKey",
        column_class=ForeignKey,
        params={
            "references": City,
            "on_delete": OnDelete.restrict,
            "on_update": OnUpdate.cascade,
            "target_column": None,
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
        table_class_name="Lesson",
        tablename="lesson",
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
        table_class_name="Lesson",
        tablename="lesson",
        column_name="narrative",
        db_column_name="narrative",
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
        table_class_name="Lesson",
        tablename="lesson",
        column_name="themes",
        db_column_name="themes",
        column_class_name="Array",
        column_class=Array,
        params={
            "default": list,
            "base_column": Varchar(
                length=60,
                default="",
                null=False,
                primary_key=False,
                unique=False,
                index=False,
                index_method=IndexMethod.btree,
                choices=None,
                db_column_name=None,
                secret=False,
            ),
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
        table_class_name="Lesson",
        tablename="lesson",
        constraint_name="lesson_narrative_is_short_enough",
        constraint_class=Check,
        params={"condition": 'char_length("narrative") <= 10000'},
        schema=None,
    )

    manager.add_column(
        table_class_name="Evaluation",
        tablename="evaluation",
        column_name="digitalisation",
        db_column_name="digitalisation",
        column_class_name="SmallInt",
        column_class=SmallInt,
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
        table_class_name="Evaluation",
        tablename="evaluation",
        column_name="financing",
        db_column_name="financing",
        column_class_name="SmallInt",
        column_class=SmallInt,
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
        table_class_name="Evaluation",
        tablename="evaluation",
        column_name="metrics_and_indicators",
        db_column_name="metrics_and_indicators",
        column_class_name="SmallInt",
        column_class=SmallInt,
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
        table_class_name="Evaluation",
        tablename="evaluation",
        column_name="monitoring_and_evaluation",
        db_column_name="monitoring_and_evaluation",
        column_class_name="SmallInt",
        column_class=SmallInt,
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
        table_class_name="Evaluation",
        tablename="evaluation",
        column_name="multi_level_governance",
        db_column_name="multi_level_governance",
        column_class_name="SmallInt",
        column_class=SmallInt,
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
        table_class_name="Evaluation",
        tablename="evaluation",
        column_name="peer_to_peer_learning",
        db_column_name="peer_to_peer_learning",
        column_class_name="SmallInt",
        column_class=SmallInt,
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
        table_class_name="Evaluation",
        tablename="evaluation",
        column_name="rural_urban_continuum",
        db_column_name="rural_urban_continuum",
        column_class_name="SmallInt",
        column_class=SmallInt,
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
        table_class_name="Evaluation",
        tablename="evaluation",
        column_name="stakeholder_engagement",
        db_column_name="stakeholder_engagement",
        column_class_name="SmallInt",
        column_class=SmallInt,
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
        table_class_name="Evaluation",
        tablename="evaluation",
        column_name="territorial_approach",
        db_column_name="territorial_approach",
        column_class_name="SmallInt",
        column_class=SmallInt,
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
        table_class_name="Evaluation",
        tablename="evaluation",
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

    manager.add_column(
        table_class_name="Evaluation",
        tablename="evaluation",
        column_name="capacity_development",
        db_column_name="capacity_development",
        column_class_name="SmallInt",
        column_class=SmallInt,
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

    manager.rename_column(
        table_class_name="Evaluation",
        tablename="evaluation",
        old_column_name="lessons",
        new_column_name="remarks",
        old_db_column_name="lessons",
        new_db_column_name="remarks",
        schema=None,
    )

    manager.alter_column(
        table_class_name="Evaluation",
        tablename="evaluation",
        column_name="relevance",
        db_column_name="relevance",
        params={"default": None, "null": True},
        old_params={"default": 0, "null": False},
        column_class=SmallInt,
        old_column_class=SmallInt,
        schema=None,
    )

    manager.alter_column(
        table_class_name="Evaluation",
        tablename="evaluation",
        column_name="coherence",
        db_column_name="coherence",
        params={"default": None, "null": True},
        old_params={"default": 0, "null": False},
        column_class=SmallInt,
        old_column_class=SmallInt,
        schema=None,
    )

    manager.alter_column(
        table_class_name="Evaluation",
        tablename="evaluation",
        column_name="effectiveness",
        db_column_name="effectiveness",
        params={"default": None, "null": True},
        old_params={"default": 0, "null": False},
        column_class=SmallInt,
        old_column_class=SmallInt,
        schema=None,
    )

    manager.alter_column(
        table_class_name="Evaluation",
        tablename="evaluation",
        column_name="efficiency",
        db_column_name="efficiency",
        params={"default": None, "null": True},
        old_params={"default": 0, "null": False},
        column_class=SmallInt,
        old_column_class=SmallInt,
        schema=None,
    )

    manager.alter_column(
        table_class_name="Evaluation",
        tablename="evaluation",
        column_name="impact",
        db_column_name="impact",
        params={"default": None, "null": True},
        old_params={"default": 0, "null": False},
        column_class=SmallInt,
        old_column_class=SmallInt,
        schema=None,
    )

    manager.alter_column(
        table_class_name="Evaluation",
        tablename="evaluation",
        column_name="sustainability",
        db_column_name="sustainability",
        params={"default": None, "null": True},
        old_params={"default": 0, "null": False},
        column_class=SmallInt,
        old_column_class=SmallInt,
        schema=None,
    )

    manager.alter_column(
        table_class_name="Evaluation",
        tablename="evaluation",
        column_name="submitted_at",
        db_column_name="submitted_at",
        params={"default": None, "null": True},
        old_params={"default": TimestamptzNow(), "null": False},
        column_class=Timestamptz,
        old_column_class=Timestamptz,
        schema=None,
    )

    manager.drop_constraint(
        table_class_name="Evaluation",
        tablename="evaluation",
        constraint_name="evaluation_lessons_are_short_enough",
        schema=None,
    )

    manager.add_constraint(
        table_class_name="Evaluation",
        tablename="evaluation",
        constraint_name="evaluation_is_complete_once_submitted",
        constraint_class=Check,
        params={
            "condition": "submitted_at IS NULL OR num_nulls(relevance, coherence, effectiveness, efficiency, impact, sustainability) = 0"
        },
        schema=None,
    )

    manager.add_constraint(
        table_class_name="Evaluation",
        tablename="evaluation",
        constraint_name="evaluation_principles_are_one_to_five",
        constraint_class=Check,
        params={
            "condition": "least(territorial_approach, multi_level_governance, rural_urban_continuum, peer_to_peer_learning, metrics_and_indicators, monitoring_and_evaluation, capacity_development, stakeholder_engagement, financing, digitalisation) >= 1 AND greatest(territorial_approach, multi_level_governance, rural_urban_continuum, peer_to_peer_learning, metrics_and_indicators, monitoring_and_evaluation, capacity_development, stakeholder_engagement, financing, digitalisation) <= 5"
        },
        schema=None,
    )

    manager.add_constraint(
        table_class_name="Evaluation",
        tablename="evaluation",
        constraint_name="evaluation_remarks_are_short_enough",
        constraint_class=Check,
        params={"condition": 'char_length("remarks") <= 10000'},
        schema=None,
    )

    return manager
