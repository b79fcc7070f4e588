"""Budget lines, and the rates that make them comparable."""

from tracker.domain.budgets import actions, rates, rules, tables, transactions
from tracker.domain.cities.rules import visible as everyone
from tracker.graphql.comments import comments_on
from tracker.graphql.mutations import mutations
from tracker.graphql.planner import auto, computed, one
from tracker.graphql.registry import registry


@registry.node(
    tables.BudgetLine,
    visible=rules.visible,
    scope="project",
    in_scope=rules.visible_in_project,
    order=("id",),
)
class BudgetLine:
    """What one partner city sets aside for one purpose of a project. Only the partners and the
    secretariat see it."""

    type: auto
    title: auto
    amount: auto
    currency: auto
    person_days: auto
    value_on: auto
    baseline_amount: auto
    baseline_person_days: auto
    version: auto
    project = one("Project")
    comments = comments_on("budget_line")
    city = one("City")


@registry.node(
    tables.Transaction,
    visible=rules.visible,
    scope="project",
    in_scope=rules.visible_in_project,
    order=("-valueOn", "-id"),
)
class Transaction:
    """What a partner city booked for a project: money, or work in kind. It is never edited; what
    was wrong is reversed and booked anew. Only the partners and the secretariat see it."""

    type: auto
    description: auto
    amount: auto
    currency: auto
    person_days: auto
    value_on: auto
    reason: auto
    created_at: auto
    project = one("Project")
    comments = comments_on("transaction")
    city = one("City")
    budget_line = one("BudgetLine")
    reverses = one("Transaction")
    author = one("Person", null=True)
    reversed = computed(
        bool,
        'EXISTS (SELECT 1 FROM "transaction" vt WHERE vt.reverses = {t}.id)',
        "Whether another one takes it back.",
    )


@registry.node(tables.ExchangeRate, visible=everyone, order=("-ratedOn", "currency"))
class ExchangeRate:
    """What one euro was worth in another currency on a day."""

    currency: auto
    rated_on: auto
    rate: auto
    source: auto


@registry.node(tables.RateImport, visible=everyone, order=("-importedAt",))
class RateImport:
    """One file of exchange rates that was read in."""

    source: auto
    first_on: auto
    last_on: auto
    rates: auto
    revised: auto
    imported_at: auto


MUTATIONS = [
    *mutations("BudgetLine", actions.add, actions.edit, actions.remove),
    *mutations("Transaction", transactions.book, transactions.reverse),
    *mutations("RateImport", rates.import_rates, noun="rates"),
]
