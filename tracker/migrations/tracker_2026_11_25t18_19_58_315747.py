"""A project is hidden from the public after its agreement, or shown again: two kinds of decision,
and why it was asked."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from enum import Enum
from piccolo.columns.column_types import Text
from piccolo.columns.column_types import Varchar
from piccolo.columns.indexes import IndexMethod

from tracker.domain.database import DB

ID = "2026-11-25T18:19:58:315747"
VERSION = "1.38.0"
DESCRIPTION = "Confidentiality after agreement"


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="tracker", description=DESCRIPTION)

    manager.add_column(
        table_class_name="Project",
        tablename="project",
        column_name="confidentiality_reason",
        db_column_name="confidentiality_reason",
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
                    "CONCEAL": "conceal",
                    "DISCLOSE": "disclose",
                },
            )
        },
        old_params={"choices": Enum("DecisionKind", {"ENDORSE": "endorse", "SIGN": "sign"})},
        column_class=Varchar,
        old_column_class=Varchar,
        schema=None,
    )

    async def known() -> None:
        await DB.run_ddl("ALTER TABLE decision DROP CONSTRAINT decision_kind_is_known")
        await DB.run_ddl(
            'ALTER TABLE decision ADD CONSTRAINT decision_kind_is_known CHECK ("kind" IN ('
            "'endorse', 'sign', 'conceal', 'disclose'))"
        )

    manager.add_raw(known)
    return manager
