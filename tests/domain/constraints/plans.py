"""Money, changes of an agreed plan, and risks."""

from tests.domain.constraints.ground import OTHER


def _line(changes: str) -> str:
    """Break something in a budget line that is in order."""
    return (
        "INSERT INTO budget_line (project, city, title, amount, currency, value_on)"
        f" SELECT project, city, 'a', 1, 'EUR', now() FROM milestone LIMIT 1;"
        f" UPDATE budget_line SET {changes}"
    )


def _booked(changes: str) -> str:
    """Break something in two transactions that are in order, the second of which takes the first
    back."""
    return (
        'INSERT INTO "transaction" (project, city, type, description, amount, currency, value_on,'
        " author, created_at, id) SELECT project, city, 'expenditure', 'a', 1, 'EUR', now(), 1,"
        ' now(), 901 FROM milestone LIMIT 1; INSERT INTO "transaction" (project, city, type,'
        " description, amount, currency, value_on, author, created_at, reverses, reason, id) SELECT"
        " project, city, type, 'b', -1, currency, value_on, 1, now(), 901, 'c', 902"
        f' FROM "transaction"; UPDATE "transaction" SET {changes}'
    )


def _proposal(changes: str = "state = state", item: str = "kind = kind") -> str:
    """Break something in a plan change that is in order, or in its item: a milestone moves."""
    return (
        "INSERT INTO plan_change (id, project, city, reason, state, proposed_by, created_at)"
        " SELECT 901, project, city, 'a', 'proposed', 1, now() FROM milestone LIMIT 1;"
        " INSERT INTO plan_change_item (project, plan_change, kind, milestone, city, before, after)"
        " SELECT project, 901, 'move_milestone', id, city, '{}', '{}' FROM milestone LIMIT 1;"
        f" UPDATE plan_change SET {changes}; UPDATE plan_change_item SET {item}"
    )


def _elsewhere(item: str) -> str:
    """The item as one of another project's plan change."""
    return (
        _proposal() + "; INSERT INTO plan_change (id, project, city, reason, state, proposed_by,"
        " created_at) SELECT 902, project, city, 'a', 'proposed', 1, now() FROM participation"
        f" WHERE project = {OTHER} LIMIT 1; UPDATE plan_change_item SET plan_change = 902,"
        f" project = {OTHER}, {item}"
    )


def _risk(changes: str) -> str:
    """Break something in a risk that is in order."""
    return (
        "INSERT INTO risk (project, city, title, probability, impact, review_on, assessed_at,"
        " created_at, updated_at) SELECT project, city, 'a', 1, 1, now(), now(), now(), now()"
        f" FROM milestone LIMIT 1; UPDATE risk SET {changes}"
    )


def _rates(currency: str, days: str, rate: str = "1") -> str:
    """Import a rate for each of the days."""
    return (
        "WITH batch AS (INSERT INTO rate_import (source, first_on, last_on, rates, revised,"
        " imported_at) VALUES ('a', now(), now(), 1, 0, now()) RETURNING id)"
        " INSERT INTO exchange_rate (currency, rated_on, rate, source, batch)"
        f" SELECT '{currency}', day, {rate}, 'a', id FROM batch, unnest({days}) day"
    )


