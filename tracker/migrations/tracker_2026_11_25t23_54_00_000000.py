"""What belongs to an account is found by its person: sessions and keys to end, events to show."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from tracker.domain.database import DB

ID = "2026-11-25T23:54:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Indexes by person"

STATEMENTS = """
DROP INDEX membership_person;

CREATE INDEX membership_person ON membership (person);

CREATE INDEX api_token_person ON api_token (person);

CREATE INDEX session_person ON session (person);

CREATE INDEX sign_in_link_person ON sign_in_link (person);

CREATE INDEX half_sign_in_person ON half_sign_in (person);

CREATE INDEX sign_on_identity_person ON sign_on_identity (person);

CREATE INDEX second_factor_person ON second_factor (person);

CREATE INDEX invitation_person ON invitation (person);
"""


async def forwards() -> MigrationManager:
    """The indexes; the one over held roles becomes one over all."""
    manager = MigrationManager(
        migration_id=ID, app_name="tracker", description=DESCRIPTION, wrap_in_transaction=True
    )

    async def run() -> None:
        for statement in STATEMENTS.strip().split("\n\n"):
            await DB.run_ddl(statement)

    manager.add_raw(run)
    return manager
