"""One linear migration history, in Piccolo's own format.

`PICCOLO_CONF=tracker.migrations` makes Piccolo's tools find the engine here.
"""

import contextlib
import io
import os
from dataclasses import replace
from pathlib import Path

from piccolo.apps.migrations.commands.forwards import ForwardsMigrationManager
from piccolo.apps.migrations.commands.new import AutoMigrationManager, _create_new_migration
from piccolo.apps.migrations.tables import Migration
from piccolo.conf.apps import AppConfig

from tracker.domain import privileges
from tracker.domain.answers.tables import AnswerLink, InboundMail, StuckMail
from tracker.domain.audit import AuditEvent, NotificationRead
from tracker.domain.budgets.tables import BudgetLine, ExchangeRate, RateImport, Transaction
from tracker.domain.cities.tables import City
from tracker.domain.database import DB, connected, fetch
from tracker.domain.comments.tables import Comment, Mention
from tracker.domain.deliveries.tables import Delivery, DomainMinute, RelayBreaker, Suppression
from tracker.domain.digests.tables import DigestFeed, DigestHook, DigestIssue, DigestSubscription
from tracker.domain.evaluations.tables import Evaluation, Lesson
from tracker.domain.events.tables import AuditPersonal, AuditSeal
from tracker.domain.idempotency.tables import IdempotencyKey
from tracker.domain.milestones.tables import Evidence, Milestone
from tracker.domain.notices.tables import Notice
from tracker.domain.outcomes.tables import (
    Dimension,
    Indicator,
    IndicatorDefinition,
    Period,
    Result,
    Value,
    ValuePart,
    Verdict,
)
from tracker.domain.people.sign_on_tables import SignOn, SignOnIdentity
from tracker.domain.people.tables import (
    ApiToken,
    ApiTokenUse,
    Delegation,
    Handover,
    HalfSignIn,
    Invitation,
    Membership,
    Password,
    Person,
    SecondFactor,
    Session,
    SessionUse,
    SignInLink,
)
from tracker.domain.plan_changes.tables import PlanChange, PlanChangeItem
from tracker.domain.practices.tables import Practice
from tracker.domain.projects.tables import Decision, Participation, Project, Sector
from tracker.domain.reminders.tables import Reminder
from tracker.domain.requests.tables import Request
from tracker.domain.status_reports.tables import Addendum, StatusReport
from tracker.domain.risks.tables import Risk
from tracker.settings import Settings

__all__ = ["APP_CONFIG", "DB", "drift", "is_current", "migrate", "new"]

os.environ["PICCOLO_CONF"] = __name__

TABLES = [
    *(City, Person, Membership, ApiToken, ApiTokenUse, Session, SessionUse, SignInLink),
    *(HalfSignIn, Password, SecondFactor, Invitation, SignOn, SignOnIdentity),
    *(Practice, Request),
    *(Delegation, Handover, Notice),
    *(Project, Participation, Sector, Decision, Evaluation, Lesson, Milestone),
    IndicatorDefinition,
    *(Result, Indicator, Period, Dimension, Value, ValuePart, Verdict, Evidence),
    *(BudgetLine, Transaction, RateImport, ExchangeRate, Risk),
    *(PlanChange, PlanChangeItem, Comment, Mention),
    *(StatusReport, Addendum, Reminder),
    *(AuditEvent, AuditSeal, AuditPersonal, NotificationRead),
    *(IdempotencyKey, Delivery, Suppression, RelayBreaker, DomainMinute),
    *(DigestSubscription, DigestIssue, DigestFeed, DigestHook),
    *(AnswerLink, InboundMail, StuckMail),
]

APP_CONFIG = AppConfig(
    app_name="tracker",
    migrations_folder_path=str(Path(__file__).parent),
    table_classes=TABLES,
)

LOCK = 7_236_001
"""Advisory lock key: two processes that start at once must not both migrate."""


async def migrate(settings: Settings) -> list[str]:
    """Bring the database to the newest schema, as the role that owns it, and let the application's
    role work with it; the names of the migrations that were applied."""
    application = await _role(settings)
    owner = replace(settings, database_url=settings.database_owner_url or settings.database_url)
    async with connected(owner), DB.transaction():
        await Migration.raw("SELECT pg_advisory_xact_lock({})", LOCK)
        manager = ForwardsMigrationManager(app_name=APP_CONFIG.app_name)
        await manager.create_migration_table()
        before = await Migration.get_migrations_which_ran(APP_CONFIG.app_name)
        with contextlib.redirect_stdout(io.StringIO()):
            await manager.run_migrations(APP_CONFIG)
        after = await Migration.get_migrations_which_ran(APP_CONFIG.app_name)
        await privileges.grant(application)
    return after[len(before) :]


async def _role(settings: Settings) -> str:
    """The role that the application connects as."""
    async with connected(settings):
        [row] = await fetch("SELECT current_user::text AS role")
    role: str = row["role"]
    return role


async def is_current() -> bool:
    """Whether every migration was applied to the database that is connected."""
    if not await Migration.table_exists():
        return False
    manager = ForwardsMigrationManager(app_name=APP_CONFIG.app_name)
    modules = manager.get_migration_modules(APP_CONFIG.resolved_migrations_folder_path)
    ran = await Migration.get_migrations_which_ran(APP_CONFIG.app_name)
    return set(manager.get_migration_ids(modules)) <= set(ran)


async def drift() -> list[str]:
    """Statements that a new migration would need; empty when the history matches the tables."""
    alterations = await AutoMigrationManager(auto_input="n").get_alter_statements(APP_CONFIG)
    return [statement for each in alterations for statement in each.statements]


async def new(description: str) -> str:
    """Write the next migration from what differs; the path of its file."""
    meta = await _create_new_migration(APP_CONFIG, auto=True, description=description)
    return str(meta.migration_path)
