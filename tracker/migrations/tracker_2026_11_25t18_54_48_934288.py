from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns.base import OnDelete
from piccolo.columns.base import OnUpdate
from piccolo.columns.column_types import Boolean
from piccolo.columns.column_types import ForeignKey
from piccolo.columns.column_types import Serial
from piccolo.columns.column_types import Timestamptz
from piccolo.columns.indexes import IndexMethod
from piccolo.constraints import Check
from piccolo.table import Table

from tracker.domain.database import DB


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


ID = "2026-11-25T18:54:48:934288"
VERSION = "1.38.0"
DESCRIPTION = "Sign-ons are confirmed, and their sessions are those of a city"


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="tracker", description=DESCRIPTION)

    manager.add_column(
        table_class_name="Session",
        tablename="session",
        column_name="city",
        db_column_name="city",
        column_class_name="ForeignKey",
        column_class=ForeignKey,
        params={
            "references": City,
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

    manager.add_column(
        table_class_name="HalfSignIn",
        tablename="half_sign_in",
        column_name="city",
        db_column_name="city",
        column_class_name="ForeignKey",
        column_class=ForeignKey,
        params={
            "references": City,
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

    manager.add_column(
        table_class_name="SignOn",
        tablename="sign_on",
        column_name="confirmed_at",
        db_column_name="confirmed_at",
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

    manager.alter_column(
        table_class_name="SignOn",
        tablename="sign_on",
        column_name="active",
        db_column_name="active",
        params={"default": False},
        old_params={"default": True},
        column_class=Boolean,
        old_column_class=Boolean,
        schema=None,
    )

    manager.add_constraint(
        table_class_name="SignOn",
        tablename="sign_on",
        constraint_name="sign_on_in_use_is_confirmed",
        constraint_class=Check,
        params={"condition": "NOT active OR confirmed_at IS NOT NULL"},
        schema=None,
    )

    async def before() -> None:
        # What was set up before has to be confirmed as well, and who came by it comes anew.
        for statement in (
            "UPDATE sign_on SET active = false",
            "UPDATE session SET ended_at = now() WHERE method = 'openid' AND ended_at IS NULL",
            "UPDATE half_sign_in SET expires_at = least(expires_at, now()) WHERE method = 'openid'",
        ):
            await DB.run_ddl(statement)

    manager.add_raw(before)
    return manager