BREAKS = {
    # budgets
    "budget_line_type_is_known": _line("type = 'x'"),
    "budget_line_amount_is_not_negative": _line("amount = -1"),
    "budget_line_currency_is_a_code": _line("currency = 'eur'"),
    "budget_line_value_on_is_possible": _line("value_on = 'infinity'"),
    "budget_line_is_paid_by_a_partner": _line("city = (SELECT id FROM city WHERE name = 'Lima')"),
    "budget_line_person_days_are_not_negative": _line("person_days = -1"),
    "budget_line_is_money_or_work": _line("amount = NULL, currency = NULL"),
    "budget_line_amount_has_a_currency": _line("currency = NULL"),
    "transaction_type_is_known": _booked("type = 'x'"),
    "transaction_is_money_or_work": _booked("amount = NULL, currency = NULL"),
    "transaction_amount_has_a_currency": _booked("currency = NULL"),
    "transaction_currency_is_a_code": _booked("currency = 'eur'"),
    "transaction_value_on_is_possible": _booked("value_on = 'infinity'"),
    "transaction_is_negative_only_as_a_reversal": _booked("amount = -amount"),
    "transaction_reversal_has_a_reason": _booked("reason = NULL"),
    "transaction_reason_is_short_enough": _booked("reason = repeat('x', 10001)"),
    "transaction_is_reversed_once": _booked("reverses = 902, reason = 'c', amount = 0"),
    "transaction_is_booked_by_a_partner": _booked(
        "reverses = NULL, amount = 1, city = (SELECT id FROM city WHERE name = 'Lima')"
    ),
    "transaction_draws_on_a_line_of_its_project": _line("amount = 1")
    + "; "
    + _booked(
        f"budget_line = (SELECT id FROM budget_line), project = {OTHER}, reverses = NULL,"
        " amount = 1"
    ),
    "transaction_reverses_one_of_its_city": _booked(
        'city = (SELECT city FROM participation p WHERE p.project = "transaction".project'
        ' AND p.city <> "transaction".city LIMIT 1) WHERE id = 902'
    ),
    # plan changes
    "plan_change_state_is_known": _proposal("state = 'x', decided_at = now(), decided_by = 2"),
    "plan_change_reason_is_there": _proposal("reason = ''"),
    "plan_change_reason_is_short_enough": _proposal("reason = repeat('x', 10001)"),
    "plan_change_refusal_reason_is_short_enough": _proposal("refusal_reason = repeat('x', 10001)"),
    "plan_change_has_who_and_when_once_settled": _proposal("state = 'accepted'"),
    "plan_change_refused_has_a_reason": _proposal(
        "state = 'refused', decided_at = now(), decided_by = 2"
    ),
    "plan_change_is_not_accepted_by_who_proposed_it": _proposal(
        "state = 'accepted', decided_at = now(), decided_by = 1"
    ),
    "plan_change_is_proposed_by_a_partner": _proposal(
        "city = (SELECT id FROM city WHERE name = 'Lima')"
    ),
    "plan_change_is_answered_by_a_partner": _proposal(
        "decider = (SELECT id FROM city WHERE name = 'Lima')"
    ),
    "plan_change_item_kind_is_known": _proposal(
        item="kind = 'x', milestone = NULL, period = NULL, budget_line = NULL"
    ),
    "plan_change_item_names_what_it_changes": _proposal(item="milestone = NULL"),
    "plan_change_item_has_an_owner": _proposal(item="city = NULL"),
    "plan_change_item_is_of_its_project": _proposal(item=f"project = {OTHER}"),
    "plan_change_item_moves_a_milestone_of_its_project": _elsewhere("kind = kind"),
    "plan_change_item_targets_a_period_of_its_project": _elsewhere(
        "kind = 'change_target', milestone = NULL, city = NULL,"
        " period = (SELECT min(id) FROM period)"
    ),
    "plan_change_item_measures_in_its_project": _elsewhere(
        "kind = 'add_period', milestone = NULL, city = NULL,"
        " indicator = (SELECT min(id) FROM indicator)"
    ),
    "plan_change_item_shows_a_result_of_its_project": _elsewhere(
        "kind = 'add_indicator', milestone = NULL, city = NULL,"
        " result = (SELECT min(id) FROM result)"
    ),
    "plan_change_item_changes_a_line_of_its_project": _line("amount = 1")
    + "; "
    + _elsewhere(
        "kind = 'remove_budget_line', milestone = NULL, budget_line = (SELECT id FROM budget_line)"
    ),
    "plan_change_item_belongs_to_a_partner": _proposal(
        item="city = (SELECT id FROM city WHERE name = 'Lima')"
    ),
    # risks
    "risk_type_is_known": _risk("type = 'x'"),
    "risk_category_is_known": _risk("category = 'x'"),
    "risk_state_is_known": _risk("state = 'x', state_reason = 'a'"),
    "risk_description_is_short_enough": _risk("description = repeat('x', 10001)"),
    "risk_mitigation_is_short_enough": _risk("mitigation = repeat('x', 10001)"),
    "risk_probability_is_one_to_five": _risk("probability = 6"),
    "risk_impact_is_one_to_five": _risk("impact = 0"),
    "risk_has_a_probability_unless_it_is_an_issue": _risk("probability = NULL"),
    "risk_has_occurred_if_it_is_an_issue": _risk("occurred_on = now()"),
    "risk_state_fits_its_type": _risk("state = 'occurred'"),
    "risk_settled_has_a_reason": _risk("state = 'closed'"),
    "risk_review_on_is_possible": _risk("review_on = 'infinity'"),
    "risk_occurred_on_is_possible": _risk(
        "occurred_on = 'infinity', type = 'issue', probability = NULL, state = 'occurred'"
    ),
    "risk_is_owned_by_a_partner": _risk("city = (SELECT id FROM city WHERE name = 'Lima')"),
    # rates
    "exchange_rate_currency_is_a_code": _rates("EUR", "ARRAY[DATE '2026-03-02']"),
    "exchange_rate_rated_on_is_possible": _rates("USD", "ARRAY[DATE 'infinity']"),
    "exchange_rate_is_positive": _rates("USD", "ARRAY[DATE '2026-03-02']", "0"),
    "exchange_rate_is_plausible": _rates("USD", "ARRAY[DATE '2026-03-02']", "1e15"),
    "exchange_rate_is_once_a_day": _rates("USD", "array_fill(DATE '2026-03-02', ARRAY[2])"),
}
