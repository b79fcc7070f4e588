from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns.column_types import ForeignKey
from piccolo.columns.column_types import Timestamptz
from piccolo.columns.indexes import IndexMethod
from piccolo.constraints import Check

ID = "2026-11-25T20:07:15:850979"
VERSION = "1.38.0"
DESCRIPTION = "A sign-on can be removed"


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="tracker", description=DESCRIPTION)

    manager.add_column(
        table_class_name="SignOn",
        tablename="sign_on",
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
        table_class_name="SignOnIdentity",
        tablename="sign_on_identity",
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

    manager.alter_column(
        table_class_name="SignOn",
        tablename="sign_on",
        column_name="city",
        db_column_name="city",
        params={"unique": False},
        old_params={"unique": True},
        column_class=ForeignKey,
        old_column_class=ForeignKey,
        schema=None,
    )

    manager.drop_constraint(
        table_class_name="SignOnIdentity",
        tablename="sign_on_identity",
        constraint_name="person_has_one_identity_at_a_sign_on",
        schema=None,
    )

    manager.drop_constraint(
        table_class_name="SignOnIdentity",
        tablename="sign_on_identity",
        constraint_name="sign_on_identity_is_one_person",
        schema=None,
    )

    manager.add_constraint(
        table_class_name="SignOn",
        tablename="sign_on",
        constraint_name="sign_on_removed_is_not_in_use",
        constraint_class=Check,
        params={"condition": "NOT active OR ended_at IS NULL"},
        schema=None,
    )

    return manager
