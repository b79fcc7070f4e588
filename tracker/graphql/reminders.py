"""Reminders: who was told that something is due."""

from datetime import datetime
from typing import Any

from tracker.domain.reminders import rules, tables
from tracker.domain.reminders.subjects import SUBJECTS
from tracker.graphql.planner import Pointer, auto, computed, many, one
from tracker.graphql.registry import registry


def reminders_of(subject_type: str) -> Any:
    """The relation from what is due to whom it was told."""
    return many(
        "Reminder",
        "Who was reminded of it, and when.",
        on=f"{{c}}.subject_type = '{subject_type}' AND {{c}}.subject_id = {{p}}.id",
        order=("createdAt", "id"),
    )


@registry.node(
    tables.Reminder,
    visible=rules.visible,
    scope="project",
    in_scope=rules.visible_in_project,
    order=("createdAt", "id"),
)
class Reminder:
    """That somebody is mailed because something is due or overdue."""

    kind: auto
    subject_type: auto
    subject_id: auto
    due_on: auto
    created_at: auto
    subject = Pointer("What is due.", frozenset(SUBJECTS))
    sent_at = computed(
        datetime | None,
        "SELECT vd.sent_at FROM delivery vd WHERE vd.id = {t}.delivery",
        "When the mail went out.",
    )
    dropped = computed(
        bool,
        "EXISTS (SELECT FROM delivery vd WHERE vd.id = {t}.delivery"
        " AND vd.state IN ('failed', 'bounced', 'suppressed', 'cancelled'))",
        "Whether there was no mail in the end, such as because it was needed no more.",
    )
    project = one("Project")
    city = one("City")
    person = one("Person", null=True)


registry.deprecate("Reminder.subjectId", until="2027-12-31", reason="Use subject.")
