from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from enum import Enum
from piccolo.columns.column_types import Varchar
from piccolo.columns.indexes import IndexMethod

ID = "2026-11-27T00:58:24:555991"
VERSION = "1.38.0"
DESCRIPTION = "why mails that came in were not taken"


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="tracker", description=DESCRIPTION)

    manager.add_column(
        table_class_name="InboundMail",
        tablename="inbound_mail",
        column_name="reason",
        db_column_name="reason",
        column_class_name="Varchar",
        column_class=Varchar,
        params={
            "length": 300,
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
        table_class_name="InboundMail",
        tablename="inbound_mail",
        column_name="outcome",
        db_column_name="outcome",
        params={
            "choices": Enum(
                "InboundOutcome",
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
                    "BOUNCED": "bounced",
                    "COMPLAINED": "complained",
                    "IGNORED": "ignored",
                },
            )
        },
        column_class=Varchar,
        old_column_class=Varchar,
        schema=None,
    )

    return manager
