from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from enum import Enum
from piccolo.columns.column_types import Array
from piccolo.columns.column_types import SmallInt
from piccolo.columns.column_types import Varchar
from piccolo.columns.indexes import IndexMethod
from piccolo.constraints import Check

from tracker.domain.database import DB

ID = "2026-11-26T11:00:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "preferences of mails and quiet hours"


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="tracker", description=DESCRIPTION)

    manager.add_column(
        table_class_name="Person",
        tablename="person",
        column_name="quiet_from",
        db_column_name="quiet_from",
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
        table_class_name="Person",
        tablename="person",
        column_name="quiet_until",
        db_column_name="quiet_until",
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
        table_class_name="Person",
        tablename="person",
        column_name="unwanted_mails",
        db_column_name="unwanted_mails",
        column_class_name="Array",
        column_class=Array,
        params={
            "default": list,
            "base_column": Varchar(
                length=20,
                default="",
                null=False,
                primary_key=False,
                unique=False,
                index=False,
                index_method=IndexMethod.btree,
                choices=Enum(
                    "DeliveryKind",
                    {
                        "DIGEST": "digest",
                        "MILESTONE": "milestone",
                        "REMINDER": "reminder",
                        "DECISION": "decision",
                        "MENTION": "mention",
                        "NOTICE": "notice",
                        "INVITATION": "invitation",
                        "SIGN_IN": "sign_in",
                        "ACCOUNT": "account",
                    },
                ),
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

    manager.alter_column(
        table_class_name="Delivery",
        tablename="delivery",
        column_name="kind",
        db_column_name="kind",
        params={
            "choices": Enum(
                "DeliveryKind",
                {
                    "DIGEST": "digest",
                    "MILESTONE": "milestone",
                    "REMINDER": "reminder",
                    "DECISION": "decision",
                    "MENTION": "mention",
                    "NOTICE": "notice",
                    "INVITATION": "invitation",
                    "SIGN_IN": "sign_in",
                    "ACCOUNT": "account",
                },
            )
        },
        old_params={
            "choices": Enum(
                "DeliveryKind",
                {
                    "DIGEST": "digest",
                    "REMINDER": "reminder",
                    "DECISION": "decision",
                    "MENTION": "mention",
                    "NOTICE": "notice",
                    "INVITATION": "invitation",
                    "SIGN_IN": "sign_in",
                    "ACCOUNT": "account",
                },
            )
        },
        column_class=Varchar,
        old_column_class=Varchar,
        schema=None,
    )

    manager.add_constraint(
        table_class_name="Person",
        tablename="person",
        constraint_name="person_does_without_optional_mails_only",
        constraint_class=Check,
        params={"condition": "unwanted_mails <@ '{milestone, reminder, decision, mention}'"},
        schema=None,
    )

    manager.add_constraint(
        table_class_name="Person",
        tablename="person",
        constraint_name="person_quiet_hours_are_on_the_clock",
        constraint_class=Check,
        params={"condition": "quiet_from BETWEEN 0 AND 23 AND quiet_until BETWEEN 0 AND 23"},
        schema=None,
    )

    manager.add_constraint(
        table_class_name="Person",
        tablename="person",
        constraint_name="person_quiet_hours_begin_and_end",
        constraint_class=Check,
        params={"condition": "(quiet_from IS NULL) = (quiet_until IS NULL)"},
        schema=None,
    )

    manager.add_constraint(
        table_class_name="Person",
        tablename="person",
        constraint_name="person_quiet_hours_leave_some",
        constraint_class=Check,
        params={"condition": "quiet_from <> quiet_until"},
        schema=None,
    )

    async def run():
        await DB.run_ddl("ALTER TABLE delivery DROP CONSTRAINT delivery_kind_is_known")
        await DB.run_ddl(
            "ALTER TABLE delivery ADD CONSTRAINT delivery_kind_is_known CHECK (kind IN"
            " ('digest', 'milestone', 'reminder', 'decision', 'mention', 'notice', 'invitation',"
            " 'sign_in', 'account'))"
        )

    manager.add_raw(run)
    return manager
