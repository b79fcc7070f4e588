from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns.column_types import ForeignKey

ID = "2026-11-26T09:18:02:000000"
VERSION = "1.38.0"
DESCRIPTION = "how far reminders, notices and invitations are, their deliveries tell"


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="tracker", description=DESCRIPTION)

    manager.drop_constraint(
        table_class_name="Reminder",
        tablename="reminder",
        constraint_name="reminder_ends_one_way",
        schema=None,
    )

    manager.drop_column(
        table_class_name="Invitation",
        tablename="invitation",
        column_name="mail_problem",
        db_column_name="mail_problem",
        schema=None,
    )

    manager.drop_column(
        table_class_name="Invitation",
        tablename="invitation",
        column_name="mailed_at",
        db_column_name="mailed_at",
        schema=None,
    )

    manager.drop_column(
        table_class_name="Notice",
        tablename="notice",
        column_name="claimed_until",
        db_column_name="claimed_until",
        schema=None,
    )

    manager.drop_column(
        table_class_name="Notice",
        tablename="notice",
        column_name="tries",
        db_column_name="tries",
        schema=None,
    )

    manager.drop_column(
        table_class_name="Reminder",
        tablename="reminder",
        column_name="attempts",
        db_column_name="attempts",
        schema=None,
    )

    manager.drop_column(
        table_class_name="Reminder",
        tablename="reminder",
        column_name="dropped_at",
        db_column_name="dropped_at",
        schema=None,
    )

    manager.drop_column(
        table_class_name="Reminder",
        tablename="reminder",
        column_name="last_error",
        db_column_name="last_error",
        schema=None,
    )

    manager.drop_column(
        table_class_name="Reminder",
        tablename="reminder",
        column_name="lease_token",
        db_column_name="lease_token",
        schema=None,
    )

    manager.drop_column(
        table_class_name="Reminder",
        tablename="reminder",
        column_name="lease_until",
        db_column_name="lease_until",
        schema=None,
    )

    manager.drop_column(
        table_class_name="Reminder",
        tablename="reminder",
        column_name="message_id",
        db_column_name="message_id",
        schema=None,
    )

    manager.drop_column(
        table_class_name="Reminder",
        tablename="reminder",
        column_name="next_try_at",
        db_column_name="next_try_at",
        schema=None,
    )

    manager.drop_column(
        table_class_name="Reminder",
        tablename="reminder",
        column_name="sent_at",
        db_column_name="sent_at",
        schema=None,
    )

    manager.alter_column(
        table_class_name="Notice",
        tablename="notice",
        column_name="delivery",
        db_column_name="delivery",
        params={"null": False},
        old_params={"null": True},
        column_class=ForeignKey,
        old_column_class=ForeignKey,
        schema=None,
    )

    manager.alter_column(
        table_class_name="Reminder",
        tablename="reminder",
        column_name="delivery",
        db_column_name="delivery",
        params={"null": False},
        old_params={"null": True},
        column_class=ForeignKey,
        old_column_class=ForeignKey,
        schema=None,
    )

    return manager
