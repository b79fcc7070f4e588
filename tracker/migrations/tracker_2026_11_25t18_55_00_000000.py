"""Tokens that are there cover the roles that their people held when they were issued and hold
still."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from tracker.domain.database import DB

ID = "2026-11-25T18:55:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "What tokens cover that are there"

STATEMENT = """
UPDATE api_token k SET covers = coalesce((
    SELECT string_agg(m.role || ':' || coalesce(m.city::text, ''), ' ' ORDER BY m.id)
    FROM membership m
    WHERE m.person = k.person AND m.ended_at IS NULL AND m.started_at <= k.created_at
      AND (k.city IS NULL OR m.city = k.city)), '')
"""


async def forwards() -> MigrationManager:
    """The present roles stand for those of then."""
    manager = MigrationManager(
        migration_id=ID, app_name="tracker", description=DESCRIPTION, wrap_in_transaction=True
    )

    async def run() -> None:
        await DB.run_ddl(STATEMENT)

    manager.add_raw(run)
    return manager
