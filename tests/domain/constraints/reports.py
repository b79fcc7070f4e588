"""Status reports, reminders, digests, and the trail."""

from tests.domain.constraints.ground import CLOSED, OTHER, OWED, impossible


def _issue(changes: str) -> str:
    """Break something in two digest issues that are in order."""
    return (
        f"WITH owed AS ({OWED}) INSERT INTO digest_issue (person, kind, period_key, period_from,"
        " period_to, created_at,"
        " delivery) SELECT 1, 'periodic', d.key, now(), now() + interval '1 day', now(), d.id"
        f" FROM owed d; UPDATE digest_issue SET {changes}"
    )


def _hook(changes: str) -> str:
    """Break something in a channel for digests that is in order."""
    return (
        "INSERT INTO digest_hook (person, format, host, address, key, created_at)"
        f" VALUES (1, 'slack', 'a', 'a', 'a', now()); UPDATE digest_hook SET {changes}"
    )


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
        f"WITH owed AS ({OWED}) INSERT INTO reminder (person, kind, subject_type, subject_id,"
        f" project, city, due_on, created_at, delivery) SELECT n, 'due', 'decision', 1, {CLOSED},"
        f" {city}, now(), now(), (SELECT max(id) FROM owed) FROM unnest(ARRAY[{people}]) n;"
        f" UPDATE reminder SET {changes}"
    )


def _health(name: str) -> dict[str, str]:
    return {f"status_report_{name}_is_known": _report(f"{name} = 'well'")}


def _long(name: str) -> dict[str, str]:
    return {f"status_report_{name}_is_short_enough": _report(f"{name} = repeat('x', 10001)")}


BREAKS = {
    # reports
    "project_reporting_rhythm_is_known": "UPDATE project SET reporting_rhythm = 'daily'",
    **impossible("project", "reports_since"),
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
    # reminders
    "reminder_kind_is_known": _reminder("kind = 'never'"),
    "reminder_is_once_per_person_and_due_day": _reminder("kind = 'due'", "1, 1"),
    "notice_delivery_key": f"WITH owed AS ({OWED}) INSERT INTO notice (person, subject_type,"
    " subject_id, verb, doer, created_at, delivery)"
    " SELECT 1, 'comment', 1, 'mention', 1, now(), (SELECT max(id) FROM owed) FROM owed",
    "reminder_is_about_a_partner": _reminder("kind = 'due'", city=3),
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
    "digest_issue_verdict_is_known": _issue("verdict = 'good'"),
    "digest_issue_kind_is_known": _issue("kind = 'x'"),
    "digest_issue_period_is_not_empty": _issue("period_to = period_from"),
    "digest_issue_is_once_per_person_and_period": _issue("period_key = '2026-W48'"),
    "digest_issue_delivery_key": _issue("delivery = (SELECT max(id) FROM delivery)"),
    "digest_feed_token_hash_key": "INSERT INTO digest_feed (person, token_hash, created_at)"
    " SELECT 1, 'x', now() FROM generate_series(1, 2)",
    "digest_hook_format_is_known": _hook("format = 'x'"),
    "digest_hook_gives_up_by_ending": _hook("gave_up = true"),
    "inbound_mail_outcome_is_known": "INSERT INTO inbound_mail (message_hash, outcome, received_at)"
    " VALUES ('x', 'x', now())",
    "inbound_mail_message_hash_key": "INSERT INTO inbound_mail (message_hash, outcome, received_at)"
    " SELECT 'x', 'ignored', now() FROM generate_series(1, 2)",
    "stuck_mail_is_told_once": "INSERT INTO stuck_mail (box, key, tries, error, since,"
    " next_try_at) SELECT 'b', 'k', 1, 'e', now(), now() FROM generate_series(1, 2)",
    "answer_link_token_hash_key": f"WITH owed AS ({OWED}) INSERT INTO answer_link (person,"
    " milestone, delivery, token_hash, created_at, expires_at)"
    " SELECT 1, 1, id, 'x', now(), now() FROM owed",
    "answer_link_is_for_one_thing": f"WITH owed AS ({OWED}) INSERT INTO answer_link (person,"
    " delivery, token_hash, created_at, expires_at) SELECT 1, id, id::text, now(), now() FROM owed",
    "project_past_ends": "INSERT INTO project_past SELECT * FROM project_past"
    " WHERE until = 'infinity'",
    "milestone_past_ends": "INSERT INTO milestone_past SELECT * FROM milestone_past"
    " WHERE until = 'infinity'",
    "audit_seal_event_key": "INSERT INTO audit_seal (number, event, digest)"
    " SELECT n, 1, '' FROM generate_series(1, 2) n",
    "audit_personal_is_kept_or_erased_whole": "INSERT INTO audit_personal (event, salt)"
    " VALUES (0, 'x')",
}
