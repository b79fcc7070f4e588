"""What a portfolio counts each project under is kept in a narrow table, with what its budget comes
to in each currency, so that nobody reads ten thousand summaries and joins every budget line."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from tracker.domain.database import DB

ID = "2026-11-25T23:50:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Narrow rows for the portfolio"

# `portfolio_row_told` says what a row is; a change renews the row of its project by it, under a
# lock on that row: of two changes at once the later one sees the other. What has a fixed width
# comes first, because PostgreSQL finds a column by walking over those before it.
#
# A budget is in the currencies of two cities, as a rule: the sums in the first two, by their codes,
# are columns; `more_budget` has any others, currency -> sum. Work in kind without an amount is no
# money. Every project has its row: a foreign key asks for it at commit.
STATEMENTS = r"""
CREATE TABLE portfolio_row (
    id integer PRIMARY KEY REFERENCES project (id) ON DELETE CASCADE,
    agreed_at timestamptz,
    submitted_at timestamptz,
    confidential boolean NOT NULL,
    lead_city integer NOT NULL,
    donor_city integer NOT NULL,
    recipient_city integer NOT NULL,
    planned_start_on date NOT NULL,
    planned_end_on date NOT NULL,
    state varchar NOT NULL,
    reported_health varchar,
    recipient_region varchar NOT NULL,
    themes varchar[] NOT NULL,
    sdg_goals smallint[] NOT NULL,
    budget_currency varchar,
    budget_amount numeric,
    other_currency varchar,
    other_amount numeric,
    more_budget jsonb
) WITH (fillfactor = 90);

CREATE VIEW portfolio_row_told AS
    SELECT p.id, p.agreed_at, p.submitted_at, p.confidential, p.lead_city, p.donor_city,
        p.recipient_city, p.planned_start_on, p.planned_end_on, p.state, p.reported_health,
        c.region_code AS recipient_region, p.themes, p.sdg_goals,
        b.currencies[1] AS budget_currency, b.amounts[1] AS budget_amount,
        b.currencies[2] AS other_currency, b.amounts[2] AS other_amount, b.more AS more_budget
    FROM project p
    JOIN city c ON c.id = p.recipient_city
    CROSS JOIN LATERAL (
        SELECT array_agg(s.currency ORDER BY s.place) AS currencies,
            array_agg(s.amount ORDER BY s.place) AS amounts,
            jsonb_object_agg(s.currency, s.amount) FILTER (WHERE s.place > 2) AS more
        FROM (
            SELECT l.currency, sum(l.amount) AS amount,
                row_number() OVER (ORDER BY l.currency COLLATE "C") AS place
            FROM budget_line l WHERE l.project = p.id AND l.amount IS NOT NULL
            GROUP BY l.currency) s) b;

CREATE FUNCTION renew_portfolio_row(touched integer) RETURNS void
    LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM FROM portfolio_row WHERE id = touched FOR NO KEY UPDATE;
    UPDATE portfolio_row r SET (agreed_at, submitted_at, confidential, lead_city, donor_city,
            recipient_city, planned_start_on, planned_end_on, state, reported_health,
            recipient_region, themes, sdg_goals, budget_currency, budget_amount, other_currency,
            other_amount, more_budget) =
        (SELECT t.agreed_at, t.submitted_at, t.confidential, t.lead_city, t.donor_city,
            t.recipient_city, t.planned_start_on, t.planned_end_on, t.state, t.reported_health,
            t.recipient_region, t.themes, t.sdg_goals, t.budget_currency, t.budget_amount,
            t.other_currency, t.other_amount, t.more_budget
         FROM portfolio_row_told t WHERE t.id = touched)
        WHERE r.id = touched AND EXISTS (SELECT FROM project p WHERE p.id = touched);
END $$;

CREATE FUNCTION begin_portfolio_row() RETURNS trigger
    LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO portfolio_row SELECT * FROM portfolio_row_told WHERE id = NEW.id;
    RETURN NULL;
END $$;

CREATE FUNCTION keep_portfolio_row() RETURNS trigger
    LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM renew_portfolio_row(NEW.id);
    RETURN NULL;
END $$;

CREATE FUNCTION keep_portfolio_row_of_budget() RETURNS trigger
    LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM renew_portfolio_row(x.project) FROM (
        SELECT DISTINCT project FROM unnest(ARRAY[OLD.project, NEW.project]) project
        WHERE project IS NOT NULL ORDER BY project) x;
    RETURN NULL;
END $$;

CREATE FUNCTION keep_portfolio_row_of_city() RETURNS trigger
    LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM renew_portfolio_row(x.id) FROM (
        SELECT id FROM project WHERE recipient_city = NEW.id ORDER BY id) x;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION figures_rebuild() RETURNS void
    LANGUAGE sql SET search_path FROM CURRENT AS $$
    DELETE FROM project_figures;
    INSERT INTO project_figures SELECT * FROM project_figures_told ORDER BY project;
    DELETE FROM portfolio_row;
    INSERT INTO portfolio_row SELECT * FROM portfolio_row_told ORDER BY id;
$$;

INSERT INTO portfolio_row SELECT * FROM portfolio_row_told ORDER BY id;

ALTER TABLE project ADD CONSTRAINT project_has_portfolio_row FOREIGN KEY (id)
    REFERENCES portfolio_row (id) DEFERRABLE INITIALLY DEFERRED;

CREATE TRIGGER portfolio_row_begins AFTER INSERT ON project
    FOR EACH ROW EXECUTE FUNCTION begin_portfolio_row();

CREATE TRIGGER portfolio_row_is_kept AFTER UPDATE OF agreed_at, submitted_at, confidential,
    lead_city, donor_city, recipient_city, planned_start_on, planned_end_on, state,
    reported_health, themes, sdg_goals ON project
    FOR EACH ROW EXECUTE FUNCTION keep_portfolio_row();

CREATE TRIGGER portfolio_row_is_kept AFTER UPDATE OF region_code ON city
    FOR EACH ROW WHEN (NEW.region_code <> OLD.region_code)
    EXECUTE FUNCTION keep_portfolio_row_of_city();

CREATE TRIGGER portfolio_row_is_kept AFTER INSERT OR DELETE OR UPDATE OF project, amount, currency
    ON budget_line FOR EACH ROW EXECUTE FUNCTION keep_portfolio_row_of_budget();
"""


async def forwards() -> MigrationManager:
    """The table, what it is told by, the triggers that keep it, and what is there already."""
    manager = MigrationManager(
        migration_id=ID, app_name="tracker", description=DESCRIPTION, wrap_in_transaction=True
    )

    async def run() -> None:
        for statement in STATEMENTS.strip().split("\n\n"):
            await DB.run_ddl(statement)

    manager.add_raw(run)
    return manager
