from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.constraints import Check

ID = "2026-11-26T08:55:03:834112"
VERSION = "1.38.0"
DESCRIPTION = "plausible exchange rates"


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="tracker", description=DESCRIPTION)

    manager.add_constraint(
        table_class_name="ExchangeRate",
        tablename="exchange_rate",
        constraint_name="exchange_rate_is_plausible",
        constraint_class=Check,
        params={"condition": "rate < 1e15 AND scale(rate) <= 6"},
        schema=None,
    )

    return manager
