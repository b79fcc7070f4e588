"""The administrator of a city is invited like everybody else."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from enum import Enum
from piccolo.columns.column_types import Varchar

from tracker.domain.database import DB

ID = "2026-11-25T17:02:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Invitations of the administrators of cities"


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="tracker", description=DESCRIPTION)

    manager.alter_column(
        table_class_name="Invitation",
        tablename="invitation",
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
        await DB.run_ddl("ALTER TABLE invitation DROP CONSTRAINT invitation_role_is_known")
        await DB.run_ddl(
            'ALTER TABLE invitation ADD CONSTRAINT invitation_role_is_known CHECK ("role" IN ('
            "'coordinator', 'approver', 'mayor', 'cio', 'city_administrator', 'officer',"
            " 'administrator', 'auditor'))"
        )

    manager.add_raw(known)
    return manager
