"""Results, indicators, periods, values and verdicts."""

from tests.domain.constraints.ground import OTHER, impossible


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


_ELSEWHERE = (
    f"WITH r AS (INSERT INTO result (project, type, title, benefit) SELECT {OTHER}, type, title,"
    " benefit FROM result LIMIT 1 RETURNING id, project), i AS (INSERT INTO indicator (project,"
    " result, title, measure, ascending, accumulation, aggregation, unit, means_of_verification)"
    " SELECT r.project, r.id, '', measure, ascending, accumulation, aggregation, unit, ''"
    " FROM indicator, r RETURNING id, project) INSERT INTO dimension (project, indicator, name,"
    " categories) SELECT project, id, 'a', '{b,c}' FROM i;"
)
"""A dimension in the other project."""


BREAKS = {
    "result_type_is_known": "UPDATE result SET type = 'x'",
    "result_benefit_is_known": "UPDATE result SET benefit = 'x'",
    "roll_up_is_numbered_once": "INSERT INTO roll_up (ascending, measure, aggregation,"
    " accumulation, unit, definition) SELECT ascending, measure, aggregation, accumulation, unit,"
    " definition FROM roll_up",
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
    **impossible("indicator", "baseline_on"),
    **impossible("period", "ends_on"),
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
}
