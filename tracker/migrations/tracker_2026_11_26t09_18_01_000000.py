"""Reminders, notices and invitations have their deliveries."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from tracker.domain.database import DB

ID = "2026-11-26T09:18:01:000000"
VERSION = "1.38.0"
DESCRIPTION = "Other mails have deliveries"

STATEMENTS = (
    "INSERT INTO delivery (person, address, kind, lane, key, state, created_at, tried_at, sent_at,"
    " attempts, next_try_at, last_error)"
    " SELECT r.person, CASE WHEN r.sent_at IS NOT NULL THEN p.email END,"
    " CASE r.subject_type WHEN 'decision' THEN 'decision' ELSE 'reminder' END, 'usual',"
    " concat_ws(':', r.subject_type, r.subject_id, r.due_on, r.kind),"
    " CASE WHEN r.sent_at IS NOT NULL THEN 'sent' WHEN r.dropped_at IS NOT NULL THEN 'cancelled'"
    " ELSE 'due' END, r.created_at, CASE WHEN r.attempts > 0 THEN r.created_at END, r.sent_at,"
    " r.attempts, r.next_try_at, r.last_error"
    " FROM reminder r JOIN person p ON p.id = r.person ORDER BY r.id",
    "UPDATE reminder r SET delivery = d.id FROM delivery d WHERE d.person = r.person"
    " AND d.kind IN ('reminder', 'decision')"
    " AND d.key = concat_ws(':', r.subject_type, r.subject_id, r.due_on, r.kind)",
    "INSERT INTO delivery (person, kind, lane, key, created_at, attempts, next_try_at)"
    " SELECT n.person, CASE n.subject_type WHEN 'comment' THEN 'mention' WHEN 'decision'"
    " THEN 'decision' ELSE 'notice' END, 'usual', 'notice:' || n.id, n.created_at, n.tries, now()"
    " FROM notice n ORDER BY n.id",
    "UPDATE notice n SET delivery = d.id FROM delivery d WHERE d.person = n.person"
    " AND d.kind IN ('mention', 'decision', 'notice') AND d.key = 'notice:' || n.id",
    "UPDATE invitation SET mails = mails + 1 WHERE mailed_at IS NULL",
    "INSERT INTO delivery (person, address, kind, lane, key, state, sealed, created_at, tried_at,"
    " sent_at, expires_at, next_try_at, last_error)"
    " SELECT p.id, i.email, 'invitation', 'usual', i.id || ':' || i.mails,"
    " CASE WHEN i.mail_problem <> '' THEN 'failed' WHEN i.mailed_at IS NOT NULL THEN 'sent'"
    " WHEN i.accepted_at IS NOT NULL OR i.withdrawn_at IS NOT NULL THEN 'cancelled'"
    " ELSE 'due' END, true, i.created_at, i.mailed_at,"
    " CASE WHEN i.mail_problem = '' THEN i.mailed_at END, i.expires_at, now(),"
    " nullif(i.mail_problem, '')"
    " FROM invitation i LEFT JOIN person p ON p.email = i.email ORDER BY i.id",
    "UPDATE invitation i SET delivery = d.id FROM delivery d"
    " WHERE d.kind = 'invitation' AND d.key = i.id || ':' || i.mails",
)


async def forwards() -> MigrationManager:
    """The rows."""
    manager = MigrationManager(
        migration_id=ID, app_name="tracker", description=DESCRIPTION, wrap_in_transaction=True
    )

    async def run() -> None:
        for statement in STATEMENTS:
            await DB.run_ddl(statement)

    manager.add_raw(run)
    return manager
