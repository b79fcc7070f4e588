"""What every change wrote besides itself: a notification for each person of the partner cities, which
follows from the trail, and the past of a milestone, in a way that touches fewer indexes."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from tracker.domain.database import DB

ID = "2026-11-25T17:14:27:000000"
VERSION = "1.38.0"
DESCRIPTION = "Notifications follow from the trail; a milestone's past is cheaper to keep"

# Who belonged to a partner city when something happened hears of it, except whoever did it; of a
# draft only the city that writes it. The first condition says again what follows from the second,
# in a form from which PostgreSQL finds a person's projects first, and not all events.
#
# A change leaves the open stretch in its place, whose index entry stays true, and puts what has
# ended beside it: that one is in no index. It is kept by its owner, as before.
STATEMENTS = r"""
CREATE VIEW notification AS
    SELECT e.id, h.id AS person, e.id AS event, e.at AS created_at, r.read_at
    FROM person h
        CROSS JOIN audit_event e
        JOIN project p ON p.id = e.project
        LEFT JOIN notification_read r ON r.person = h.id AND r.event = e.id
    WHERE h.id IS DISTINCT FROM e.actor
        AND (h.id, e.project) IN (
            SELECT m.person, c.project FROM membership m JOIN participation c ON c.city = m.city)
        AND EXISTS (
            SELECT FROM participation c JOIN membership m ON m.city = c.city
            WHERE c.project = e.project AND m.person = h.id
                AND m.started_at <= e.at AND (m.ended_at IS NULL OR m.ended_at > e.at)
                AND (c.city = p.lead_city OR p.submitted_at <= e.at));

ALTER TABLE milestone_past SET (fillfactor = 90);

CREATE OR REPLACE FUNCTION keep_milestone_past() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    told milestone_past;
BEGIN
    IF NEW.before <> '{}' AND NEW.after <> '{}' THEN
        INSERT INTO milestone_past (milestone, project, city, state, due_on, since, until)
            SELECT milestone, project, city, state, due_on, since, NEW.at FROM milestone_past
            WHERE milestone = NEW.subject_id AND until = 'infinity';
        IF FOUND THEN
            UPDATE milestone_past SET since = NEW.at,
                    state = coalesce(NEW.after->>'state', state),
                    due_on = coalesce((NEW.after->>'due_on')::date, due_on),
                    city = coalesce((NEW.after->>'city')::integer, city)
                WHERE milestone = NEW.subject_id AND until = 'infinity';
            RETURN NULL;
        END IF;
    END IF;
    IF NEW.before = '{}' THEN
        DELETE FROM milestone_past WHERE milestone = NEW.subject_id AND until = 'infinity';
    END IF;
    UPDATE milestone_past SET until = NEW.at
        WHERE milestone = NEW.subject_id AND until = 'infinity' RETURNING * INTO told;
    IF NEW.after <> '{}' THEN
        IF told.milestone IS NULL THEN
            SELECT m.city, m.state, m.due_on INTO told.city, told.state, told.due_on
                FROM milestone m WHERE m.id = NEW.subject_id;
        END IF;
        told := jsonb_populate_record(told, NEW.after);
        INSERT INTO milestone_past (milestone, project, city, state, due_on, since)
            VALUES (NEW.subject_id, NEW.project, told.city, told.state, told.due_on, NEW.at);
    END IF;
    RETURN NULL;
END $$;

DO $$
BEGIN
    EXECUTE format('ALTER FUNCTION keep_milestone_past() SECURITY DEFINER'
                   ' SET search_path = %I, pg_temp', current_schema());
END $$;
"""


async def forwards() -> MigrationManager:
    """The above."""
    manager = MigrationManager(
        migration_id=ID, app_name="tracker", description=DESCRIPTION, wrap_in_transaction=True
    )

    async def run() -> None:
        for statement in STATEMENTS.strip().split("\n\n"):
            await DB.run_ddl(statement)

    manager.add_raw(run)
    return manager
