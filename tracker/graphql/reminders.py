"""Reminders: who was told that something is due."""

from tracker.domain.reminders import rules, tables
from tracker.graphql.planner import auto, one
from tracker.graphql.registry import registry


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
    sent_at: auto
    dropped_at: auto
    project = one("Project")
    city = one("City")
    person = one("Person", null=True)
