"""The database's own rules, past ours: every constraint is broken once, by name.

A constraint that is added without a statement here fails the test.
"""

import asyncpg

from tests import factories
from tests.cast import Cast

CLOSED = "(SELECT min(id) FROM project)"
OTHER = "(SELECT max(id) FROM project)"


def _impossible(table: str, *days: str) -> dict[str, str]:
    """Store the last day that Python knows, which the driver sends as infinity."""
    return {f"{table}_{day}_is_possible": f"UPDATE {table} SET {day} = 'infinity'" for day in days}


def _issue(changes: str) -> str:
    """Break something in two digest issues that are in order."""
    return (
        "INSERT INTO digest_issue (person, kind, period_key, period_from, period_to, created_at,"
        " next_try_at) SELECT 1, 'periodic', n, now(), now() + interval '1 day', now(), now()"
        f" FROM generate_series(1, 2) n; UPDATE digest_issue SET {changes}"
    )


def _files(key: str, sha256: str) -> str:
    """Attach two files to one milestone."""
    return (
        "INSERT INTO evidence (project, milestone, title, created_at, file_key, file_name,"
        f" media_type, size, sha256) SELECT project, milestone, title, now(), {key}, 'a', 'b', 1,"
        f" {sha256} FROM (SELECT * FROM evidence LIMIT 1) e, generate_series(1, 2) n"
    )


def _line(changes: str) -> str:
    """Break something in a budget line that is in order."""
    return (
        "INSERT INTO budget_line (project, city, title, amount, currency, value_on)"
        f" SELECT project, city, 'a', 1, 'EUR', now() FROM milestone LIMIT 1;"
        f" UPDATE budget_line SET {changes}"
    )


def _shown(columns: str = "", values: str = "", *, project: str = "project") -> str:
    """Attach evidence to each value twice."""
    return (
        f"INSERT INTO evidence (project, value, title, created_at{columns})"
        f" SELECT {project}, id, 'a', now(){values} FROM value, generate_series(1, 2) n"
    )


def _dimension(changes: str, source: str = "indicator") -> str:
    """Declare a dimension, and break something in it."""
    return (
        "INSERT INTO dimension (project, indicator, name, categories)"
        f" SELECT project, id, 'a', '{{b,c}}' FROM {source};"
        f" UPDATE dimension SET {changes}"
    )


def _part(changes: str, source: str = "dimension d") -> str:
    """A part of a value, and break something in it."""
    return (
        _dimension("name = 'gender'") + ";"
        " INSERT INTO value_part (project, whole, dimension, category, value)"
        f" SELECT v.project, v.id, d.id, 'b', 1 FROM value v, {source}"
        " WHERE v.project = d.project;"
        f" UPDATE value_part SET {changes}"
    )


