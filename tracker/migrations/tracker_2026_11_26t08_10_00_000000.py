"""Whoever is mentioned in a comment has a notification of it, without a role in a partner city too:
officers had the mail alone."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from tracker.domain.database import DB

ID = "2026-11-26T08:10:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Notifications of mentions"

# Two parts instead of a condition more: each is found from the person by an index. A comment that
# is rewritten tells those who are new in it.
VIEW = """
CREATE OR REPLACE VIEW notification AS
    SELECT e.id, h.id AS person, e.id AS event, e.at AS created_at, r.read_at
    FROM person h
        CROSS JOIN audit_event e
        JOIN project p ON p.id = e.project
        LEFT JOIN notification_read r ON r.person = h.id AND r.event = e.id
    WHERE h.id IS DISTINCT FROM e.actor
        AND NOT (e.subject_type = 'value' AND e.verb IN ('draft', 'redraft', 'discard'))
        AND NOT (e.subject_type = 'evaluation' AND e.verb = 'draft')
        AND NOT (e.subject_type = 'evidence' AND e.verb IN ('attach_draft', 'detach_draft'))
        AND (h.id, e.project) IN (
            SELECT m.person, c.project FROM membership m JOIN participation c ON c.city = m.city)
        AND EXISTS (
            SELECT FROM participation c JOIN membership m ON m.city = c.city
            WHERE c.project = e.project AND m.person = h.id
                AND m.started_at <= e.at AND (m.ended_at IS NULL OR m.ended_at > e.at)
                AND (c.city = p.lead_city OR p.submitted_at <= e.at))
    UNION ALL
    SELECT e.id, n.person, e.id AS event, e.at AS created_at, r.read_at
    FROM mention n
        JOIN audit_event e ON e.subject_type = 'comment' AND e.subject_id = n.comment
            AND e.verb IN ('add', 'edit')
        LEFT JOIN notification_read r ON r.person = n.person AND r.event = e.id
    WHERE n.person IS DISTINCT FROM e.actor
        AND e.after -> 'mentions' @> to_jsonb(n.person)
        AND (e.before -> 'mentions' @> to_jsonb(n.person)) IS NOT TRUE
        AND NOT EXISTS (
            SELECT FROM participation c JOIN membership m ON m.city = c.city
            WHERE c.project = e.project AND m.person = n.person
                AND m.started_at <= e.at AND (m.ended_at IS NULL OR m.ended_at > e.at))
"""


async def forwards() -> MigrationManager:
    """The view."""
    manager = MigrationManager(
        migration_id=ID, app_name="tracker", description=DESCRIPTION, wrap_in_transaction=True
    )

    async def run() -> None:
        await DB.run_ddl(VIEW)

    manager.add_raw(run)
    return manager
