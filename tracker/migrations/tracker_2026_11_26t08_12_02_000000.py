from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns.column_types import ForeignKey

ID = "2026-11-26T08:12:02:000000"
VERSION = "1.38.0"
DESCRIPTION = "how far a digest is, its delivery tells"


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="tracker", description=DESCRIPTION)

    manager.drop_constraint(
        table_class_name="DigestIssue",
        tablename="digest_issue",
        constraint_name="digest_issue_is_frozen_before_sending",
        schema=None,
    )

    manager.drop_constraint(
        table_class_name="DigestIssue",
        tablename="digest_issue",
        constraint_name="digest_issue_sent_has_a_time",
        schema=None,
    )

    manager.drop_constraint(
        table_class_name="DigestIssue",
        tablename="digest_issue",
        constraint_name="digest_issue_state_is_known",
        schema=None,
    )

    manager.drop_column(
        table_class_name="DigestIssue",
        tablename="digest_issue",
        column_name="attempts",
        db_column_name="attempts",
        schema=None,
    )

    manager.drop_column(
        table_class_name="DigestIssue",
        tablename="digest_issue",
        column_name="doubts",
        db_column_name="doubts",
        schema=None,
    )

    manager.drop_column(
        table_class_name="DigestIssue",
        tablename="digest_issue",
        column_name="last_error",
        db_column_name="last_error",
        schema=None,
    )

    manager.drop_column(
        table_class_name="DigestIssue",
        tablename="digest_issue",
        column_name="lease_token",
        db_column_name="lease_token",
        schema=None,
    )

    manager.drop_column(
        table_class_name="DigestIssue",
        tablename="digest_issue",
        column_name="lease_until",
        db_column_name="lease_until",
        schema=None,
    )

    manager.drop_column(
        table_class_name="DigestIssue",
        tablename="digest_issue",
        column_name="message",
        db_column_name="message",
        schema=None,
    )

    manager.drop_column(
        table_class_name="DigestIssue",
        tablename="digest_issue",
        column_name="message_id",
        db_column_name="message_id",
        schema=None,
    )

    manager.drop_column(
        table_class_name="DigestIssue",
        tablename="digest_issue",
        column_name="next_try_at",
        db_column_name="next_try_at",
        schema=None,
    )

    manager.drop_column(
        table_class_name="DigestIssue",
        tablename="digest_issue",
        column_name="sent_at",
        db_column_name="sent_at",
        schema=None,
    )

    manager.drop_column(
        table_class_name="DigestIssue",
        tablename="digest_issue",
        column_name="state",
        db_column_name="state",
        schema=None,
    )

    manager.alter_column(
        table_class_name="DigestIssue",
        tablename="digest_issue",
        column_name="delivery",
        db_column_name="delivery",
        params={"null": False},
        old_params={"null": True},
        column_class=ForeignKey,
        old_column_class=ForeignKey,
        schema=None,
    )

    return manager
