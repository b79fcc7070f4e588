"""Reminder: what a mail reminds of."""

from piccolo.columns import Date, ForeignKey, Integer, Serial, Timestamptz, Varchar
from piccolo.constraints import Unique
from piccolo.table import Table

from tracker.domain.cities.tables import City
from tracker.domain.constraints import RESTRICT, one_of
from tracker.domain.database import DB
from tracker.domain.deliveries.tables import Delivery
from tracker.domain.meaning import Meaning
from tracker.domain.people.tables import Person
from tracker.domain.projects.tables import Project


class ReminderKind(Meaning):
    """Why somebody is reminded, in the order in which it happens."""

    AHEAD = "ahead", "It falls due in a few days."
    DUE = "due", "It is due today."
    LATE = "late", "Nothing was heard, and the days of grace are over: to who should have acted."
    LATE_CITY = "late_city", "Still nothing: to everybody else who has a role in the city."
    LATE_SECRETARIAT = "late_secretariat", "Still nothing: to the secretariat's officers."


class Reminder(Table, tablename="reminder", db=DB):
    """One mail that reminds one person of one thing. Other things to be reminded of are added in
    `reminders/subjects.py`."""

    id: Serial
    person = ForeignKey(
        Person, on_delete=RESTRICT, null=False, index=True, help_text="Who is reminded."
    )
    kind = Varchar(length=20, choices=ReminderKind, help_text="Why.")
    subject_type = Varchar(length=40, help_text="Kind of what is due, such as status_report.")
    subject_id = Integer(help_text="Its number.")
    project = ForeignKey(
        Project, on_delete=RESTRICT, null=False, index=True, help_text="The project."
    )
    city = ForeignKey(City, on_delete=RESTRICT, null=False, help_text="The city that is to act.")
    due_on = Date(help_text="When it is due, a civil date in the city's zone.")
    created_at = Timestamptz(help_text="When the reminder fell due.")
    delivery = ForeignKey(
        Delivery, on_delete=RESTRICT, null=False, index=True, help_text="The mail of it."
    )

    reminder_kind_is_known = one_of("kind", ReminderKind)
    reminder_is_once_per_person_and_due_day = Unique(
        [person, kind, subject_type, subject_id, due_on]
    )
