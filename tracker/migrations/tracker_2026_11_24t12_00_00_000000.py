"""What Piccolo's constraints cannot say: exclusion, triggers, composite keys and indexes."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from tracker.domain.database import DB

ID = "2026-11-24T12:00:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Rules between rows"

STATEMENTS = """
CREATE EXTENSION IF NOT EXISTS btree_gist;

ALTER TABLE period ADD CONSTRAINT period_does_not_overlap_another_of_its_indicator
    EXCLUDE USING gist (indicator WITH =, daterange(starts_on, ends_on, '[]') WITH &&);

CREATE UNIQUE INDEX value_is_approved_once_per_period ON value (period) WHERE state = 'approved';

CREATE UNIQUE INDEX membership_is_held_once
    ON membership (person, role, city) NULLS NOT DISTINCT WHERE ended_at IS NULL;

CREATE UNIQUE INDEX decision_is_pending_once
    ON decision (project, city, kind) WHERE state = 'pending';

-- Each row below a project names its project itself, so that visibility is one look-up away;
-- the composite keys keep that copy true.
ALTER TABLE result ADD CONSTRAINT result_project_key UNIQUE (id, project);
ALTER TABLE indicator ADD CONSTRAINT indicator_project_key UNIQUE (id, project);
ALTER TABLE period ADD CONSTRAINT period_project_key UNIQUE (id, project);
ALTER TABLE indicator ADD CONSTRAINT indicator_belongs_to_its_results_project
    FOREIGN KEY (result, project) REFERENCES result (id, project);
ALTER TABLE period ADD CONSTRAINT period_belongs_to_its_indicators_project
    FOREIGN KEY (indicator, project) REFERENCES indicator (id, project);
ALTER TABLE value ADD CONSTRAINT value_belongs_to_its_periods_project
    FOREIGN KEY (period, project) REFERENCES period (id, project);
ALTER TABLE milestone ADD CONSTRAINT milestone_project_key UNIQUE (id, project);
ALTER TABLE evidence ADD CONSTRAINT evidence_belongs_to_its_milestones_project
    FOREIGN KEY (milestone, project) REFERENCES milestone (id, project);
ALTER TABLE milestone ADD CONSTRAINT milestone_is_owned_by_a_partner
    FOREIGN KEY (project, city) REFERENCES participation (project, city);

CREATE FUNCTION sectors_sum_to_a_hundred() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT sum(percentage) FROM sector
        WHERE project = coalesce(NEW.project, OLD.project)) <> 100 THEN
        RAISE EXCEPTION 'the percentages of a project''s sectors sum to exactly 100'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'sector_percentages_sum_to_100';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER sector_percentages_sum_to_100
    AFTER INSERT OR UPDATE OR DELETE ON sector DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION sectors_sum_to_a_hundred();

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END $$;

CREATE TRIGGER audit_event_is_append_only
    BEFORE UPDATE OR DELETE ON audit_event
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER audit_event_is_not_emptied
    BEFORE TRUNCATE ON audit_event
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE INDEX participation_city_project ON participation (city, project);
CREATE INDEX milestone_project_due ON milestone (project, due_on, id);
CREATE INDEX indicator_result_id ON indicator (result, id);
CREATE INDEX value_period_number ON value (period, number DESC);
CREATE INDEX value_project_state ON value (project, state);
CREATE INDEX project_state_id ON project (state, id);
CREATE INDEX audit_event_subject ON audit_event (subject_type, subject_id, id);
CREATE INDEX audit_event_project ON audit_event (project, id);
CREATE INDEX notification_unread ON notification (person) WHERE read_at IS NULL;
CREATE INDEX membership_person ON membership (person) WHERE ended_at IS NULL;
CREATE INDEX membership_city ON membership (city) WHERE ended_at IS NULL;
CREATE INDEX digest_issue_to_do ON digest_issue (next_try_at)
    WHERE state IN ('due', 'ready', 'sending', 'in_doubt');

CREATE SEQUENCE project_code;
"""


async def forwards() -> MigrationManager:
    """The rules above, in order."""
    manager = MigrationManager(
        migration_id=ID, app_name="tracker", description=DESCRIPTION, wrap_in_transaction=True
    )

    async def run() -> None:
        for statement in _statements(STATEMENTS):
            await DB.run_ddl(statement)

    manager.add_raw(run)
    return manager


def _statements(text: str) -> list[str]:
    """Split at blank lines and at line ends outside function bodies: asyncpg prepares one each."""
    found: list[str] = []
    for paragraph in text.strip().split("\n\n"):
        body = "\n".join(line for line in paragraph.splitlines() if not line.startswith("--"))
        if "$$" in body:
            found.append(body)
        else:
            found.extend(part for part in body.split(";\n"))
    return found
