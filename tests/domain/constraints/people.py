"""Cities, people, and how they come in."""

from tests.domain.constraints.ground import OWED


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


BREAKS = {
    # city
    "city_membership_is_known": "UPDATE city SET membership = 'friend'",
    "fiscal_year_starts_in_a_month": "UPDATE city SET fiscal_year_start_month = 13",
    "city_lies_on_the_globe": "UPDATE city SET latitude = 91",
    "city_geoname_id_key": "UPDATE city SET geoname_id = 1",
    # people
    "person_email_is_lower_case": "UPDATE person SET email = 'A@example.org' WHERE id = 1",
    "person_email_key": "UPDATE person SET email = 'a@example.org'",
    "person_does_without_optional_mails_only": "UPDATE person SET unwanted_mails = '{account}'",
    "person_quiet_hours_begin_and_end": "UPDATE person SET quiet_from = 20",
    "person_quiet_hours_are_on_the_clock": "UPDATE person SET quiet_from = 24, quiet_until = 7",
    "person_quiet_hours_leave_some": "UPDATE person SET quiet_from = 7, quiet_until = 7",
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
    "invitation_delivery_key": f"WITH owed AS ({OWED}) INSERT INTO invitation (email, city, role,"
    " created_at, expires_at, delivery) SELECT key || '@b.c', 1, 'mayor', now(), now(),"
    " (SELECT max(id) FROM owed) FROM owed",
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
}
