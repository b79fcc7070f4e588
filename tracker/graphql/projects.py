"""Projects with their partners, sectors and decisions."""

from datetime import date, datetime
from decimal import Decimal

from tracker.domain.events.rules import drafting
from tracker.domain.projects import actions, confidentiality, decisions, lifecycle, rules, tables
from tracker.domain.projects.sectors import NAMES
from tracker.domain.projects.tables import Health
from tracker.graphql.mutations import mutations
from tracker.graphql.planner import auto, computed, many, one
from tracker.graphql.planner.declare import Root
from tracker.graphql.planner.kinds import TEXT
from tracker.graphql.registry import registry
from tracker.graphql.search import by_words, of_city

SECTOR_NAMES = " ".join(
    f"WHEN '{code}' THEN '{name.replace(chr(39), chr(39) * 2)}'" for code, name in NAMES.items()
)
"""The names of OECD-DAC's sectors, as the arms of a CASE."""

LATE = """
(SELECT greatest(0, coalesce(max((:now AT TIME ZONE c.time_zone)::date - m.due_on), 0))
 FROM milestone m JOIN city c ON c.id = m.city
 WHERE m.project = {t}.id AND m.state NOT IN ('accepted', 'waived') AND {t}.ended_at IS NULL)
"""
"""Days by which the latest open milestone is late, by its owner city's calendar. Nothing is late
any more once the project has ended."""

SCHEDULE_HEALTH = f"""
CASE WHEN {{t}}.state NOT IN ('active', 'suspended', 'finalising')
       OR NOT EXISTS (SELECT 1 FROM milestone m WHERE m.project = {{t}}.id) THEN 'unknown'
     ELSE (SELECT CASE WHEN late.days > {{t}}.red_days THEN 'red'
                       WHEN late.days > {{t}}.amber_days THEN 'amber'
                       ELSE 'green' END FROM (SELECT {LATE} AS days OFFSET 0) late) END
"""
"""Written so that PostgreSQL looks at the milestones once."""


class inside(auto):
    """Shown to the partner cities and the secretariat."""

    visible = rules.insider


UPDATED = f"""
greatest({{t}}.created_at, (SELECT a.at FROM audit_event a WHERE a.project = {{t}}.id
                            AND NOT {drafting("a")} ORDER BY a.id DESC LIMIT 1))
"""

UPDATED_FOR = f"""
CASE WHEN {rules.insider("{t}")} THEN {UPDATED}
     ELSE greatest({{t}}.agreed_at, (SELECT a.at FROM audit_event a WHERE a.project = {{t}}.id
                                     AND {rules.public_event("a")} ORDER BY a.id DESC LIMIT 1)) END
"""
"""To everybody as far as they see: what goes on inside does not show in its time."""

STALE_DAYS = 30

HEALTH = f"""
CASE WHEN {{t}}.state NOT IN ('active', 'suspended', 'finalising') THEN 'unknown'
     ELSE (SELECT CASE WHEN schedule.health = 'green'
                         AND {UPDATED_FOR} < :now - interval '{STALE_DAYS} days' THEN 'unknown'
                       ELSE schedule.health END
           FROM (SELECT {SCHEDULE_HEALTH} AS health OFFSET 0) schedule) END
"""
"""Overall health: the schedule's, and unknown once the reader has heard nothing for 30 days: what
goes on inside does not show outside. Outcome health joins it when reports arrive; unknown is never
shown as green."""

PROGRESS = """
(SELECT round(sum(m.weight) FILTER (WHERE m.state = 'accepted')::numeric
              / nullif(sum(m.weight), 0), 4)
 FROM milestone m WHERE m.project = {t}.id AND m.state <> 'waived')
"""


