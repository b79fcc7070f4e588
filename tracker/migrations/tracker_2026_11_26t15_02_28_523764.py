from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from enum import Enum
from tracker.domain.database import DB
from piccolo.columns.column_types import Boolean
from piccolo.columns.column_types import Varchar
from piccolo.columns.indexes import IndexMethod

ID = "2026-11-26T15:02:28:523764"
VERSION = "1.38.0"
DESCRIPTION = "journal and bounces"


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="tracker", description=DESCRIPTION)

    manager.add_column(
        table_class_name="Delivery",
        tablename="delivery",
        column_name="journalled",
        db_column_name="journalled",
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

    manager.alter_column(
        table_class_name="InboundMail",
        tablename="inbound_mail",
        column_name="outcome",
        db_column_name="outcome",
        params={
            "choices": Enum(
                "Outcome",
                {
                    "RECORDED": "recorded",
                    "REFUSED": "refused",
                    "FORGED": "forged",
                    "BOUNCED": "bounced",
                    "COMPLAINED": "complained",
                    "IGNORED": "ignored",
                },
            )
        },
        old_params={
            "choices": Enum(
                "Outcome",
                {
                    "RECORDED": "recorded",
                    "REFUSED": "refused",
                    "FORGED": "forged",
                    "IGNORED": "ignored",
                },
            )
        },
        column_class=Varchar,
        old_column_class=Varchar,
        schema=None,
    )

    async def allow() -> None:
        await DB.run_ddl("ALTER TABLE inbound_mail DROP CONSTRAINT inbound_mail_outcome_is_known")
        await DB.run_ddl(
            "ALTER TABLE inbound_mail ADD CONSTRAINT inbound_mail_outcome_is_known CHECK (outcome"
            " IN ('recorded', 'refused', 'forged', 'bounced', 'complained', 'ignored'))"
        )

    manager.add_raw(allow)

    return manager
