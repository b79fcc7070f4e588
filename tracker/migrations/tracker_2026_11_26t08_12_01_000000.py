"""Digests that were owed or sent have their deliveries, and what Piccolo cannot say about those."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from tracker.domain.database import DB

ID = "2026-11-26T08:12:01:000000"
VERSION = "1.38.0"
DESCRIPTION = "Digests have deliveries"

STATEMENTS = (
    "CREATE UNIQUE INDEX delivery_is_once_per_address_and_key ON delivery (address, kind, key)"
    " WHERE person IS NULL",
    "CREATE INDEX delivery_to_do ON delivery (lane, (least(next_try_at, expires_at)), id)"
    " WHERE state IN ('due', 'ready', 'sending', 'in_doubt')",
    "CREATE INDEX delivery_in_order ON delivery (person, kind, id)"
    " WHERE state IN ('due', 'ready', 'sending', 'in_doubt')",
    "CREATE INDEX delivery_state_id ON delivery (state, id)",
    "CREATE UNIQUE INDEX suppression_is_once_per_address ON suppression (address)"
    " WHERE lifted_at IS NULL",
    "INSERT INTO delivery (person, address, kind, lane, key, state, message, message_id,"
    " created_at, composed_at, tried_at, sent_at, attempts, doubts, next_try_at, lease_until,"
    " lease_token, last_error)"
    " SELECT i.person, p.email, 'digest', 'bulk', i.kind || ':' || i.period_key, i.state,"
    " i.message, i.message_id, i.created_at, i.composed_at,"
    " CASE WHEN i.attempts > 0 THEN i.created_at END, i.sent_at, i.attempts, i.doubts,"
    " i.next_try_at, CASE WHEN i.lease_token IS NOT NULL THEN i.lease_until END,"
    " CASE WHEN i.lease_until IS NOT NULL THEN i.lease_token END, i.last_error"
    " FROM digest_issue i JOIN person p ON p.id = i.person ORDER BY i.id",
    "UPDATE digest_issue i SET delivery = d.id FROM delivery d WHERE d.person = i.person"
    " AND d.kind = 'digest' AND d.key = i.kind || ':' || i.period_key",
)


async def forwards() -> MigrationManager:
    """The rows, and the indexes."""
    manager = MigrationManager(
        migration_id=ID, app_name="tracker", description=DESCRIPTION, wrap_in_transaction=True
    )

    async def run() -> None:
        for statement in STATEMENTS:
            await DB.run_ddl(statement)

    manager.add_raw(run)
    return manager
