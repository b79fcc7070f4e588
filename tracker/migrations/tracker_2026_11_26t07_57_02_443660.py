from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from enum import Enum
from piccolo.columns.column_types import Boolean
from piccolo.columns.column_types import Varchar
from piccolo.columns.indexes import IndexMethod

from tracker.domain.database import DB

ID = "2026-11-26T07:57:02:443660"
VERSION = "1.38.0"
DESCRIPTION = "working days of digests"


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="tracker", description=DESCRIPTION)

    manager.add_column(
        table_class_name="DigestSubscription",
        tablename="digest_subscription",
        column_name="working_days",
        db_column_name="working_days",
        column_class_name="Boolean",
        column_class=Boolean,
        params={
            "default": True,
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
        table_class_name="DigestSubscription",
        tablename="digest_subscription",
        column_name="cadence",
        db_column_name="cadence",
        params={
            "choices": Enum(
                "Cadence",
                {
                    "DAILY": "daily",
                    "WEEKLY": "weekly",
                    "FORTNIGHTLY": "fortnightly",
                    "MONTHLY": "monthly",
                    "QUARTERLY": "quarterly",
                },
            )
        },
        old_params={
            "choices": Enum(
                "Cadence",
                {"DAILY": "daily", "WEEKLY": "weekly", "MONTHLY": "monthly"},
            )
        },
        column_class=Varchar,
        old_column_class=Varchar,
        schema=None,
    )

    async def run():
        await DB.run_ddl(
            "ALTER TABLE digest_subscription DROP CONSTRAINT digest_subscription_cadence_is_known"
        )
        await DB.run_ddl(
            "ALTER TABLE digest_subscription"
            " ADD CONSTRAINT digest_subscription_cadence_is_known CHECK (cadence IN"
            " ('daily', 'weekly', 'fortnightly', 'monthly', 'quarterly'))"
        )

    manager.add_raw(run)
    return manager
