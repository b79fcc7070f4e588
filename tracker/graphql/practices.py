"""Practices."""

from tracker.domain.practices import actions, rules, tables
from tracker.graphql.mutations import mutations
from tracker.graphql.planner import auto, many, one
from tracker.graphql.registry import registry
from tracker.graphql.search import by_words


@registry.node(
    tables.Practice,
    visible=rules.visible,
    order=("title",),
    search=by_words(
        "practice",
        "concat_ws(' · ', {t}.title, nullif({t}.summary, ''), nullif({t}.results_evidence, ''),"
        " nullif({t}.transfer_needs, ''))",
        "{t}.languages::text[]",
    ),
)
class Practice:
    """A proven e-government practice that a donor city offers."""

    title: auto
    summary: auto
    themes: auto
    readiness: auto
    transfer_needs: auto
    results_evidence: auto
    licence: auto
    languages: auto
    state: auto
    created_at: auto
    published_at: auto
    version: auto
    city = one("City")
    requests = many("Request", "Requests that name this practice.", by="practice")
    projects = many("Project", "Projects that transfer it.", by="practice")
    replications = many(
        "Project",
        "Its record: projects in which the work on it began, each once; the newest first.",
        on="{c}.practice = {p}.id AND {c}.state IN ('active', 'suspended', 'finalising', 'closed')",
        order=("-actualStartOn", "-id"),
    )


MUTATIONS = mutations("Practice", actions.draft, actions.edit, actions.publish, actions.archive)
