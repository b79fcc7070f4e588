"""A city's sign-on opens sessions for its city alone, and only once the secretariat vouches for it."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from tracker.domain.database import DB

ID = "2026-11-25T18:41:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Sign-ons are confirmed, and their sessions are those of a city"

# What was set up before has to be confirmed as well, and who came by it comes anew.
STATEMENTS = (
    "ALTER TABLE session ADD COLUMN city integer REFERENCES city ON DELETE RESTRICT",
    "CREATE INDEX session_city ON session (city) WHERE city IS NOT NULL",
    "ALTER TABLE half_sign_in ADD COLUMN city integer REFERENCES city ON DELETE RESTRICT",
    "ALTER TABLE sign_on ADD COLUMN confirmed_at timestamptz",
    "ALTER TABLE sign_on ADD COLUMN told_at timestamptz",
    "ALTER TABLE sign_on ALTER COLUMN active SET DEFAULT false",
    "UPDATE sign_on SET active = false, told_at = now()",
    "ALTER TABLE sign_on ADD CONSTRAINT sign_on_in_use_is_confirmed"
    " CHECK (NOT active OR confirmed_at IS NOT NULL)",
    "UPDATE session SET ended_at = now() WHERE method = 'openid' AND ended_at IS NULL",
    "UPDATE half_sign_in SET expires_at = least(expires_at, now()) WHERE method = 'openid'",
)


async def forwards() -> MigrationManager:
    """The statements above."""
    manager = MigrationManager(
        migration_id=ID, app_name="tracker", description=DESCRIPTION, wrap_in_transaction=True
    )

    async def run() -> None:
        for statement in STATEMENTS:
            await DB.run_ddl(statement)

    manager.add_raw(run)
    return manager
