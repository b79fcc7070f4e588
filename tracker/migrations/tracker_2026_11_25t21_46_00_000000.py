"""What the library of indicators holds at first: for the city that takes a practice over, and for
the city that gives it."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from tracker.domain.database import DB

ID = "2026-11-25T21:46:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Ready indicators"

# Piccolo's own name for the index would be that of the table.
INDEX = "CREATE INDEX indicator_by_definition ON indicator (definition)"

STATEMENT = """
INSERT INTO indicator_definition (title, result_title, result_type, benefit, measure, ascending,
    accumulation, aggregation, unit, means_of_verification, created_at)
VALUES
('Hours that residents save on the service', 'Services take less of people''s time', 'outcome',
 'recipient', 'unit', true, 'period', 'sum', 'hours',
 'Cases of the period, by the service''s log, times the hours a case took before less the hours it'
 || ' takes now, by the baseline survey and a yearly one.', now()),
('Procedures that can be completed online', 'Services can be used online', 'output',
 'recipient', 'unit', true, 'snapshot', 'sum', 'procedures',
 'The city''s list of services, on the last day; those that end online without a visit.', now()),
('People who used the service', 'Services reach people', 'outcome',
 'recipient', 'unit', true, 'period', 'sum', 'people',
 'Different people in the period, by the service''s log.', now()),
('Cost of a case compared with before', 'Administration costs less', 'outcome',
 'recipient', 'percentage', false, 'snapshot', 'ratio_of_sums', '%',
 'What the cases of the period cost, out of what as many would have cost before: staff hours and'
 || ' fees, by the city''s accounts.', now()),
('Transparency score', 'Administration can be seen through', 'outcome',
 'recipient', 'percentage', true, 'snapshot', 'ratio_of_sums', '%',
 'Points given out of points possible in the city''s transparency assessment, such as rules,'
 || ' fees, deadlines and decisions published.', now()),
('Delegations received', 'The practice is known abroad', 'output',
 'donor', 'unit', true, 'period', 'sum', 'delegations',
 'Visits of other cities about the practice, by the protocol office''s calendar.', now()),
('People reached by press about the practice', 'The practice is known abroad', 'outcome',
 'donor', 'unit', true, 'period', 'sum', 'people',
 'Circulation or audience of reports abroad that name the city and the practice, by the press'
 || ' office''s collection.', now()),
('Contracts and exports that followed', 'Business follows the practice', 'impact',
 'donor', 'unit', true, 'cumulative', 'sum', 'contracts',
 'Contracts of the city''s companies abroad that refer to the practice, by the chamber of'
 || ' commerce.', now()),
('Invitations to speak', 'The practice is known abroad', 'output',
 'donor', 'unit', true, 'period', 'sum', 'invitations',
 'Invitations to present the practice at conferences abroad, by the city''s international office.',
 now())
"""


async def forwards() -> MigrationManager:
    """The definitions, as the secretariat finds them and may rewrite them."""
    manager = MigrationManager(
        migration_id=ID, app_name="tracker", description=DESCRIPTION, wrap_in_transaction=True
    )

    async def run() -> None:
        await DB.run_ddl(INDEX)
        await DB.run_ddl(STATEMENT)

    manager.add_raw(run)
    return manager
