"""Requests for benchmark."""

from tracker.domain.requests import actions, rules, tables
from tracker.graphql.mutations import mutations
from tracker.graphql.planner import auto, many, one
from tracker.graphql.registry import registry
from tracker.graphql.search import by_words, of_city


@registry.node(
    tables.Request,
    visible=rules.visible,
    order=("-createdAt",),
    search=by_words(
        "request",
        "concat_ws(' · ', {t}.title, {t}.need, nullif({t}.wanted_outcomes, ''))",
        of_city("city"),
    ),
)
class Request:
    """A recipient city's request for benchmark."""

    title: auto
    need: auto
    wanted_outcomes: auto
    themes: auto
    deadline_on: auto
    budget_amount: auto
    budget_currency: auto
    state: auto
    created_at: auto
    version: auto
    city = one("City")
    practice = one("Practice", null=True)
    projects = many("Project", "Projects that answer it.", by="request")


MUTATIONS = mutations("Request", actions.open_, actions.edit, actions.withdraw)
