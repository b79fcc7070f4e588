"""Milestones and their evidence."""

from graphql import GraphQLError

from tracker.domain.milestones import actions, attaching, moving, rules, tables
from tracker.domain.milestones.evidence import ReceivedFile
from tracker.domain.projects.rules import part_insider
from tracker.graphql.comments import comments_on
from tracker.graphql.mutations import mutations
from tracker.graphql.planner import auto, computed, many, one
from tracker.graphql.registry import registry
from tracker.graphql.reminders import reminders_of

TODAY = "(SELECT (:now AT TIME ZONE c.time_zone)::date FROM city c WHERE c.id = {t}.city)"
"""The date in the city that owns the milestone."""


class inside(auto):
    """Shown to the partner cities and the secretariat."""

    visible = part_insider


@registry.node(tables.Milestone, visible=rules.visible, scope="project", order=("dueOn",))
class Milestone:
    """A step of a project that one city owns and the other accepts."""

    title: auto
    kind: auto
    acceptance_criteria: inside
    weight: auto
    baseline_due_on: auto
    due_on: auto
    completed_on: auto
    state: auto
    state_reason: inside
    moves: auto
    move_reason: inside
    created_at: inside
    updated_at: inside
    version: inside
    project = one("Project")
    comments = comments_on("milestone")
    reminders = reminders_of("milestone")
    city = one("City")
    submitted_by = one("Person", visible=part_insider)
    handed_in_by_viewer = computed(
        bool,
        rules.handed_in_by("{t}", ":person"),
        "Whether you began it, handed it in or attached what shows it; whoever did does not judge"
        " it.",
    )
    evidence = many("Evidence", "What shows that it was reached.", by="milestone")
    plan_history = many(
        "PlannedDate",
        "Its due dates since the plan was agreed: the baseline, and each one that it was moved to.",
        by="milestone",
        order=("number",),
    )
    plan_change_items = many(
        "PlanChangeItem",
        "What proposed changes of the agreed plan would do to it, or have done.",
        by="milestone",
        order=("id",),
    )
    proposed_change = one(
        "PlanChange",
        "The change of its due date or weight that waits for an answer, if one does.",
        on="{c}.project = {p}.project AND {c}.decided_at IS NULL AND EXISTS (SELECT 1"
        " FROM plan_change_item vi WHERE vi.plan_change = {c}.id AND vi.milestone = {p}.id)",
        order="{c}.id DESC",
    )
    days_late = computed(
        int,
        f"CASE WHEN {rules.unsettled('{t}')} AND NOT EXISTS (SELECT 1 FROM project p"
        f" WHERE p.id = {{t}}.project AND p.ended_at IS NOT NULL)"
        f" THEN {rules.late_days('{t}', TODAY)} ELSE 0 END",
        "Days past the due date while it and its project are open, by the owner city's calendar:"
        " until today, or until completedOn of one that is handed in, so that waiting for"
        " acceptance makes none late; 0 if none.",
    )
    slipped_days = computed(
        int | None,
        "{t}.due_on - {t}.baseline_due_on",
        "Days between the date agreed at first and the present due date; null before agreement.",
    )


@registry.node(tables.PlannedDate, visible=rules.visible, scope="project", order=("number",))
class PlannedDate:
    """A due date that a milestone had, from the agreement of the plan on; the first one is the
    baseline, the last one stands now."""

    number: auto
    due_on: auto
    since: auto
    until: auto
    project = one("Project")
    milestone = one("Milestone")
    plan_change = one(
        "PlanChange",
        "The accepted change that moved the milestone there, or added it.",
        on="{c}.id = (SELECT vi.plan_change FROM plan_change_item vi"
        " JOIN plan_change vc ON vc.id = vi.plan_change WHERE vi.milestone = {p}.milestone"
        " AND vc.state = 'accepted' AND vc.decided_at <= {p}.since"
        " AND ({p}.number > 0 OR vi.kind = 'add_milestone')"
        " AND vi.after ->> 'due_on' = {p}.due_on::text"
        " ORDER BY vc.decided_at DESC LIMIT 1)",
    )


@registry.node(
    tables.Evidence, visible=rules.evidence_visible, plural="evidenceLinks", order=("id",)
)
class Evidence:
    """A link or a file that shows that a milestone was reached, or that a value is true."""

    title: auto
    file_name: auto
    media_type: auto
    size: auto
    sha256: auto
    created_at: auto
    url = computed(
        str,
        "coalesce({t}.url, '/evidence/' || {t}.id)",
        "Where to read it. Of a link: its absolute address, https or http. Of a file: a path"
        " relative to this installation, such as /evidence/12, which hands the file out to whoever"
        " may see it, by the session or by an API token in the header Authorization.",
    )
    milestone = one("Milestone", null=True)
    value = one("Value", null=True)
    comments = comments_on("evidence")
    author = one("Person", null=True)


def uploaded(value: object, *_: object) -> ReceivedFile:
    """The file that a multipart request put here. Raises GraphQLError for anything else."""
    if not isinstance(value, ReceivedFile):
        raise GraphQLError("Send the file as a part of a multipart/form-data request.")
    return value


MUTATIONS = [
    *mutations("Milestone", actions.report_all, noun="milestones"),
    *mutations(
        "Milestone",
        actions.add,
        actions.edit,
        moving.move,
        actions.start,
        actions.submit,
        actions.accept,
        actions.return_,
        actions.miss,
        actions.waive,
        attaching.attach,
        attaching.attach_file,
        attaching.detach,
        actions.remove,
    ),
]
