"""A world with something of everything, and as many copies of it as wanted: each table's rows are
copied by one statement, past all triggers, with keys moved by the copy's number."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from asyncpg import Connection
from piccolo.columns import Column, ForeignKey

from tests import factories
from tests.cast import Cast
from tests.domain.test_comments import draft as said
from tests.domain.test_risks import draft as risk_draft
from tracker.domain import clock
from tracker.domain.actor import SYSTEM
from tracker.domain.answers import stuck
from tracker.domain.answers.tables import InboundMail, InboundOutcome, StuckMail
from tracker.domain.audit import Notification
from tracker.domain.budgets import transactions
from tracker.domain.budgets.actions import BudgetLinePlan
from tracker.domain.budgets.rates import Rate, import_rates
from tracker.domain.budgets.tables import TransactionType
from tracker.domain.budgets.transactions import TransactionDraft
from tracker.domain.comments import actions as comments
from tracker.domain.comments.subjects import CommentSubject
from tracker.domain.deliveries.tables import Delivery, Suppression, SuppressionReason
from tracker.domain.digests.actions import send_now, subscribe
from tracker.domain.digests.feeds import issue_feed
from tracker.domain.digests.hooks import HookDraft, set_up_hook
from tracker.domain.digests.rules import Schedule
from tracker.domain.digests.tables import HookFormat
from tracker.domain.milestones.tables import PlannedDate
from tracker.domain.outcomes.actions import DimensionPlan
from tracker.domain.outcomes.content import PartDraft
from tracker.domain.outcomes.library import DefinitionPlan, add_definition
from tracker.domain.outcomes.tables import (
    Accumulation,
    Aggregation,
    Benefit,
    Dimension,
    Measure,
    Period,
    ResultType,
)
from tracker.domain.people import delegations
from tracker.domain.people.delegations import DelegationPlan
from tracker.domain.people.invitations import InvitationDraft, send_invitation
from tracker.domain.people.proofs import Method
from tracker.domain.people.sessions import admit
from tracker.domain.people.sign_on_providers import SignOnDraft, set_up
from tracker.domain.people.tables import Membership
from tracker.domain.people.tokens import issue_token
from tracker.domain.reminders import mailing as reminders
from tracker.domain.risks import actions as risks
from tracker.domain.roles import Role
from tracker.domain.status_reports.actions import add_addendum
from tracker.graphql.registry import registry

FAR = 1_000_000
"""Numbers between a row and its copy: more than a run of the tests uses up."""

KEYS = ("id", "subject_id")

COPIED = {
    "person": "id <> {officer}",
    "membership": "person <> {officer} OR ended_at IS NOT NULL",
}
"""Table -> which of its rows are copied, if not all: the officer stays alone, so that what is
theirs is theirs in every copy."""

KEPT_BESIDE = ("practice_search", "request_search", "project_search")
"""Documents that triggers write otherwise."""

SEARCH = """
INSERT INTO {table} SELECT id + k * {far}, document FROM {table}, generate_series(1, {{copies}}) k
"""

PAST = """
INSERT INTO milestone_past (milestone, project, city, state, due_on, since)
SELECT m.id, m.project, m.city, m.state, m.due_on, m.created_at FROM milestone m
WHERE NOT EXISTS (SELECT FROM milestone_past h WHERE h.milestone = m.id)
"""
"""What triggers would have kept of the copied milestones."""

CITY_NAMES = f"""
INSERT INTO city_name SELECT city + k * {FAR}, name, plain
FROM city_name, generate_series(1, {{copies}}) k
WHERE name IN (SELECT unnest(ARRAY[c.name, c.local_name]) FROM city c)
"""


async def make(cast: Cast) -> None:
    """A project that is late, one that closed, and what stands beside projects."""
    project = await factories.joint_project(cast, "active", title="Open data permits")
    await factories.joint_project(cast, "closed")
    await factories.value(cast, project, "superseded")
    await break_down(cast, project)
    await factories.practice(cast, "published", title="Open data in one stop")
    await factories.request(cast)
    today = factories.today()
    line = BudgetLinePlan(title="Trips", amount=Decimal(5), currency="KES", value_on=today)
    await factories.add_budget_line(cast, project.id, cast.nairobi, line)
    await spend(cast, project.id, "Flights")
    await risks.add(cast.nairobi_coordinator, project.id, cast.nairobi, risk_draft())
    about = said(CommentSubject.PROJECT, project.id, "Who pays?", cast.seoul_mayor)
    await comments.add(cast.nairobi_coordinator, about)
    await import_rates(SYSTEM, [Rate(currency="KES", rated_on=today, rate=Decimal(140))])
    mayor = cast.nairobi_mayor
    assert mayor.person_id
    await subscribe(mayor, mayor.person_id, Schedule())
    await send_now(mayor, mayor.person_id)
    await issue_feed(mayor, mayor.person_id)
    await set_up_hook(
        mayor,
        mayor.person_id,
        HookDraft(format=HookFormat.SLACK, address="https://hooks.example.org/a"),
    )
    await issue_token(mayor, mayor.person_id, purpose="Reports")
    assert cast.nairobi_cio.person_id
    days = DelegationPlan(
        person_id=cast.nairobi_cio.person_id,
        starts_on=factories.today(2),
        ends_on=factories.today(9),
    )
    await delegations.grant(mayor, cast.nairobi, days)
    await invite(cast)
    bounced = SuppressionReason.BOUNCED
    await Suppression(address="gone@example.org", reason=bounced, created_at=clock.now()).save()
    await stuck.failed("imaps://mail.example.org/INBOX", "12", ValueError())
    delivery = await Delivery.objects().order_by(Delivery.id).first()
    await InboundMail(
        message_hash="0" * 64, delivery=delivery, outcome=InboundOutcome.REFUSED,
        reason="It is closed.", received_at=clock.now(),
    ).save()  # fmt: skip
    report = await factories.status_report(cast, project)
    await add_addendum(cast.nairobi_cio, report.id, "There were 41 testers.")
    late = await factories.status_report(cast, project, "seoul", "empty")
    with clock.at(factories.noon(late.due_on)):
        await reminders.sweep()
    assert cast.officer.person_id
    await admit(cast.officer.person_id, Method.LINK)
    # The officer came from Nairobi, and was told there of what happened at the time.
    await Membership(
        person=cast.officer.person_id,
        city=cast.nairobi,
        role=Role.COORDINATOR,
        started_at=clock.now() - timedelta(days=1000),
        ended_at=clock.now(),
    ).save()


async def spend(cast: Cast, project_id: int, description: str) -> None:
    """A booked expenditure of Nairobi."""
    spent = TransactionDraft(
        type=TransactionType.EXPENDITURE,
        description=description,
        value_on=factories.today(-2),
        amount=Decimal(2),
        currency="KES",
    )
    await transactions.book(cast.nairobi_coordinator, project_id, cast.nairobi, spent)


async def break_down(cast: Cast, project: factories.JointProject) -> None:
    """A value by gender, and a ready indicator in the library."""
    gender = DimensionPlan(name="gender", categories=["women", "men"])
    indicator = await factories.add_indicator(cast, project.id, dimensions=[gender])
    [period] = await Period.objects().where(Period.indicator == indicator.id)
    [dimension] = await Dimension.objects().where(Dimension.indicator == indicator.id)
    part = PartDraft(dimension_id=dimension.id, category="women", value=Decimal(5))
    measured = replace(project, period_id=period.id)
    await factories.value(cast, measured, "approved", parts=[part])
    ready = DefinitionPlan(
        title="Visits", result_title="Known abroad", result_type=ResultType.OUTPUT,
        benefit=Benefit.DONOR, measure=Measure.UNIT, ascending=True,
        accumulation=Accumulation.PERIOD, aggregation=Aggregation.SUM, unit="visits",
    )  # fmt: skip
    await add_definition(cast.officer, ready)


async def invite(cast: Cast) -> None:
    """Two cities have invited somebody, and have sign-ons of their own."""
    for city, name in ((cast.nairobi, "nairobi"), (cast.seoul, "seoul")):
        draft = InvitationDraft(email=f"new@{name}.example", role=Role.APPROVER, city_id=city)
        await send_invitation(cast.administrator, draft)
        provider = SignOnDraft(issuer=f"https://login.{name}.example", client_id="tracker")
        await set_up(cast.administrator, city, provider)


async def copy(connection: Connection, copies: int, officer: int) -> None:
    """Add the copies, for the person `officer` to look at."""
    declared = (declaration.table for declaration in registry.declarations.values())
    tables = [table for table in declared if table not in (Notification, PlannedDate)]  # views
    statements = [_of_table(each._meta.tablename, each._meta.columns, officer) for each in tables]
    statements += [SEARCH.format(table=each, far=FAR) for each in KEPT_BESIDE]
    statements += [CITY_NAMES, PAST]
    async with connection.transaction():
        await connection.execute("SET LOCAL session_replication_role = replica")
        for statement in statements:
            await connection.execute(statement.format(copies=copies))
    await connection.execute("SELECT figures_rebuild()")
    # As autovacuum would within a minute: PostgreSQL plans by what it knows of the tables.
    await connection.execute("ANALYZE")


def _of_table(name: str, columns: list[Column], officer: int) -> str:
    copied = COPIED.get(name, "true").format(officer=officer)
    names = ", ".join(f'"{column._meta.name}"' for column in columns)
    moved = ", ".join(_moved(column, officer) for column in columns)
    return (
        f'INSERT INTO "{name}" ({names}) SELECT {moved} FROM "{name}",'
        f" generate_series(1, {{copies}}) k WHERE {copied}"
    )


ONCE = (Delivery.key, Suppression.address, StuckMail.key)
"""Texts that only one row has."""


def _moved(column: Column, officer: int) -> str:
    """The column's value in copy `k`."""
    name = f'"{column._meta.name}"'
    moved = f"{name} + k * {FAR}"
    if isinstance(column, ForeignKey):
        kept = column._foreign_key_meta.resolved_references._meta.tablename == "person"
        return f"CASE WHEN {name} = {officer} THEN {name} ELSE {moved} END" if kept else moved
    if column._meta.name in KEYS:
        return moved
    if column._meta.name == "rated_on":
        return f"{name} - k"
    if any(column is each for each in ONCE):
        return f"left({name}, 50) || '-' || k"
    if not column._meta.unique:
        return name
    return moved if column.value_type is int else f"left({name}, 50) || '-' || k"
