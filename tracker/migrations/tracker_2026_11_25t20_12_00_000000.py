"""A city has one sign-on at a time, and a subject is one person as long as it counts."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from tracker.domain.database import DB

ID = "2026-11-25T20:12:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "One sign-on of a city at a time"

STATEMENTS = """
CREATE UNIQUE INDEX sign_on_is_one_per_city ON sign_on (city) WHERE ended_at IS NULL;

CREATE UNIQUE INDEX sign_on_identity_is_one_person ON sign_on_identity (issuer, subject)
    WHERE ended_at IS NULL;

CREATE UNIQUE INDEX person_has_one_identity_at_a_sign_on ON sign_on_identity (person, issuer)
    WHERE ended_at IS NULL;
"""


async def forwards() -> MigrationManager:
    """The indexes."""
    manager = MigrationManager(
        migration_id=ID, app_name="tracker", description=DESCRIPTION, wrap_in_transaction=True
    )

    async def run() -> None:
        for statement in STATEMENTS.split("\n\n"):
            await DB.run_ddl(statement)

    manager.add_raw(run)
    return manager
