"""Projects with their partners, sectors and decisions."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from tracker.domain.closing import actions as closing
from tracker.domain.evaluations.rules import closed, mean
from tracker.domain.milestones.rules import late_days, unsettled
from tracker.domain.outcomes.rules import unmeasured
from tracker.domain.projects import (
    actions,
    confidentiality,
    decisions,
    forecast,
    gaps,
    lifecycle,
    raising,
    rules,
    tables,
)
from tracker.domain.projects import health as faring
from tracker.domain.projects.forecast import ForecastGap
from tracker.domain.projects.gaps import PlanGap
from tracker.domain.projects.health import KEPT, HealthDisagreement, HealthReason
from tracker.domain.projects.sectors import NAMES
from tracker.domain.projects.tables import Health
from tracker.graphql.comments import comments_on
from tracker.graphql.mutations import mutations
from tracker.graphql.planner import auto, beside, computed, many, one
from tracker.graphql.planner.declare import Root
from tracker.graphql.planner.kinds import TEXT
from tracker.graphql.registry import registry
from tracker.graphql.reminders import reminders_of
from tracker.graphql.search import by_words, of_city

SECTOR_NAMES = " ".join(
    f"WHEN '{code}' THEN '{name.replace(chr(39), chr(39) * 2)}'" for code, name in NAMES.items()
)
"""The names of OECD-DAC's sectors, as the arms of a CASE."""


NARROW = (
    "portfolio_row",
    (
        *("id", "agreed_at", "submitted_at", "confidential", "lead_city", "donor_city"),
        *("recipient_city", "planned_start_on", "planned_end_on", "state", "reported_health"),
        *("recipient_region", "themes", "sdg_goals", "budget_currency", "budget_amount"),
        *("other_currency", "other_amount", "more_budget"),
    ),
)
"""What the portfolio counts each project under, kept by triggers: see the migration."""


class inside(auto):
    """Shown to the partner cities and the secretariat."""

    visible = rules.insider


def criterion(name: str) -> Any:
    """The mean of the cities' scores by one criterion."""
    told = f"The mean of the cities' scores for {name}, as evaluationMean."
    return computed(Decimal | None, mean("{t}", (name,)), told)