@registry.node(
    tables.Project,
    visible=rules.visible,
    scope="project",
    order=("-createdAt",),
    search=by_words(
        "project",
        "concat_ws(' · ', {t}.title, nullif({t}.summary, ''))",
        of_city("lead_city"),
    ),
)
class Project:
    """A joint project of a donor city and a recipient city."""

    code: auto
    title: auto
    summary: auto
    themes: auto
    sdg_goals: auto
    state: auto
    state_reason: inside
    reported_health: auto
    confidential: auto
    confidentiality_reason: inside
    planned_start_on: auto
    planned_end_on: auto
    actual_start_on: auto
    actual_end_on: auto
    amber_days: auto
    red_days: auto
    created_at: auto
    submitted_at: auto
    agreed_at: auto
    ended_at: auto
    version: inside
    practice = one("Practice", null=True)
    request = one("Request", null=True)
    lead_city = one("City")
    donor_city = one("City")
    recipient_city = one("City")
    participations = many("Participation", "The partner cities.", by="project", order=("id",))
    sectors = many("Sector", "OECD-DAC sectors it serves.", by="project", order=("-percentage",))
    milestones = many("Milestone", "Its steps, by due date.", by="project", order=("dueOn",))
    results = many("Result", "What it sets out to change.", by="project", order=("id",))
    indicators = many("Indicator", "How change is measured.", by="project", order=("id",))
    values = many("Value", "What has been reported.", by="project", order=("-createdAt",))
    budget_lines = many("BudgetLine", "What it costs, in each partner's currency.", by="project")
    decisions = many("Decision", "What mayors are asked.", by="project", order=("id",))
    evaluations = many("Evaluation", "How the cities look back.", by="project")
    events = many("AuditEvent", "What was done, the newest first.", by="project")
    next_milestone = one(
        "Milestone",
        "The open milestone that is due first.",
        on="{c}.project = {p}.id AND {c}.state NOT IN ('accepted', 'waived')",
        order="{c}.due_on, {c}.id",
    )
    progress = computed(
        Decimal | None,
        f"CASE WHEN EXISTS (SELECT 1 FROM milestone m WHERE m.project = {{t}}.id"
        f" AND m.state <> 'waived') THEN coalesce({PROGRESS}, 0) END",
        "Weight of the accepted milestones over that of all not waived, 0 to 1; null without any.",
    )
    late_milestones = computed(
        int,
        "(SELECT count(*) FROM milestone m JOIN city c ON c.id = m.city WHERE m.project = {t}.id"
        " AND m.state NOT IN ('accepted', 'waived') AND {t}.ended_at IS NULL"
        " AND m.due_on < (:now AT TIME ZONE c.time_zone)::date)",
        "Open milestones past their due date.",
    )
    late_days = computed(int, LATE, "Days by which the latest open milestone is late; 0 if none.")
    schedule_health = computed(
        Health,
        SCHEDULE_HEALTH,
        "Computed from the latest open milestone: amber after amberDays, red after redDays.",
    )
    health = computed(Health, HEALTH, "Computed overall health; reportedHealth is kept apart.")
    proposed_by_viewer = computed(
        bool,
        rules.proposed_by("{t}", ":person"),
        "Whether you wrote its proposal; whoever did neither reviews nor decides on it.",
    )
    updated_at = computed(
        datetime,
        UPDATED_FOR,
        "When anything about it that you may see last changed.",
    )
    today = computed(
        date,
        "(SELECT (:now AT TIME ZONE c.time_zone)::date FROM city c WHERE c.id = {t}.lead_city)",
        "The civil date in the leading city.",
    )


@registry.node(tables.Participation, visible=rules.part_visible, scope="project", order=("id",))
class Participation:
    """A city's part in a project."""

    side: auto
    organisation_role: auto
    project = one("Project")
    city = one("City")


@registry.node(tables.Sector, visible=rules.part_visible, scope="project", order=("id",))
class Sector:
    """The share of a project that serves one OECD-DAC sector."""

    code: auto
    name = computed(
        str | None,
        f"CASE {{t}}.code {SECTOR_NAMES} END",
        "The sector's name in OECD-DAC's list; null where it has none that is known here.",
    )
    percentage: auto
    project = one("Project")


@registry.node(tables.Decision, visible=rules.decision_visible, order=("deadlineOn",))
class Decision:
    """Something that only a mayor can settle for the city."""

    kind: auto
    state: auto
    deadline_on: auto
    decided_at: auto
    reason: auto
    created_at: auto
    version: auto
    project = one("Project", null=True)
    city = one("City")
    decided_by = one("Person", null=True)
    on_behalf_of = one("Person", null=True)
    settled_by_viewer_elsewhere = computed(
        bool,
        rules.settled_elsewhere("{t}", ":person"),
        "Whether you gave the same decision for another partner city; nobody gives both.",
    )
    asked_by_viewer = computed(
        bool,
        rules.asked_by("{t}", ":person"),
        "Whether you asked for what it settles, beside the proposal; who asks does not decide.",
    )
    overdue = computed(
        bool,
        "({t}.state = 'pending' AND {t}.deadline_on < (SELECT (:now AT TIME ZONE c.time_zone)::date"
        " FROM city c WHERE c.id = {t}.city))",
        "Whether it is still open after its deadline.",
    )


registry.root(
    "projectByCode",
    Root(
        "Project",
        "One project by its code, such as ES-2026-0042.",
        single=True,
        on="{c}.code = {by}",
        by=("code", TEXT),
    ),
)

MUTATIONS = [
    *mutations("Project", actions.propose, actions.edit, actions.report_health),
    *mutations(
        "Project",
        lifecycle.submit,
        lifecycle.withdraw,
        lifecycle.review,
        lifecycle.return_,
        lifecycle.reject,
        lifecycle.agree,
        lifecycle.start,
        lifecycle.suspend,
        lifecycle.resume,
        lifecycle.cancel,
        lifecycle.finalise,
        lifecycle.close,
        lifecycle.reopen,
    ),
    *mutations(
        "Project",
        confidentiality.ask_conceal,
        confidentiality.ask_disclose,
        confidentiality.conceal_at_once,
    ),
    *mutations("Decision", decisions.give, decisions.refuse),
]
