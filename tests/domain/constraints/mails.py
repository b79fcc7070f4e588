"""Mails on their way."""

from tests.domain.constraints.ground import OWED


def _delivery(changes: str) -> str:
    """Break something in two mails that are in order."""
    return f"{OWED}; UPDATE delivery SET {changes}"


def _suppression(changes: str) -> str:
    return (
        "INSERT INTO suppression (address, reason, created_at)"
        " VALUES ('a@example.org', 'asked', now()), ('b@example.org', 'asked', now());"
        f" UPDATE suppression SET {changes}"
    )


BREAKS = {
    "delivery_kind_is_known": _delivery("kind = 'x'"),
    "delivery_lane_is_known": _delivery("lane = 'x'"),
    "delivery_wait_is_known": _delivery("waits_for = 'x'"),
    "delivery_state_is_known": _delivery("state = 'x'"),
    "delivery_is_once_per_person_and_key": _delivery("key = 'a'"),
    "delivery_is_once_per_address_and_key": _delivery(
        "person = NULL, address = 'a@example.org', key = 'a'"
    ),
    "delivery_goes_somewhere": _delivery("person = NULL"),
    "delivery_sent_has_a_time": _delivery("state = 'sent'"),
    "delivery_is_frozen_before_sending": _delivery(
        "state = 'ready', message = 'a', address = 'a@example.org'"
    ),
    "delivery_seals_secrets": _delivery("kind = 'sign_in'"),
    "delivery_forgets_secrets": _delivery("state = 'cancelled', sealed = true, message = 'a'"),
    "delivery_is_held_by_its_token": _delivery("lease_until = now()"),
    "delivery_resends_another": _delivery("resends = id"),
    "delivery_message_id_key": _delivery("message_id = '<1@example.org>'"),
    "suppression_reason_is_known": _suppression("reason = 'x'"),
    "suppression_address_is_lower_case": _suppression("address = 'A@example.org'"),
    "suppression_lifted_says_why": _suppression("lifted_at = now()"),
    "suppression_is_once_per_address": _suppression("address = 'a@example.org'"),
    "relay_breaker_name_key": (
        "INSERT INTO relay_breaker (name, failures, last_error, failed_at, open_until)"
        " SELECT 'a', 1, '', now(), now() FROM generate_series(1, 2)"
    ),
    "domain_minute_is_counted_once": (
        "INSERT INTO domain_minute (domain, minute, mails)"
        " SELECT 'a', now(), 1 FROM generate_series(1, 2)"
    ),
}
