"""Risks and issues."""

from tracker.domain.risks import actions, rules, tables
from tracker.domain.risks.tables import RiskLevel, RiskTrend
from tracker.graphql.comments import comments_on
from tracker.graphql.mutations import mutations
from tracker.graphql.planner import auto, computed, one
from tracker.graphql.registry import registry

SCORE = rules.score("{t}.type", "{t}.probability", "{t}.impact")

TODAY = "(SELECT (:now AT TIME ZONE c.time_zone)::date FROM city c WHERE c.id = {t}.city)"
"""The civil date in the city that owns it."""


@registry.node(
    tables.Risk,
    visible=rules.visible,
    scope="project",
    in_scope=rules.visible_in_project,
    order=("-score", "id"),
)
class Risk:
    """What could go wrong with a project, or an issue: what has. Only the partners and the
    secretariat see it."""

    type: auto
    title: auto
    description: auto
    category: auto
    probability: auto
    impact: auto
    mitigation: auto
    review_on: auto
    occurred_on: auto
    state: auto
    state_reason: auto
    assessment_note: auto
    assessed_at: auto
    created_at: auto
    updated_at: auto
    version: auto
    project = one("Project")
    comments = comments_on("risk")
    city = one("City")
    person = one("Person", null=True)
    score = computed(int, SCORE, "Probability × impact, 1 to 25; of an issue, impact × 5.")
    level = computed(
        RiskLevel, rules.level(SCORE), "The score in words, so that nobody needs a colour for it."
    )
    trend = computed(
        RiskTrend,
        rules.trend("{t}"),
        "The score beside the one before the last assessment, by the trail.",
    )
    review_due = computed(
        bool,
        f"{rules.watched('{t}')} AND {{t}}.review_on <= {TODAY}",
        "Whether somebody is to look at it by now, by the owner city's calendar.",
    )
    days_overdue = computed(
        int,
        f"CASE WHEN {rules.watched('{t}')} THEN greatest(0, {TODAY} - {{t}}.review_on) ELSE 0 END",
        "Days past the review date while it is looked after and its project goes on; 0 if none.",
    )


MUTATIONS = mutations(
    "Risk",
    actions.add,
    actions.edit,
    actions.assess,
    actions.materialise,
    actions.mitigate,
    actions.close,
    actions.reopen,
)
