"""The audit trail and notifications."""

from tracker.domain import audit as tables
from tracker.domain.events import personal, rules
from tracker.domain.people.rules import notification_visible
from tracker.graphql.planner import auto, computed, one
from tracker.graphql.planner.kinds import Json
from tracker.graphql.registry import registry


@registry.node(tables.AuditEvent, visible=rules.visible, order=("-id",))
class AuditEvent:
    """What was done, by whom, to what."""

    at: auto
    verb: auto
    subject_type: auto
    subject_id: auto
    subject_version: auto
    request_id: auto
    before = computed(
        Json, personal.shown("{t}", "before"), "The changed fields as they were; erased ones: none."
    )
    after = computed(
        Json, personal.shown("{t}", "after"), "The changed fields as they are; erased ones: none."
    )
    actor = one("Person", null=True)
    on_behalf_of = one("Person", null=True)
    project = one("Project", null=True)
    milestone = one(
        "Milestone",
        "The milestone that it is about, if it is about one.",
        on="{c}.id = {p}.subject_id AND {p}.subject_type = 'milestone'",
    )


@registry.node(tables.Notification, visible=notification_visible, order=("-id",))
class Notification:
    """That you should hear of an event."""

    created_at: auto
    read_at: auto
    event = one("AuditEvent", null=True)