@registry.node(
    tables.Project,
    visible=rules.visible,
    scope="project",
    order=("-createdAt",),
    beside=(KEPT, "project", ("state",)),
    narrow=NARROW,
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
    reporting_rhythm: auto
    confidential: auto
    confidentiality_reason: inside
    planned_start_on: auto
    planned_end_on: auto
    actual_start_on: auto
    actual_end_on: auto
    amber_days: auto
    red_days: auto
    amber_share: auto
    red_share: auto
    stale_days: auto
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
    transactions = many("Transaction", "What was booked, the newest first.", by="project")
    plan_changes = many(
        "PlanChange",
        "What would change, or has changed, in the agreed plan; the newest first.",
        by="project",
    )
    risks = many("Risk", "What could go wrong, or has, the worst first.", by="project")
    decisions = many("Decision", "What mayors are asked.", by="project", order=("id",))
    evaluations = many("Evaluation", "How the cities look back.", by="project")
    comments = many(
        "Comment", "What is said of it and of what is in it, the oldest first.", by="project"
    )
    status_reports = many(
        "StatusReport",
        "What each partner city says of each period, the newest first.",
        by="project",
        order=("-endsOn", "id"),
    )
    lessons = many("Lesson", "What the cities learnt.", by="project", order=("id",))
    follow_ups = many(
        "Period",
        "What is measured a year after its end: an indicator's period each.",
        on="{c}.project = {p}.id AND {c}.follow_up",
        order=("endsOn", "id"),
    )
    follow_up_on = computed(
        date | None,
        "(SELECT min(q.ends_on) FROM period q WHERE q.project = {t}.id AND q.follow_up)",
        "The day on which it is measured what lasted; null unless that is scheduled, at closing.",
    )
    follow_up_due = computed(
        bool,
        "EXISTS (SELECT 1 FROM period q JOIN city c ON c.id = {t}.lead_city"
        " WHERE q.project = {t}.id AND {t}.state = 'closed'"
        " AND q.ends_on <= (:now AT TIME ZONE c.time_zone)::date"
        f" AND {unmeasured('q')})",
        "Whether that day has come, and nobody has reported something of it yet.",
    )
    lessons_on_themes = many(
        "Lesson",
        "What was learnt in closed projects on one of its themes, the latest first.",
        on=f"{{c}}.themes && {{p}}.themes AND {{c}}.project <> {{p}}.id"
        f" AND {closed('{c}.project')}",
        order=("-id",),
    )
    evaluation_mean = computed(
        Decimal | None,
        mean("{t}"),
        "The mean of the cities' scores by the six OECD-DAC criteria, 1 to 6; null until it is"
        " closed, and where a city was asked before the G20 Rome principles were.",
    )
    relevance_mean = criterion("relevance")
    coherence_mean = criterion("coherence")
    effectiveness_mean = criterion("effectiveness")
    efficiency_mean = criterion("efficiency")
    impact_mean = criterion("impact")
    sustainability_mean = criterion("sustainability")
    events = many("AuditEvent", "What was done, the newest first.", by="project")
    next_milestone = one(
        "Milestone",
        "The open milestone that is due first, before those that wait for acceptance.",
        on=f"{{c}}.project = {{p}}.id AND {unsettled('{c}')}",
        order="{c}.completed_on IS NOT NULL, {c}.due_on, {c}.id",
    )
    progress = beside(
        Decimal | None,
        "{f}.progress",
        "Weight of the accepted milestones over that of all not waived, 0 to 1; null without any.",
    )
    moves = beside(
        int, "{f}.moves", "How often due dates of its milestones were moved after agreement."
    )
    slipped_days = beside(
        Decimal | None,
        faring.slipped_days("{f}"),
        "Days between a milestone's baseline and its completion, or its present due date, as the"
        " mean over milestones by weight; less than 0 is early, null before agreement.",
    )
    slipped_days_most = beside(
        int | None, "{f}.slipped_most", "Those of the milestone that slipped most."
    )
    late_milestones = computed(
        int,
        "(SELECT count(*) FROM milestone m JOIN city c ON c.id = m.city WHERE m.project = {t}.id"
        f" AND {unsettled('m')} AND {{t}}.ended_at IS NULL"
        f" AND {late_days('m', '(:now AT TIME ZONE c.time_zone)::date')} > 0)",
        "Open milestones that are late: past their due date, or handed in after it.",
    )
    late_days = beside(
        int,
        faring.late_days("{t}", "{f}"),
        "daysLate of the open milestone that is most days late; 0 if none is.",
    )
    schedule_health = beside(
        Health,
        faring.schedule("{t}", "{f}"),
        "Computed from lateDays: amber above amberDays, red above redDays.",
    )
    outcome_share = beside(
        Decimal | None,
        "{f}.outcome_share",
        "Of the indicator that is furthest behind, the share of what should have been reached when"
        " its latest approved value was reported: 1 is on course, whichever way is better; null"
        " while nothing can be told.",
    )
    outcome_health = beside(
        Health,
        faring.outcomes("{t}", "{f}"),
        "Computed from outcomeShare: amber below amberShare, red below redShare; unknown while a"
        " value is missing for more than staleDays.",
    )
    stale = beside(
        bool,
        f"({faring.under_way('{t}')} AND {faring.stale('{t}', '{f}')})",
        "Whether it is under way, and nothing that you may see of it was updated for more than"
        " staleDays.",
    )
    health = beside(
        Health,
        faring.overall("{t}", "{f}"),
        "Computed overall health: the worst of schedule and outcomes, and unknown instead of green"
        " where something is missing or silent. reportedHealth is kept apart.",
    )
    severity = beside(
        int,
        faring.severity("{t}", "{f}"),
        "Computed health as a number to order by: 0 red, 1 amber, 2 unknown or not under way,"
        " 3 green.",
    )
    health_reason = beside(
        HealthReason | None,
        faring.reason("{t}", "{f}"),
        "What makes the computed health what it is; null while it is green or not under way.",
    )
    health_disagreement = beside(
        HealthDisagreement | None,
        faring.disagreement("{t}", faring.overall("{t}", "{f}")),
        "How reported health compares with the computed one; null when nobody reported, or it is"
        " not under way.",
    )
    health_comparison = beside(
        str | None,
        faring.comparison("{t}", faring.overall("{t}", "{f}")),
        "The disagreement in words, such as: Reported green, computed red. Null without one.",
    )
    forecast_earliest_on = computed(
        date | None,
        forecast.earliest("{t}"),
        "If the pace so far stays, hardly complete before this day.",
    )
    forecast_likely_on = computed(
        date | None,
        forecast.likely("{t}"),
        "The middle of the forecast; never show it without its range.",
    )
    forecast_latest_on = computed(
        date | None,
        forecast.latest("{t}"),
        "If the pace so far stays, hardly complete after this day.",
    )
    forecast_gap = computed(
        ForecastGap | None, forecast.gap("{t}"), "Why there is no forecast; null where there is."
    )
    plan_gaps = computed(
        list[PlanGap],
        gaps.gaps("{t}"),
        "What its plan still lacks, apart from what the secretariat does without; a start is"
        " refused while it lacks more than budget lines.",
        visible=rules.insider,
    )
    proposed_by_viewer = computed(
        bool,
        rules.proposed_by("{t}", ":person"),
        "Whether you wrote its proposal; whoever did neither reviews nor decides on it.",
    )
    updated_at = computed(
        datetime,
        faring.updated("{t}"),
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
    """Something that only a named role can settle: a city's mayor, or the secretariat."""

    kind: auto
    role: auto
    question: auto
    answer: auto
    requirement: auto
    state: auto
    deadline_on: auto
    decided_at: auto
    reason: auto
    lapsed_at: auto
    created_at: auto
    version: auto
    project = one("Project", null=True)
    comments = comments_on("decision")
    city = one("City")
    decided_by = one("Person", null=True)
    on_behalf_of = one("Person", null=True)
    reminders = reminders_of("decision")
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
    *mutations(
        "Project",
        actions.propose,
        actions.edit,
        actions.report_health,
        actions.set_reporting_rhythm,
        actions.set_tolerances,
    ),
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
        closing.close,
        closing.reopen,
    ),
    *mutations(
        "Project",
        confidentiality.ask_conceal,
        confidentiality.ask_disclose,
        confidentiality.conceal_at_once,
    ),
    *mutations("Decision", raising.escalate, raising.ask_waiver),
    *mutations("Decision", decisions.give, decisions.answer, decisions.refuse),
]
