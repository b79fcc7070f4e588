"""A published status report never changes, whoever asks; addenda are only ever added. Parts of a
report belong to its project. Projects under way are reported on from the present quarter on."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from tracker.domain.database import DB

ID = "2026-11-25T22:13:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "What keeps published status reports as they are"

STATEMENTS = """
CREATE FUNCTION refuse_change_of_published() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a published status report never changes'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'status_report_published_never_changes';
END $$;

CREATE TRIGGER status_report_published_never_changes
    BEFORE UPDATE OR DELETE ON status_report FOR EACH ROW WHEN (OLD.state = 'published')
    EXECUTE FUNCTION refuse_change_of_published();

CREATE TRIGGER status_report_is_not_emptied BEFORE TRUNCATE ON status_report
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER addendum_is_append_only BEFORE UPDATE OR DELETE ON addendum
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE FUNCTION require_published() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM status_report r
                   WHERE r.id = NEW.status_report AND r.state = 'published') THEN
        RAISE EXCEPTION 'only to a published report something is added'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'addendum_is_to_a_published_report';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER addendum_is_to_a_published_report BEFORE INSERT ON addendum
    FOR EACH ROW EXECUTE FUNCTION require_published();

ALTER TABLE status_report ADD CONSTRAINT status_report_id_project_key
    UNIQUE (id, project);

ALTER TABLE addendum ADD CONSTRAINT addendum_is_of_its_report_s_project
    FOREIGN KEY (status_report, project) REFERENCES status_report (id, project);

ALTER TABLE status_report ADD CONSTRAINT status_report_is_of_a_partner
    FOREIGN KEY (project, city) REFERENCES participation (project, city);

ALTER TABLE reminder ADD CONSTRAINT reminder_is_about_a_partner
    FOREIGN KEY (project, city) REFERENCES participation (project, city);

CREATE INDEX status_report_project_page ON status_report (project, ends_on DESC, id);

CREATE INDEX status_report_drafts ON status_report (due_on) WHERE state = 'draft';

CREATE INDEX decision_pending ON decision (deadline_on) WHERE state = 'pending';

CREATE INDEX reminder_subject ON reminder (subject_type, subject_id, due_on);

CREATE INDEX reminder_waiting ON reminder (next_try_at, id)
    WHERE sent_at IS NULL AND dropped_at IS NULL;

UPDATE project SET reports_since = date_trunc('quarter', now() AT TIME ZONE 'UTC')::date
WHERE state IN ('active', 'suspended', 'finalising');
"""


async def forwards() -> MigrationManager:
    """The statements above."""
    manager = MigrationManager(
        migration_id=ID, app_name="tracker", description=DESCRIPTION, wrap_in_transaction=True
    )

    async def run() -> None:
        for statement in STATEMENTS.strip().split(";\n\n"):
            await DB.run_ddl(statement)

    manager.add_raw(run)
    return manager
