"""The audit trail and notifications."""

from tracker.domain import audit as tables
from tracker.domain.events import personal, rules, subjects
from tracker.domain.people.rules import notification_visible
from tracker.graphql.planner import Pointer, auto, computed, one
from tracker.graphql.planner.declare import Scalar
from tracker.graphql.planner.kinds import INSTANT, TEXT, Json
from tracker.graphql.registry import registry
from tracker.graphql.told import AS_NAMED, told


@registry.node(tables.AuditEvent, visible=rules.visible, order=("-id",))
class AuditEvent:
    """What was done, by whom, to what."""

    at: auto
    verb: auto
    subject_type: auto
    subject_id: auto
    subject_version: auto
    request_id: auto
    subject = Pointer("What it was done to, as it is now; null once it is gone, or where you may"
                      " not see it.")  # fmt: skip
    before = computed(
        Json,
        told(personal.shown("{t}", "before"), "{t}.subject_type"),
        f"The changed fields as they were, {AS_NAMED}; erased ones: none.",
    )
    after = computed(
        Json,
        told(personal.shown("{t}", "after"), "{t}.subject_type"),
        f"The changed fields as they are, {AS_NAMED}; erased ones: none.",
    )
    about = computed(
        Json,
        subjects.about("{t}", of_event=True),
        "What it is about, as it is called today: title; for decisions also kind, for roles and"
        " invitations role and city, for periods and values unit, startsOn, endsOn and value."
        " Empty once it is gone; of a draft that was discarded, gone is true.",
    )
    actor = one("Person", null=True)
    on_behalf_of = one("Person", null=True)
    project = one("Project", null=True)
    milestone = one(
        "Milestone",
        "The milestone that it is about, if it is about one.",
        on="{c}.id = {p}.subject_id AND {p}.subject_type = 'milestone'",
    )


registry.deprecate("AuditEvent.subjectId", until="2027-12-31", reason="Use subject.")

_SEALED = "FROM audit_seal s JOIN audit_event e ON e.id = s.event ORDER BY s.number DESC LIMIT 1)"

registry.values["auditHead"] = Scalar(
    TEXT,
    "(SELECT s.number || ':' || s.digest FROM audit_seal s WHERE :secretariat"
    " ORDER BY s.number DESC LIMIT 1)",
    True,
    "The last seal of the audit trail's chain, as `tracker audit head` prints it: for the"
    " secretariat. Kept elsewhere, it shows later that nothing before it was altered.",
)

registry.values["auditSealedAt"] = Scalar(
    INSTANT,
    f"(SELECT CASE WHEN :secretariat THEN e.at END {_SEALED}",
    True,
    "When the last event that is sealed happened: for the secretariat.",
)


@registry.node(tables.Notification, visible=notification_visible, order=("-id",))
class Notification:
    """That you should hear of an event."""

    created_at: auto
    read_at: auto
    event = one("AuditEvent", null=True)
