"""Closing evaluations and the lessons in them."""

from datetime import datetime

from tracker.domain.evaluations import actions, rules, tables
from tracker.graphql.comments import comments_on
from tracker.graphql.mutations import mutations
from tracker.graphql.planner import auto, computed, many, one
from tracker.graphql.registry import registry
from tracker.graphql.search import by_words, of_city


@registry.node(tables.Evaluation, visible=rules.visible)
class Evaluation:
    """One city's closing evaluation: the OECD-DAC criteria on a six-point scale, the G20 Rome
    principles from 1 to 5. A draft of its city's until it is submitted."""

    relevance: auto
    coherence: auto
    effectiveness: auto
    efficiency: auto
    impact: auto
    sustainability: auto
    territorial_approach: auto
    multi_level_governance: auto
    rural_urban_continuum: auto
    peer_to_peer_learning: auto
    metrics_and_indicators: auto
    monitoring_and_evaluation: auto
    capacity_development: auto
    stakeholder_engagement: auto
    financing: auto
    digitalisation: auto
    remarks: auto
    submitted_at: auto
    version: auto
    project = one("Project", null=True)
    comments = comments_on("evaluation")
    city = one("City")
    author = one("Person", null=True)
    lessons = many("Lesson", "What the city learnt.", by="evaluation", order=("id",))


@registry.node(
    tables.Lesson,
    visible=rules.lesson_visible,
    order=("-id",),
    search=by_words(
        "lesson", "concat_ws(' · ', {t}.title, nullif({t}.narrative, ''))", of_city("city")
    ),
)
class Lesson:
    """What a city learnt in a project, for the next pair of cities: among the partners at first, as
    public as the project once it is closed."""

    title: auto
    narrative: auto
    themes: auto
    project = one("Project", null=True)
    city = one("City")
    evaluation = one("Evaluation", null=True)
    learnt_at = computed(
        datetime | None,
        "(SELECT e.submitted_at FROM evaluation e WHERE e.id = {t}.evaluation)",
        "When its evaluation was submitted; null while that is a draft.",
    )


MUTATIONS = mutations("Evaluation", actions.submit, actions.draft)
