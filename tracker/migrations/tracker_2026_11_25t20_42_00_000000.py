"""What belongs together stays in one project, drafts are none of the other city's business, and
partner cities have confirmed what their people approved."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from tracker.domain.database import DB

ID = "2026-11-25T20:42:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Rules of drafts, parts and verdicts"

STATEMENTS = """
ALTER TABLE value DROP CONSTRAINT value_state_is_known;

ALTER TABLE value ADD CONSTRAINT value_state_is_known
    CHECK (state IN ('draft', 'submitted', 'returned', 'approved', 'superseded'));

ALTER TABLE value DROP CONSTRAINT value_percentage_has_both_parts;

ALTER TABLE value ADD CONSTRAINT value_percentage_has_both_parts
    CHECK (state = 'draft' OR (numerator IS NULL) = (denominator IS NULL));

ALTER TABLE value DROP CONSTRAINT value_says_something;

ALTER TABLE value ADD CONSTRAINT value_says_something
    CHECK (state = 'draft' OR value IS NOT NULL OR narrative <> '');

CREATE UNIQUE INDEX value_number_is_once_per_period ON value (period, number) WHERE number > 0;

CREATE UNIQUE INDEX value_is_drafted_once_per_city ON value (period, city) WHERE state = 'draft';

ALTER TABLE value ADD CONSTRAINT value_project_key UNIQUE (id, project);

ALTER TABLE dimension ADD CONSTRAINT dimension_project_key UNIQUE (id, project);

ALTER TABLE dimension ADD CONSTRAINT dimension_belongs_to_its_indicators_project
    FOREIGN KEY (indicator, project) REFERENCES indicator (id, project);

ALTER TABLE value_part ADD CONSTRAINT value_part_belongs_to_its_values_project
    FOREIGN KEY (whole, project) REFERENCES value (id, project);

ALTER TABLE value_part ADD CONSTRAINT value_part_belongs_to_its_dimensions_project
    FOREIGN KEY (dimension, project) REFERENCES dimension (id, project);

ALTER TABLE verdict ADD CONSTRAINT verdict_belongs_to_its_values_project
    FOREIGN KEY (value, project) REFERENCES value (id, project);

ALTER TABLE verdict ADD CONSTRAINT verdict_is_a_partners
    FOREIGN KEY (project, city) REFERENCES participation (project, city);

ALTER TABLE evidence ADD CONSTRAINT evidence_belongs_to_its_values_project
    FOREIGN KEY (value, project) REFERENCES value (id, project);

CREATE FUNCTION require_verdict_of_another_city() RETURNS trigger
    LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF EXISTS (SELECT FROM value v WHERE v.id = NEW.value
               AND (v.city = NEW.city OR v.state NOT IN ('approved', 'superseded'))) THEN
        RAISE EXCEPTION 'a verdict is another city''s, of a value that was approved'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'verdict_is_another_citys';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER verdict_is_another_citys
    AFTER INSERT OR UPDATE OF value, city ON verdict DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION require_verdict_of_another_city();

INSERT INTO verdict (project, value, city, kind, author, created_at)
    SELECT DISTINCT ON (v.id) v.project, v.id, m.city, 'confirmed', v.approver, v.approved_at
    FROM value v
        JOIN membership m ON m.person = v.approver AND m.city <> v.city
            AND m.role IN ('coordinator', 'approver', 'cio')
            AND m.started_at <= v.approved_at
            AND (m.ended_at IS NULL OR m.ended_at > v.approved_at)
        JOIN participation c ON c.project = v.project AND c.city = m.city
    WHERE v.state IN ('approved', 'superseded')
    ORDER BY v.id, m.id;

CREATE OR REPLACE VIEW notification AS
    SELECT e.id, h.id AS person, e.id AS event, e.at AS created_at, r.read_at
    FROM person h
        CROSS JOIN audit_event e
        JOIN project p ON p.id = e.project
        LEFT JOIN notification_read r ON r.person = h.id AND r.event = e.id
    WHERE h.id IS DISTINCT FROM e.actor
        AND NOT (e.subject_type = 'value' AND e.verb IN ('draft', 'redraft', 'discard'))
        AND NOT (e.subject_type = 'evidence' AND e.verb IN ('attach_draft', 'detach_draft'))
        AND (h.id, e.project) IN (
            SELECT m.person, c.project FROM membership m JOIN participation c ON c.city = m.city)
        AND EXISTS (
            SELECT FROM participation c JOIN membership m ON m.city = c.city
            WHERE c.project = e.project AND m.person = h.id
                AND m.started_at <= e.at AND (m.ended_at IS NULL OR m.ended_at > e.at)
                AND (c.city = p.lead_city OR p.submitted_at <= e.at));
"""


async def forwards() -> MigrationManager:
    """The rules, and what the rows that are there say."""
    manager = MigrationManager(
        migration_id=ID, app_name="tracker", description=DESCRIPTION, wrap_in_transaction=True
    )

    async def run() -> None:
        for statement in STATEMENTS.strip().split("\n\n"):
            await DB.run_ddl(statement)

    manager.add_raw(run)
    return manager
