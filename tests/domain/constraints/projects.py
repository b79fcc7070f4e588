"""Offers and asks, projects, decisions, evaluations, lessons, milestones, comments."""

from tests.domain.constraints.ground import CLOSED, OTHER, impossible


def _files(key: str, sha256: str) -> str:
    """Attach two files to one milestone."""
    return (
        "INSERT INTO evidence (project, milestone, title, created_at, file_key, file_name,"
        f" media_type, size, sha256) SELECT project, milestone, title, now(), {key}, 'a', 'b', 1,"
        f" {sha256} FROM (SELECT * FROM evidence LIMIT 1) e, generate_series(1, 2) n"
    )


def _waived(changes: str) -> str:
    """Break something in two requests to do without something."""
    return (
        "INSERT INTO decision (project, city, kind, role, question, requirement, deadline_on,"
        " created_at) SELECT project, city, 'waive', 'officer', 'a', x, now(), now()"
        " FROM (SELECT * FROM milestone LIMIT 1) m, unnest(ARRAY['planned', 'reported']) x;"
        f" UPDATE decision SET {changes} WHERE kind = 'waive'"
    )


def _comment(changes: str = "version = 2", about: str = "id") -> str:
    """Break something in a comment on a milestone, which mentions person 1."""
    return (
        "INSERT INTO comment (project, subject_type, subject_id, author, text, created_at)"
        f" SELECT project, 'milestone', {about}, 1, 'a', now() FROM milestone LIMIT 1;"
        " INSERT INTO mention (project, comment, person) SELECT project, id, 1 FROM comment;"
        f" UPDATE comment SET {changes}"
    )


BREAKS = {
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
    **impossible("request", "deadline_on"),
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
    "project_sdg_goals_are_named_once": "UPDATE project SET sdg_goals = '{16,11,16}'",
    "project_themes_are_named_once": "UPDATE project SET themes = '{tax,permits,tax}'",
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
    "decision_role_is_known": _waived("kind = 'escalate', requirement = NULL, role = 'x'"),
    "decision_requirement_is_known": _waived("requirement = 'x'"),
    "decision_question_is_short_enough": _waived("question = repeat('x', 10001)"),
    "decision_answer_is_short_enough": _waived("answer = repeat('x', 10001)"),
    "decision_asks_something_where_somebody_raised_it": _waived("question = ''"),
    "decision_answers_what_was_escalated": _waived("answer = 'a'"),
    "decision_waives_one_requirement": _waived("requirement = NULL"),
    "decision_is_the_secretariats_where_it_may_be": _waived("role = 'mayor'"),
    "decision_lapses_only_once_given": _waived("lapsed_at = now()"),
    "decision_waives_once": _waived("requirement = 'planned'"),
    "decision_is_pending_once": "INSERT INTO decision (project, city, kind, state, deadline_on,"
    f" created_at) SELECT {CLOSED}, 1, 'sign', 'pending', now(), now() FROM generate_series(1, 2)",
    **impossible("project", "planned_end_on", "actual_end_on"),
    "project_planned_start_on_is_possible": "UPDATE project SET planned_start_on = '-infinity'",
    "project_actual_start_on_is_possible": "UPDATE project SET actual_start_on = '1989-12-31'",
    **impossible("decision", "deadline_on"),
    # evaluation
    "evaluation_scores_are_one_to_six": "UPDATE evaluation SET impact = 7",
    "evaluation_principles_are_one_to_five": "UPDATE evaluation SET financing = 6",
    "evaluation_is_complete_once_submitted": "UPDATE evaluation SET impact = NULL",
    "evaluation_remarks_are_short_enough": "UPDATE evaluation SET remarks = repeat('x', 10001)",
    "evaluation_is_once_per_city": "UPDATE evaluation SET city = 1",
    "lesson_narrative_is_short_enough": "UPDATE lesson SET narrative = repeat('x', 10001)",
    "lesson_is_of_its_evaluation": "UPDATE lesson SET city = 3",
    # milestone
    "milestone_kind_is_known": "UPDATE milestone SET kind = 'x'",
    "milestone_state_is_known": "UPDATE milestone SET state = 'x', completed_on = NULL",
    "milestone_weight_is_one_to_a_hundred": "UPDATE milestone SET weight = 0",
    "milestone_acceptance_criteria_are_short_enough": "UPDATE milestone"
    " SET acceptance_criteria = repeat('x', 10001)",
    "milestone_accepted_has_a_date": "UPDATE milestone SET completed_on = NULL",
    "milestone_done_is_handed_in": "UPDATE milestone SET state = 'planned'",
    "milestone_missed_or_waived_has_a_reason": "UPDATE milestone SET state = 'waived',"
    " completed_on = NULL",
    "milestone_is_owned_by_a_partner": "UPDATE milestone SET city = 3",
    "evidence_url_is_a_web_address": "UPDATE evidence SET url = 'javascript:alert(1)'",
    "evidence_is_attached_once": "INSERT INTO evidence (project, milestone, title, url,"
    " created_at) SELECT project, milestone, title, url, now() FROM evidence",
    "evidence_is_a_link_or_a_whole_file": "UPDATE evidence SET file_name = 'a.pdf'",
    "evidence_file_is_attached_once": _files(key="n", sha256="1"),
    "evidence_file_is_kept_once": _files(key="1", sha256="n"),
    "evidence_belongs_to_its_milestones_project": f"UPDATE evidence SET project = {OTHER}",
    **impossible("milestone", "baseline_due_on", "due_on", "completed_on"),
    # comments
    "comment_subject_is_known": _comment("subject_type = 'city'"),
    "comment_says_something": _comment("text = ''"),
    "comment_is_short_enough": _comment("text = repeat('x', 10001)"),
    "comment_is_withdrawn_by_somebody": _comment("withdrawn_at = now()"),
    "comment_subject_is_of_its_project": _comment(about="id + 900"),
    "mention_is_once_per_comment": _comment()
    + "; INSERT INTO mention (project, comment, person) SELECT project, id, 1 FROM comment",
    "mention_belongs_to_its_comments_project": _comment()
    + f"; UPDATE mention SET project = {OTHER}",
}
