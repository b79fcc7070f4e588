"""A city may have an administrator of its own."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from enum import Enum
from piccolo.columns.column_types import Varchar

from tracker.domain.database import DB

ID = "2026-11-25T16:52:06:347226"
VERSION = "1.38.0"
DESCRIPTION = "The administrator of a city"


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="tracker", description=DESCRIPTION)

    manager.alter_column(
        table_class_name="Membership",
        tablename="membership",
        column_name="role",
        db_column_name="role",
        params={
            "choices": Enum(
                "Role",
                {
                    "COORDINATOR": "coordinator",
                    "APPROVER": "approver",
                    "MAYOR": "mayor",
                    "CIO": "cio",
                    "CITY_ADMINISTRATOR": "city_administrator",
                    "OFFICER": "officer",
                    "ADMINISTRATOR": "administrator",
                    "AUDITOR": "auditor",
                },
            )
        },
        old_params={
            "choices": Enum(
                "Role",
                {
                    "COORDINATOR": "coordinator",
                    "APPROVER": "approver",
                    "MAYOR": "mayor",
                    "CIO": "cio",
                    "OFFICER": "officer",
                    "ADMINISTRATOR": "administrator",
                    "AUDITOR": "auditor",
                },
            )
        },
        column_class=Varchar,
        old_column_class=Varchar,
        schema=None,
    )

    async def known() -> None:
        await DB.run_ddl("ALTER TABLE membership DROP CONSTRAINT membership_role_is_known")
        await DB.run_ddl(
            'ALTER TABLE membership ADD CONSTRAINT membership_role_is_known CHECK ("role" IN ('
            "'coordinator', 'approver', 'mayor', 'cio', 'city_administrator', 'officer',"
            " 'administrator', 'auditor'))"
        )

    manager.add_raw(known)
    return manager
