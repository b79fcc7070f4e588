"""Status reports and their addenda."""

from tracker.domain.projects.rules import part_insider
from tracker.domain.status_reports import actions, facts, rules, tables
from tracker.graphql.comments import comments_on
from tracker.graphql.mutations import mutations
from tracker.graphql.planner import auto, computed, many, one
from tracker.graphql.planner.kinds import Json
from tracker.graphql.registry import registry
from tracker.graphql.reminders import reminders_of


class inside(auto):
    """Shown to the partner cities and the secretariat."""

    visible = part_insider


class told(auto):
    """Of a draft, shown to its city alone."""

    visible = rules.told


class told_inside(auto):
    """Of a draft, shown to its city alone; of a published report, to the partner cities and the
    secretariat."""

    visible = rules.told_inside


@registry.node(
    tables.StatusReport,
    visible=rules.visible,
    scope="project",
    in_scope=rules.visible_in_project,
    order=("-endsOn", "id"),
)
class StatusReport:
    """What one partner city says of a project's period: drafted by the tracker, completed by a
    coordinator, frozen when it is published."""

    starts_on: auto
    ends_on: auto
    due_on: inside
    state: auto
    health: told
    achieved: told
    next: told
    schedule: told_inside
    outcomes: told_inside
    budget: told_inside
    partnership: told_inside
    at_risk: told_inside
    decision_needed: told_inside
    created_at: inside
    published_at: auto
    sha256: told_inside
    version: inside
    facts = computed(
        Json,
        "CASE WHEN {t}.state = 'published'"
        " THEN convert_from({t}.snapshot, 'UTF8')::jsonb -> 'facts'"
        f" ELSE {facts.facts('{t}')} END",
        "What happened in the period: milestones, values, decisions, budget. Of a draft as it is"
        " now, of a published report as it was then.",
        visible=rules.told_inside,
    )
    document = computed(
        str | None,
        "convert_from({t}.snapshot, 'UTF8')",
        "The published report with its figures as canonical JSON, byte for byte as it was frozen:"
        " its SHA-256 is sha256.",
        visible=rules.frozen_inside,
    )
    overdue = computed(
        bool,
        "({t}.state = 'draft' AND {t}.due_on < (SELECT (:now AT TIME ZONE c.time_zone)::date"
        " FROM city c WHERE c.id = {t}.city))",
        "Whether it is not published after its due date, by the city's calendar.",
        visible=part_insider,
    )
    project = one("Project")
    comments = comments_on("status_report")
    city = one("City")
    author = one("Person", visible=part_insider)
    reminders = reminders_of("status_report")
    addenda = many(
        "Addendum", "What the city added since.", by="status_report", order=("createdAt", "id")
    )


@registry.node(
    tables.Addendum,
    visible=rules.addendum_visible,
    scope="project",
    plural="addenda",
    order=("createdAt", "id"),
)
class Addendum:
    """What a city adds to a report that it has published."""

    text: auto
    created_at: auto
    project = one("Project")
    status_report = one("StatusReport")
    author = one("Person", visible=part_insider)


MUTATIONS = [
    *mutations("StatusReport", actions.edit, actions.publish),
    *mutations("Addendum", actions.add_addendum),
]
