from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from enum import Enum
from piccolo.columns.column_types import Text
from piccolo.columns.column_types import Varchar
from piccolo.columns.indexes import IndexMethod
from piccolo.constraints import Check

ID = "2026-11-26T05:20:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "decisions that are raised and answered"


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="tracker", description=DESCRIPTION)

    manager.add_column(
        table_class_name="Decision",
        tablename="decision",
        column_name="answer",
        db_column_name="answer",
        column_class_name="Text",
        column_class=Text,
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
        table_class_name="Decision",
        tablename="decision",
        column_name="question",
        db_column_name="question",
        column_class_name="Text",
        column_class=Text,
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
        table_class_name="Decision",
        tablename="decision",
        column_name="requirement",
        db_column_name="requirement",
        column_class_name="Varchar",
        column_class=Varchar,
        params={
            "length": 20,
            "default": None,
            "null": True,
            "primary_key": False,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": Enum(
                "Requirement",
                {
                    "PLANNED": "planned",
                    "MEASURABLE": "measurable",
                    "FINISHED": "finished",
                    "REPORTED": "reported",
                    "EVALUATED": "evaluated",
                },
            ),
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_column(
        table_class_name="Decision",
        tablename="decision",
        column_name="role",
        db_column_name="role",
        column_class_name="Varchar",
        column_class=Varchar,
        params={
            "length": 20,
            "default": "mayor",
            "null": False,
            "primary_key": False,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": Enum("DecisionRole", {"MAYOR": "mayor", "OFFICER": "officer"}),
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.alter_column(
        table_class_name="Decision",
        tablename="decision",
        column_name="kind",
        db_column_name="kind",
        params={
            "choices": Enum(
                "DecisionKind",
                {
                    "ENDORSE": "endorse",
                    "SIGN": "sign",
                    "ACCEPT": "accept",
                    "ESCALATE": "escalate",
                    "WAIVE": "waive",
                    "CONCEAL": "conceal",
                    "DISCLOSE": "disclose",
                },
            )
        },
        old_params={
            "choices": Enum(
                "DecisionKind",
                {
                    "ENDORSE": "endorse",
                    "SIGN": "sign",
                    "CONCEAL": "conceal",
                    "DISCLOSE": "disclose",
                },
            )
        },
        column_class=Varchar,
        old_column_class=Varchar,
        schema=None,
    )

    manager.add_constraint(
        table_class_name="Decision",
        tablename="decision",
        constraint_name="decision_answer_is_short_enough",
        constraint_class=Check,
        params={"condition": 'char_length("answer") <= 10000'},
        schema=None,
    )

    manager.add_constraint(
        table_class_name="Decision",
        tablename="decision",
        constraint_name="decision_answers_what_was_escalated",
        constraint_class=Check,
        params={
            "condition": "(kind = 'escalate' AND state = 'given') = (coalesce(answer, '') <> '')"
        },
        schema=None,
    )

    manager.add_constraint(
        table_class_name="Decision",
        tablename="decision",
        constraint_name="decision_asks_something_where_somebody_raised_it",
        constraint_class=Check,
        params={"condition": "(kind IN ('escalate', 'waive')) = (coalesce(question, '') <> '')"},
        schema=None,
    )

    manager.add_constraint(
        table_class_name="Decision",
        tablename="decision",
        constraint_name="decision_is_the_secretariats_where_it_may_be",
        constraint_class=Check,
        params={
            "condition": "CASE kind WHEN 'waive' THEN role = 'officer' WHEN 'escalate' THEN true ELSE role = 'mayor' END"
        },
        schema=None,
    )

    manager.add_constraint(
        table_class_name="Decision",
        tablename="decision",
        constraint_name="decision_question_is_short_enough",
        constraint_class=Check,
        params={"condition": 'char_length("question") <= 10000'},
        schema=None,
    )

    manager.add_constraint(
        table_class_name="Decision",
        tablename="decision",
        constraint_name="decision_requirement_is_known",
        constraint_class=Check,
        params={
            "condition": "\"requirement\" IN ('planned', 'measurable', 'finished', 'reported', 'evaluated')"
        },
        schema=None,
    )

    manager.add_constraint(
        table_class_name="Decision",
        tablename="decision",
        constraint_name="decision_role_is_known",
        constraint_class=Check,
        params={"condition": "\"role\" IN ('mayor', 'officer')"},
        schema=None,
    )

    manager.add_constraint(
        table_class_name="Decision",
        tablename="decision",
        constraint_name="decision_waives_one_requirement",
        constraint_class=Check,
        params={"condition": "(kind = 'waive') = (requirement IS NOT NULL)"},
        schema=None,
    )

    return manager
