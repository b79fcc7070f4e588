"""Closing evaluations."""

from tracker.domain.evaluations import actions, rules, tables
from tracker.graphql.comments import comments_on
from tracker.graphql.mutations import mutations
from tracker.graphql.planner import auto, one
from tracker.graphql.registry import registry


@registry.node(tables.Evaluation, visible=rules.visible)
class Evaluation:
    """One city's closing evaluation by the OECD-DAC criteria, six-point scale."""

    relevance: auto
    coherence: auto
    effectiveness: auto
    efficiency: auto
    impact: auto
    sustainability: auto
    lessons: auto
    submitted_at: auto
    project = one("Project", null=True)
    comments = comments_on("evaluation")
    city = one("City")
    author = one("Person", null=True)


MUTATIONS = mutations("Evaluation", actions.submit)
