from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from enum import Enum
from tracker.domain.database import DB
from piccolo.columns.base import OnDelete
from piccolo.columns.base import OnUpdate
from piccolo.columns.column_types import Boolean
from piccolo.columns.column_types import ForeignKey
from piccolo.columns.column_types import Serial
from piccolo.columns.column_types import SmallInt
from piccolo.columns.column_types import Text
from piccolo.columns.column_types import Timestamptz
from piccolo.columns.column_types import Varchar
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.columns.indexes import IndexMethod
from piccolo.constraints import Check
from piccolo.table import Table


class Person(Table, tablename="person", schema=None):
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


ID = "2026-11-26T12:45:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "channels for digests"


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="tracker", description=DESCRIPTION)

    manager.add_table(
        class_name="DigestHook",
        tablename="digest_hook",
        schema=None,
        columns=None,
    )

    manager.add_column(
        table_class_name="DigestHook",
        tablename="digest_hook",
        column_name="person",
        db_column_name="person",
        column_class_name="ForeignKey",
        column_class=ForeignKey,
        params={
            "references": Person,
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
        table_class_name="DigestHook",
        tablename="digest_hook",
        column_name="format",
        db_column_name="format",
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
                "HookFormat",
                {"SLACK": "slack", "TEAMS": "teams", "MATTERMOST": "mattermost"},
            ),
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_column(
        table_class_name="DigestHook",
        tablename="digest_hook",
        column_name="host",
        db_column_name="host",
        column_class_name="Varchar",
        column_class=Varchar,
        params={
            "length": 253,
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
        table_class_name="DigestHook",
        tablename="digest_hook",
        column_name="address",
        db_column_name="address",
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
            "secret": True,
        },
        schema=None,
    )

    manager.add_column(
        table_class_name="DigestHook",
        tablename="digest_hook",
        column_name="key",
        db_column_name="key",
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
            "secret": True,
        },
        schema=None,
    )

    manager.add_column(
        table_class_name="DigestHook",
        tablename="digest_hook",
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
        table_class_name="DigestHook",
        tablename="digest_hook",
        column_name="sent_at",
        db_column_name="sent_at",
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
        table_class_name="DigestHook",
        tablename="digest_hook",
        column_name="failures",
        db_column_name="failures",
        column_class_name="SmallInt",
        column_class=SmallInt,
        params={
            "default": 0,
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
        table_class_name="DigestHook",
        tablename="digest_hook",
        column_name="last_error",
        db_column_name="last_error",
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
        table_class_name="DigestHook",
        tablename="digest_hook",
        column_name="ended_at",
        db_column_name="ended_at",
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
        table_class_name="DigestHook",
        tablename="digest_hook",
        column_name="gave_up",
        db_column_name="gave_up",
        column_class_name="Boolean",
        column_class=Boolean,
        params={
            "default": False,
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
        table_class_name="DigestHook",
        tablename="digest_hook",
        constraint_name="digest_hook_format_is_known",
        constraint_class=Check,
        params={"condition": "\"format\" IN ('slack', 'teams', 'mattermost')"},
        schema=None,
    )

    manager.add_constraint(
        table_class_name="DigestHook",
        tablename="digest_hook",
        constraint_name="digest_hook_gives_up_by_ending",
        constraint_class=Check,
        params={"condition": "ended_at IS NOT NULL OR NOT gave_up"},
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
                    "HOOK": "hook",
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
        column_class=Varchar,
        old_column_class=Varchar,
        schema=None,
    )

    manager.alter_column(
        table_class_name="Delivery",
        tablename="delivery",
        column_name="lane",
        db_column_name="lane",
        params={
            "choices": Enum(
                "Lane",
                {
                    "FAST": "fast",
                    "USUAL": "usual",
                    "BULK": "bulk",
                    "HOOKS": "hooks",
                },
            )
        },
        old_params={"choices": Enum("Lane", {"FAST": "fast", "USUAL": "usual", "BULK": "bulk"})},
        column_class=Varchar,
        old_column_class=Varchar,
        schema=None,
    )

    async def run():
        await DB.run_ddl("ALTER TABLE delivery DROP CONSTRAINT delivery_kind_is_known")
        await DB.run_ddl(
            "ALTER TABLE delivery ADD CONSTRAINT delivery_kind_is_known CHECK (kind IN"
            " ('digest', 'hook', 'milestone', 'reminder', 'decision', 'mention', 'notice',"
            " 'invitation', 'sign_in', 'account'))"
        )
        await DB.run_ddl("ALTER TABLE delivery DROP CONSTRAINT delivery_lane_is_known")
        await DB.run_ddl(
            "ALTER TABLE delivery ADD CONSTRAINT delivery_lane_is_known CHECK (lane IN"
            " ('fast', 'usual', 'bulk', 'hooks'))"
        )

    manager.add_raw(run)
    return manager