def _definition(column: str, value: str = "'x'") -> str:
    """A ready indicator, and break something in it."""
    return (
        "INSERT INTO indicator_definition (title, result_title, result_type, benefit, measure,"
        " ascending, accumulation, aggregation, unit, means_of_verification, created_at)"
        " VALUES ('a', 'b', 'output', 'donor', 'unit', true, 'period', 'sum', 'c', '', now());"
        f" UPDATE indicator_definition SET {column} = {value}"
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


def _comment(changes: str = "version = 2", about: str = "id") -> str:
    """Break something in a comment on a milestone, which mentions person 1."""
    return (
        "INSERT INTO comment (project, subject_type, subject_id, author, text, created_at)"
        f" SELECT project, 'milestone', {about}, 1, 'a', now() FROM milestone LIMIT 1;"
        " INSERT INTO mention (project, comment, person) SELECT project, id, 1 FROM comment;"
        f" UPDATE comment SET {changes}"
    )


def _rates(currency: str, days: str, rate: str = "1") -> str:
    """Import a rate for each of the days."""
    return (
        "WITH batch AS (INSERT INTO rate_import (source, first_on, last_on, rates, revised,"
        " imported_at) VALUES ('a', now(), now(), 1, 0, now()) RETURNING id)"
        " INSERT INTO exchange_rate (currency, rated_on, rate, source, batch)"
        f" SELECT '{currency}', day, {rate}, 'a', id FROM batch, unnest({days}) day"
    )


def _session(token: str, method: str, source: str = "city LIMIT 1") -> str:
    return (
        "INSERT INTO session (person, token_hash, method, created_at, proved_at, expires_at)"
        f" SELECT 1, {token}, {method}, now(), now(), now() FROM {source}"
    )


def _link(purpose: str, email: str, source: str = "city LIMIT 1") -> str:
    return (
        "INSERT INTO sign_in_link (person, token_hash, purpose, email, created_at, expires_at)"
        f" SELECT 1, 'x', {purpose}, {email}, now(), now() FROM {source}"
    )


def _invitation(
    columns: str = "", values: str = "", *, email: str = "'a@b.c'", role: str = "'cio'"
) -> str:
    """Two invitations to Seoul; further columns with their values."""
    return (
        f"INSERT INTO invitation (email, city, role, created_at, expires_at{columns})"
        f" SELECT {email}, 1, {role}, now(), now(){values} FROM generate_series(1, 2) n"
    )


def _delegation(deputy: str, until: str) -> str:
    """A delegation in Seoul from now on, by person 1."""
    return (
        "INSERT INTO delegation (city, mayor, deputy, starts_at, expires_at, created_at)"
        f" VALUES (1, 1, {deputy}, now(), {until}, now())"
    )


def _sign_on(issuer: str = "'https://a'", source: str = "city LIMIT 1") -> str:
    return (
        "INSERT INTO sign_on (city, issuer, client_id, created_at)"
        f" SELECT 1, {issuer}, 'a', now() FROM {source}"
    )


def _identity(person: str, subject: str) -> str:
    return (
        "INSERT INTO sign_on_identity (person, issuer, subject, created_at)"
        f" SELECT {person}, 'https://a', {subject}, now() FROM generate_series(1, 2) n"
    )


def _half(method: str, source: str = "city LIMIT 1") -> str:
    return (
        "INSERT INTO half_sign_in (person, token_hash, method, created_at, expires_at)"
        f" SELECT 1, 'x', {method}, now(), now() FROM {source}"
    )


_ELSEWHERE = (
    f"WITH r AS (INSERT INTO result (project, type, title, benefit) SELECT {OTHER}, type, title,"
    " benefit FROM result LIMIT 1 RETURNING id, project), i AS (INSERT INTO indicator (project,"
    " result, title, measure, ascending, accumulation, aggregation, unit, means_of_verification)"
    " SELECT r.project, r.id, '', measure, ascending, accumulation, aggregation, unit, ''"
    " FROM indicator, r RETURNING id, project) INSERT INTO dimension (project, indicator, name,"
    " categories) SELECT project, id, 'a', '{b,c}' FROM i;"
)
"""A dimension in the other project."""


def _report(changes: str) -> str:
    """Break something in a draft of a report that is in order."""
    return (
        "INSERT INTO status_report (project, city, starts_on, ends_on, due_on, created_at)"
        f" SELECT {CLOSED}, 1, day, day + 30, day + 40, now()"
        f" FROM unnest('{{2026-01-01, 2026-02-01}}'::date[]) day;"
        f" UPDATE status_report SET {changes}"
    )


def _published(changes: str) -> str:
    """The same of reports that say everything, as they are published."""
    return _report(
        "health = 'red', author = 1, achieved = 'a', next = 'a', at_risk = 'a',"
        f" decision_needed = 'a', published_at = now(), {changes}, state = 'published'"
    )


FROZEN = "snapshot = 'a', sha256 = encode(sha256('a'), 'hex')"


def _addendum(text: str, report: str = "project, id") -> str:
    return (
        f"{_published(FROZEN)}; INSERT INTO addendum (project, status_report, text, author,"
        f" created_at) SELECT {report}, {text}, 1, now() FROM status_report"
    )


def _reminder(changes: str, people: str = "1, 2", city: int = 1) -> str:
    return (
        "INSERT INTO reminder (person, kind, subject_type, subject_id, project, city, due_on,"
        f" created_at, message_id, next_try_at) SELECT n, 'due', 'decision', 1, {CLOSED}, {city},"
        f" now(), now(), row_number() OVER (), now() FROM unnest(ARRAY[{people}]) n;"
        f" UPDATE reminder SET {changes}"
    )


def _health(name: str) -> dict[str, str]:
    return {f"status_report_{name}_is_known": _report(f"{name} = 'well'")}


def _long(name: str) -> dict[str, str]:
    return {f"status_report_{name}_is_short_enough": _report(f"{name} = repeat('x', 10001)")}


BREAKS = {
    # city
    "city_membership_is_known": "UPDATE city SET membership = 'friend'",
    "fiscal_year_starts_in_a_month": "UPDATE city SET fiscal_year_start_month = 13",
    "city_lies_on_the_globe": "UPDATE city SET latitude = 91",
    "city_geoname_id_key": "UPDATE city SET geoname_id = 1",
    # people
    "person_email_is_lower_case": "UPDATE person SET email = 'A@example.org' WHERE id = 1",
    "person_email_key": "UPDATE person SET email = 'a@example.org'",
    "membership_role_is_known": "UPDATE membership SET role = 'king' WHERE city IS NOT NULL",
    "membership_secretariat_roles_have_no_city": "UPDATE membership SET city = 1",
    "membership_is_held_once": "INSERT INTO membership (person, city, role, started_at)"
    " SELECT person, city, role, now() FROM membership",
    "api_token_token_hash_key": "INSERT INTO api_token (person, prefix, token_hash, read_only,"
    " created_at, expires_at) SELECT id, 'x', 'x', false, now(), now() FROM person",
    "api_token_use_token_key": "WITH token AS (INSERT INTO api_token (person, prefix, token_hash,"
    " read_only, created_at, expires_at) VALUES (1, 'x', 'x', false, now(), now()) RETURNING id),"
    " used AS (INSERT INTO api_token_use (token, last_used_at) SELECT id, now() FROM token,"
    " generate_series(1, 2)) SELECT 1",
    "idempotency_key_is_used_once": "INSERT INTO idempotency_key (person, key, fingerprint,"
    " created_at) SELECT 1, 'a', 'b', now() FROM generate_series(1, 2)",
    "session_token_hash_key": _session("'x'", "'link'", "generate_series(1, 2) n"),
    "session_method_is_known": _session("'x'", "'x'"),
    "session_use_session_key": "WITH opened AS (" + _session("'x'", "'link'") + " RETURNING id),"
    " used AS (INSERT INTO session_use (session, last_used_at) SELECT id, now() FROM opened,"
    " generate_series(1, 2)) SELECT 1",
    "sign_in_link_token_hash_key": _link("'sign_in'", "NULL", "generate_series(1, 2) n"),
    "sign_in_link_purpose_is_known": _link("'x'", "NULL"),
    "sign_in_link_confirms_one_address": _link("'address'", "NULL"),
    "invitation_email_is_lower_case": _invitation(email="'A' || n || '@b.c'"),
    "invitation_role_is_known": _invitation(email="n || '@b.c'", role="'king'"),
    "invitation_to_the_secretariat_has_no_city": _invitation(email="n || '@b.c'", role="'auditor'"),
    "invitation_ends_one_way": _invitation(
        ", accepted_at, withdrawn_at, person", ", now(), now(), 1"
    ),
    "invitation_is_accepted_by_somebody": _invitation(", accepted_at", ", now()"),
    "invitation_token_hash_key": _invitation(", token_hash", ", 'x'", email="n || '@b.c'"),
    "invitation_is_open_once": _invitation(),
    "delegation_is_to_somebody_else": _delegation("1", "now() + interval '1 day'"),
    "delegation_lasts": _delegation("2", "now()"),
    "sign_on_is_one_per_city": _sign_on(source="generate_series(1, 2) n"),
    "sign_on_is_an_address": _sign_on("'ftp://a'"),
    "sign_on_removed_is_not_in_use": "INSERT INTO sign_on (city, issuer, client_id, active,"
    " created_at, confirmed_at, ended_at)"
    " SELECT 1, 'https://a', 'a', true, now(), now(), now() FROM city LIMIT 1",
    "sign_on_in_use_is_confirmed": "INSERT INTO sign_on (city, issuer, client_id, active,"
    " created_at) SELECT 1, 'https://a', 'a', true, now() FROM city LIMIT 1",
    "sign_on_identity_is_one_person": _identity("n", "'x'"),
    "person_has_one_identity_at_a_sign_on": _identity("1", "n"),
    "half_sign_in_token_hash_key": _half("'link'", "generate_series(1, 2) n"),
    "half_sign_in_method_is_known": _half("'x'"),
    "password_person_key": "INSERT INTO password (person) SELECT 1 FROM generate_series(1, 2)",
    "password_is_there_since_it_was_set": "INSERT INTO password (person, set_at) VALUES (1, now())",
    "second_factor_is_one_per_person": "INSERT INTO second_factor (person, sealed,"
    " recovery_hashes, created_at) SELECT 1, '', '{}', now() FROM generate_series(1, 2)",
    # practice, request
    "practice_state_is_known": "UPDATE practice SET state = 'x'",
    "practice_readiness_is_known": "UPDATE practice SET readiness = 'x'",
    "practice_licence_is_known": "UPDATE practice SET licence = 'x'",
    "practice_summary_is_short_enough": "UPDATE practice SET summary = repeat('x', 10001)",
    "practice_transfer_needs_are_short_enough": "UPDATE practice"
    " SET transfer_needs = repeat('x', 10001)",
    "practice_results_evidence_is_short_enough": "UPDATE practice"
    " SET results_evidence = repeat('x', 10001)",
    "request_state_is_known": "UPDATE request SET state = 'x'",
    "request_need_is_short_enough": "UPDATE request SET need = repeat('x', 10001)",
    "request_wanted_outcomes_are_short_enough": "UPDATE request"
    " SET wanted_outcomes = repeat('x', 10001)",
    "request_budget_has_a_currency": "UPDATE request SET budget_currency = NULL",
    "request_budget_is_not_negative": "UPDATE request SET budget_amount = -0.01",
    **_impossible("request", "deadline_on"),
    # project
    "project_code_key": "UPDATE project SET code = 'x'",
    "project_state_is_known": "UPDATE project SET state = 'x'",
    "project_reported_health_is_known": "UPDATE project SET reported_health = 'blue'",
    "project_starts_before_it_ends": "UPDATE project SET planned_end_on = planned_start_on",
    "project_actually_starts_before_it_ends": "UPDATE project"
    " SET actual_end_on = actual_start_on - 1",
    "project_amber_comes_before_red": "UPDATE project SET amber_days = red_days",
    "project_red_share_is_below_amber": "UPDATE project SET red_share = amber_share",
    "project_stale_days_are_possible": "UPDATE project SET stale_days = 0",
    "project_summary_is_short_enough": "UPDATE project SET summary = repeat('x', 10001)",
    "project_sdg_goals_exist": "UPDATE project SET sdg_goals = '{18}'",
    "project_donor_city_takes_part": "UPDATE project SET donor_city = recipient_city",
    "project_recipient_city_takes_part": "UPDATE project SET recipient_city = donor_city",
    "participation_side_is_known": "UPDATE participation SET side = 'x'",
    "participation_organisation_role_is_known": "UPDATE participation SET organisation_role = 'x'",
    "participation_is_once_per_city": "UPDATE participation SET city = 2",
    "sector_code_has_five_digits": "UPDATE sector SET code = '1234x'",
    "sector_percentage_is_a_share": "UPDATE sector SET percentage = 0",
    "sector_is_once_per_project": "UPDATE sector SET code = '15185'",
    "sector_percentages_sum_to_100": "UPDATE sector SET percentage = 49.99",
    "decision_kind_is_known": "UPDATE decision SET kind = 'x'",
    "decision_state_is_known": "UPDATE decision SET state = 'x', decided_by = NULL,"
    " decided_at = NULL",
    "decision_has_who_and_when_once_made": "UPDATE decision SET decided_by = NULL",
    "decision_refused_has_a_reason": "UPDATE decision SET state = 'refused'",
    "decision_is_pending_once": "INSERT INTO decision (project, city, kind, state, deadline_on,"
    f" created_at) SELECT {CLOSED}, 1, 'sign', 'pending', now(), now() FROM generate_series(1, 2)",
    **_impossible("project", "planned_end_on", "actual_end_on"),
    "project_planned_start_on_is_possible": "UPDATE project SET planned_start_on = '-infinity'",
    "project_actual_start_on_is_possible": "UPDATE project SET actual_start_on = '1989-12-31'",
    **_impossible("decision", "deadline_on"),
    # evaluation
    "evaluation_scores_are_one_to_six": "UPDATE evaluation SET impact = 7",
    "evaluation_lessons_are_short_enough": "UPDATE evaluation SET lessons = repeat('x', 10001)",
    "evaluation_is_once_per_city": "UPDATE evaluation SET city = 1",
    # milestone
    "milestone_kind_is_known": "UPDATE milestone SET kind = 'x'",
    "milestone_state_is_known": "UPDATE milestone SET state = 'x'",
    "milestone_weight_is_one_to_a_hundred": "UPDATE milestone SET weight = 0",
    "milestone_acceptance_criteria_are_short_enough": "UPDATE milestone"
    " SET acceptance_criteria = repeat('x', 10001)",
    "milestone_accepted_has_a_date": "UPDATE milestone SET completed_on = NULL",
    "milestone_missed_or_waived_has_a_reason": "UPDATE milestone SET state = 'waived'",
    "milestone_is_owned_by_a_partner": "UPDATE milestone SET city = 3",
    "evidence_url_is_a_web_address": "UPDATE evidence SET url = 'javascript:alert(1)'",
    "evidence_is_attached_once": "INSERT INTO evidence (project, milestone, title, url,"
    " created_at) SELECT project, milestone, title, url, now() FROM evidence",
    "evidence_is_a_link_or_a_whole_file": "UPDATE evidence SET file_name = 'a.pdf'",
    "evidence_file_is_attached_once": _files(key="n", sha256="1"),
    "evidence_file_is_kept_once": _files(key="1", sha256="n"),
    "evidence_belongs_to_its_milestones_project": f"UPDATE evidence SET project = {OTHER}",
    **_impossible("milestone", "baseline_due_on", "due_on", "completed_on"),
    # outcomes
    "result_type_is_known": "UPDATE result SET type = 'x'",
    "result_benefit_is_known": "UPDATE result SET benefit = 'x'",
    "indicator_measure_is_known": "UPDATE indicator SET measure = 'x'",
    "indicator_accumulation_is_known": "UPDATE indicator SET accumulation = 'x'",
    "indicator_aggregation_is_known": "UPDATE indicator SET aggregation = 'x'",
    "indicator_baseline_has_a_date": "UPDATE indicator SET baseline_on = NULL",
    "indicator_latest_value_is_approved": "UPDATE indicator SET latest_value = NULL",
    "indicator_means_of_verification_are_short_enough": "UPDATE indicator"
    " SET means_of_verification = repeat('x', 10001)",
    "indicator_belongs_to_its_results_project": "INSERT INTO indicator (project, result, title,"
    " measure, ascending, accumulation, aggregation, unit, means_of_verification)"
    f" SELECT {OTHER}, result, title, measure, ascending, accumulation, aggregation, unit, ''"
    " FROM indicator",
    "period_starts_before_it_ends": "UPDATE period SET ends_on = starts_on - 1",
    "period_starts_once": "INSERT INTO period (project, indicator, starts_on, ends_on)"
    " SELECT project, indicator, starts_on, ends_on FROM period",
    "period_does_not_overlap_another_of_its_indicator": "INSERT INTO period (project, indicator,"
    " starts_on, ends_on) SELECT project, indicator, ends_on, ends_on FROM period",
    "period_belongs_to_its_indicators_project": "INSERT INTO period (project, indicator,"
    f" starts_on, ends_on) SELECT {OTHER}, indicator, ends_on + 1, ends_on + 1 FROM period",
    **_impossible("indicator", "baseline_on"),
    **_impossible("period", "ends_on"),
    "period_starts_on_is_possible": "UPDATE period SET starts_on = '0001-01-01'",
    "value_state_is_known": "UPDATE value SET state = 'x'",
    "value_number_is_once_per_period": "UPDATE value SET number = 1",
    "value_narrative_is_short_enough": "UPDATE value SET narrative = repeat('x', 10001)",
    "value_denominator_is_positive": "UPDATE value SET numerator = 1, denominator = 0",
    "value_percentage_has_both_parts": "UPDATE value SET numerator = 1",
    "value_is_not_approved_by_its_author": "UPDATE value SET approver = author",
    "value_approved_has_an_approver": "UPDATE value SET approver = NULL",
    "value_says_something": "UPDATE value SET value = NULL, narrative = ''",
    "value_is_approved_once_per_period": "UPDATE value SET state = 'approved'",
    **{
        f"indicator_definition_{column}_is_known": _definition(column)
        for column in ("result_type", "benefit", "measure", "accumulation", "aggregation")
    },
    "indicator_definition_means_are_short_enough": _definition(
        "means_of_verification", "repeat('x', 10001)"
    ),
    "value_is_numbered_once_it_is_handed_in": "UPDATE value SET number = 0",
    "value_is_drafted_once_per_city": "INSERT INTO value (project, period, city, number, narrative,"
    " state, author, created_at) SELECT project, period, city, 0, '', 'draft', author, now()"
    " FROM value",
    "evidence_shows_one_thing": "UPDATE evidence SET milestone = NULL",
    "evidence_of_a_value_is_attached_once": _shown(", url", ", 'https://a'"),
    "evidence_file_of_a_value_is_attached_once": _shown(
        ", file_key, file_name, media_type, size, sha256", ", v.id || '-' || n, 'a', 'b', 1, 'c'"
    )
    .replace("SELECT project, id", "SELECT project, v.id")
    .replace("FROM value,", "FROM value v,"),
    "evidence_belongs_to_its_values_project": _shown(", url", ", 'https://' || n", project=OTHER),
    "dimension_is_declared_once": _dimension("name = 'a'", "indicator, generate_series(1, 2)"),
    "dimension_has_parts": _dimension("categories = '{b}'"),
    "dimension_belongs_to_its_indicators_project": _dimension(f"project = {OTHER}"),
    "value_part_is_told_once": _part("value = 1", "dimension d, generate_series(1, 2)"),
    "value_part_denominator_is_positive": _part("numerator = 1, denominator = 0"),
    "value_part_percentage_has_both_parts": _part("numerator = 1"),
    "value_part_belongs_to_its_values_project": _part(
        f"project = {OTHER}, dimension = (SELECT max(id) FROM dimension)",
    ).replace("UPDATE value_part", _ELSEWHERE + " UPDATE value_part"),
    "value_part_belongs_to_its_dimensions_project": _part(
        "dimension = (SELECT max(id) FROM dimension)"
    ).replace("UPDATE value_part", _ELSEWHERE + " UPDATE value_part"),
    "verdict_kind_is_known": "UPDATE verdict SET kind = 'x'",
    "verdict_is_said_once_per_city": "INSERT INTO verdict (project, value, city, kind, author,"
    " created_at) SELECT project, value, city, kind, author, now() FROM verdict",
    "verdict_disputed_has_a_reason": "UPDATE verdict SET kind = 'disputed'",
    "verdict_answer_is_to_a_dispute": "UPDATE verdict SET answer = 'x', answered_by = 1,"
    " answered_at = now()",
    "verdict_answer_has_who_and_when": "UPDATE verdict SET kind = 'disputed', reason = 'x',"
    " answer = 'y'",
    "verdict_texts_are_short_enough": "UPDATE verdict SET kind = 'disputed',"
    " reason = repeat('x', 10001)",
    "verdict_is_a_partners": "UPDATE verdict SET city = (SELECT id FROM city WHERE name = 'Lima')",
    "verdict_is_another_citys": "UPDATE verdict SET city = 2",
    "verdict_belongs_to_its_values_project": f"UPDATE verdict SET project = {OTHER}",
    "value_is_not_of_a_locked_period": "WITH locked AS (UPDATE period SET locked_at = now())"
    " UPDATE value SET narrative = 'x'",
    "value_belongs_to_its_periods_project": "DELETE FROM verdict;"
    f" UPDATE value SET project = {OTHER}",
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
    "exchange_rate_currency_is_a_code": _rates("EUR", "ARRAY[DATE '2026-03-02']"),
    "exchange_rate_rated_on_is_possible": _rates("USD", "ARRAY[DATE 'infinity']"),
    "exchange_rate_is_positive": _rates("USD", "ARRAY[DATE '2026-03-02']", "0"),
    "exchange_rate_is_once_a_day": _rates("USD", "array_fill(DATE '2026-03-02', ARRAY[2])"),
    # trail
    "notification_is_read_once_per_event": "INSERT INTO notification_read (person, event, read_at)"
    " SELECT person, event, now() FROM notification, generate_series(1, 2)",
    # digests
    "digest_subscription_person_key": "INSERT INTO digest_subscription (person, created_at)"
    " SELECT 1, now() FROM generate_series(1, 2)",
    "digest_subscription_cadence_is_known": "INSERT INTO digest_subscription (person, created_at,"
    " cadence) VALUES (1, now(), 'x')",
    "digest_subscription_weekday_is_one_to_seven": "INSERT INTO digest_subscription (person,"
    " created_at, weekday) VALUES (1, now(), 8)",
    "digest_subscription_month_day_is_in_every_month": "INSERT INTO digest_subscription (person,"
    " created_at, month_day) VALUES (1, now(), 29)",
    "digest_subscription_hour_is_on_the_clock": "INSERT INTO digest_subscription (person,"
    " created_at, hour) VALUES (1, now(), 24)",
    "digest_issue_kind_is_known": _issue("kind = 'x'"),
    "digest_issue_state_is_known": _issue("state = 'x', message = ''"),
    "digest_issue_period_is_not_empty": _issue("period_to = period_from"),
    "digest_issue_sent_has_a_time": _issue("state = 'sent', message = ''"),
    "digest_issue_is_frozen_before_sending": _issue("state = 'ready'"),
    "digest_issue_is_once_per_person_and_period": _issue("period_key = '2026-W48'"),
    "digest_issue_message_id_key": _issue("message_id = '<1@example.org>'"),
    "project_past_ends": "INSERT INTO project_past SELECT * FROM project_past"
    " WHERE until = 'infinity'",
    "milestone_past_ends": "INSERT INTO milestone_past SELECT * FROM milestone_past"
    " WHERE until = 'infinity'",
    "audit_seal_event_key": "INSERT INTO audit_seal (number, event, digest)"
    " SELECT n, 1, '' FROM generate_series(1, 2) n",
    "project_reporting_rhythm_is_known": "UPDATE project SET reporting_rhythm = 'daily'",
    **_impossible("project", "reports_since"),
    "status_report_state_is_known": _report("state = 'sent'"),
    **_health("schedule"),
    **_health("outcomes"),
    **_health("budget"),
    **_health("partnership"),
    **_health("health"),
    **_long("achieved"),
    **_long("next"),
    **_long("at_risk"),
    **_long("decision_needed"),
    "status_report_starts_on_is_possible": _report("starts_on = '1989-12-31'"),
    "status_report_due_on_is_possible": _report("due_on = 'infinity'"),
    "status_report_starts_before_it_ends": _report("ends_on = starts_on - 1"),
    "status_report_published_is_complete": _published(f"{FROZEN}, published_at = NULL").replace(
        "published_at = now(), ", ""
    ),
    "status_report_hash_is_of_its_snapshot": _published("snapshot = 'a', sha256 = 'b'"),
    "status_report_is_once_per_city_and_period": _report("starts_on = '2026-01-01'"),
    "status_report_is_of_a_partner": _report("city = 3"),
    "addendum_says_something": _addendum("''"),
    "addendum_text_is_short_enough": _addendum("repeat('x', 10001)"),
    "addendum_is_of_its_report_s_project": _addendum("'a'", f"{OTHER}, id"),
    "reminder_kind_is_known": _reminder("kind = 'never'"),
    "reminder_ends_one_way": _reminder("sent_at = now(), dropped_at = now()"),
    "reminder_is_once_per_person_and_due_day": _reminder("kind = 'due'", "1, 1"),
    "reminder_message_id_key": _reminder("message_id = 'a'"),
    "reminder_is_about_a_partner": _reminder("kind = 'due'", city=3),
    "comment_subject_is_known": _comment("subject_type = 'city'"),
    "comment_says_something": _comment("text = ''"),
    "comment_is_short_enough": _comment("text = repeat('x', 10001)"),
    "comment_is_withdrawn_by_somebody": _comment("withdrawn_at = now()"),
    "comment_subject_is_of_its_project": _comment(about="id + 900"),
    "mention_is_once_per_comment": _comment()
    + "; INSERT INTO mention (project, comment, person) SELECT project, id, 1 FROM comment",
    "mention_belongs_to_its_comments_project": _comment()
    + f"; UPDATE mention SET project = {OTHER}",
    "audit_personal_is_kept_or_erased_whole": "INSERT INTO audit_personal (event, salt)"
    " VALUES (0, 'x')",
}
"""Constraint -> a statement that breaks it, in the world that `_world` makes."""

UNBREAKABLE = ["%_project_key", "%_is_searched"]
"""Uniques that only serve composite foreign keys (they contain the primary key), and triggers
that wait for the end of a transaction but refuse nothing."""

RULES = """
SELECT conname AS name FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    AND (contype IN ('c', 'u', 'x', 't') OR (contype = 'f' AND cardinality(conkey) > 1))
UNION
SELECT relname FROM pg_index JOIN pg_class ON oid = indexrelid
    WHERE indisunique AND NOT indisprimary AND relnamespace = 'public'::regnamespace
"""
"""Every rule that the database holds but single foreign keys and primary keys."""


async def _world(cast: Cast) -> None:
    """A closed project with a corrected value, a draft, a practice and a request."""
    project = await factories.joint_project(cast, "finalising")
    await factories.value(cast, project, "superseded")
    await factories.advance(cast, project, "evaluate", "close")
    await factories.joint_project(cast, "draft", planned=False)
    await factories.practice(cast)
    await factories.request(cast)


async def test_every_constraint_holds(cast: Cast, connection: asyncpg.Connection) -> None:
    await _world(cast)
    broken = {}
    for rule, statement in BREAKS.items():
        transaction = connection.transaction()
        await transaction.start()
        try:
            await connection.execute(statement)
            await connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
            broken[rule] = "nothing"
        except asyncpg.IntegrityConstraintViolationError as error:
            broken[rule] = getattr(error, "constraint_name", "")
        finally:
            await transaction.rollback()
    assert broken == {rule: rule for rule in BREAKS}


async def test_every_constraint_is_tried(connection: asyncpg.Connection) -> None:
    rows = await connection.fetch(
        f"SELECT name FROM ({RULES}) r WHERE name NOT LIKE ALL ($1)", UNBREAKABLE
    )
    assert {row["name"] for row in rows} == set(BREAKS)
