"""People and their memberships."""

from datetime import date, datetime

from tracker.domain.events import subjects
from tracker.domain.joining import actions as joining
from tracker.domain.leaving import actions as leaving
from tracker.domain.people import (
    actions,
    delegations,
    invitations,
    rules,
    sign_on_providers,
    sign_on_tables,
    tables,
    tokens,
)
from tracker.domain.preferences import actions as preferences
from tracker.graphql.mutations import mutations
from tracker.graphql.planner import auto, computed, many, one
from tracker.graphql.planner.declare import Root
from tracker.graphql.registry import registry


class contact(auto):
    """Shown to the person, colleagues of the same city and the secretariat."""

    visible = rules.contact_visible


class private(auto):
    """Shown to the person and the secretariat."""

    visible = rules.proofs_visible


@registry.node(tables.Person, visible=rules.visible, plural="people", order=("name",))
class Person:
    """Somebody who works with the tracker."""

    name: auto
    language: contact
    time_zone: contact
    created_at: contact
    email = computed(
        str,
        "{t}.email",
        "E-mail address; shown to the person, colleagues of the same city and the secretariat.",
        visible=rules.contact_visible,
    )
    unwanted_mails: private
    quiet_from: private
    quiet_until: private
    mail_came_back_at = computed(
        datetime | None,
        "(SELECT x.created_at FROM suppression x WHERE x.address = lower({t}.email)"
        " AND x.lifted_at IS NULL AND x.reason = 'bounced')",
        "Since when no mail goes to the person's address, because one came back; null where none"
        " did. Shown to the person.",
        visible=rules.own_visible,
    )
    erasure_asked_at = computed(
        datetime | None,
        "{t}.erasure_asked_at",
        "When the person asked to be forgotten; null where not. Shown to the person and the"
        " secretariat.",
        visible=rules.proofs_visible,
    )
    erased_at = computed(
        datetime | None,
        "{t}.erased_at",
        "When the person was forgotten; null where not. Shown to the person and the secretariat.",
        visible=rules.proofs_visible,
    )
    password_set_at = computed(
        datetime | None,
        "(SELECT w.set_at FROM password w WHERE w.person = {t}.id)",
        "Since when there is the present password; null without one. Shown to the person and the"
        " secretariat.",
        visible=rules.proofs_visible,
    )
    second_factor_since = computed(
        datetime | None,
        "(SELECT f.confirmed_at FROM second_factor f WHERE f.person = {t}.id"
        " AND f.ended_at IS NULL)",
        "Since when a second factor is asked for at sign-in; null where none is. Shown to the"
        " person and the secretariat.",
        visible=rules.proofs_visible,
    )
    last_sign_in_at = computed(
        datetime | None,
        "(SELECT max(s.created_at) FROM session s WHERE s.person = {t}.id)",
        "When the person last signed in with a browser; null if never. Shown to the person, the"
        " administrators of a city of theirs and the secretariat.",
        visible=rules.looked_after_visible,
    )
    has_second_factor = computed(
        bool | None,
        "EXISTS (SELECT 1 FROM second_factor f WHERE f.person = {t}.id AND f.ended_at IS NULL"
        " AND f.confirmed_at IS NOT NULL)",
        "Whether a second factor is asked for at sign-in. Shown to the person, the administrators"
        " of a city of theirs and the secretariat.",
        visible=rules.looked_after_visible,
    )
    recovery_codes_left = computed(
        int | None,
        "(SELECT cardinality(f.recovery_hashes) FROM second_factor f WHERE f.person = {t}.id"
        " AND f.ended_at IS NULL AND f.confirmed_at IS NOT NULL)",
        "Unused codes for the day on which the second factor is lost. Shown to the person and the"
        " secretariat.",
        visible=rules.proofs_visible,
    )
    memberships = many("Membership", "Roles that the person holds or held.", by="person")
    account_events = many(
        "AuditEvent",
        "What was done to the account by anybody, the newest first: sign-ins and refused ones,"
        " roles, proofs, keys.",
        on=subjects.among_account("{c}", "{p}.id"),
    )


@registry.node(tables.Membership, visible=rules.membership_visible)
class Membership:
    """A role that a person holds in a city or, without a city, in the secretariat."""

    role: auto
    started_at: auto
    ended_at: auto
    person = one("Person", null=True)
    city = one("City")


def _on(instant: str) -> str:
    """The civil date of an instant in the delegation's city, as SQL."""
    zone = "(SELECT c.time_zone FROM city c WHERE c.id = {t}.city)"
    return f"(({{t}}.{instant}) AT TIME ZONE {zone})::date"


@registry.node(tables.Delegation, visible=rules.delegation_visible, order=("-id",))
class Delegation:
    """That a mayor lets the city's chief information officer decide in their place for a time."""

    starts_at: auto
    expires_at: auto
    created_at: auto
    ended_at: auto
    city = one("City")
    mayor = one("Person")
    deputy = one("Person")
    starts_on = computed(date, _on("starts_at"), "The first day, by the city's calendar.")
    ends_on = computed(
        date, _on("expires_at - interval '1 second'"), "The last day, by the city's calendar."
    )
    expired = computed(bool, "({t}.expires_at <= :now)", "Whether its time is over.")
    in_force = computed(
        bool,
        "({t}.ended_at IS NULL AND {t}.starts_at <= :now AND :now < {t}.expires_at)",
        "Whether the deputy may decide at this moment.",
    )


registry.root(
    "viewer",
    Root("Person", "You, as far as you are signed in.", single=True, on="{c}.id = :person"),
)


@registry.node(tables.ApiToken, visible=rules.token_visible, order=("-id",))
class ApiToken:
    """A key for programs. Its secret was shown once and is not kept."""

    purpose: auto
    prefix: auto
    read_only: auto
    scope = computed(
        tokens.TokenScope,
        "(CASE WHEN {t}.read_only THEN 'read' ELSE 'write' END)",
        "What programs may do with it, at most.",
    )
    city = one("City")
    created_at: auto
    expires_at: auto
    revoked_at: auto
    expired = computed(bool, "({t}.expires_at <= :now)", "Whether its time is over.")
    last_used_at = computed(
        datetime | None,
        "(SELECT u.last_used_at FROM api_token_use u WHERE u.token = {t}.id)",
        "When it was last used, to some minutes; null if never.",
    )
    person = one("Person", null=True)


@registry.node(tables.Invitation, visible=rules.invitation_visible, order=("-id",))
class Invitation:
    """That somebody was asked by mail to take up a role. Nobody sees the link but its reader."""

    email: auto
    role: auto
    language: auto
    created_at: auto
    expires_at: auto
    accepted_at: auto
    withdrawn_at: auto
    mailed_at = computed(
        datetime | None,
        "SELECT vd.sent_at FROM delivery vd WHERE vd.id = {t}.delivery",
        "When the mail went out; null while it waits to.",
    )
    mail_problem = computed(
        str,
        "coalesce((SELECT vd.last_error FROM delivery vd WHERE vd.id = {t}.delivery"
        " AND vd.state IN ('failed', 'bounced', 'suppressed')), '')",
        "Why the mail could not be delivered; empty if it could.",
    )
    handed_over = computed(
        bool, "{t}.delivery IS NULL", "Whether its link was handed over, without a mail."
    )
    state = computed(
        invitations.InvitationState,
        "(CASE WHEN {t}.accepted_at IS NOT NULL THEN 'accepted'"
        " WHEN {t}.withdrawn_at IS NOT NULL THEN 'withdrawn'"
        " WHEN {t}.expires_at <= :now THEN 'expired' ELSE 'open' END)",
        "How it stands.",
    )
    city = one("City")
    invited_by = one("Person", null=True)
    person = one("Person", null=True)


@registry.node(sign_on_tables.SignOn, visible=rules.sign_on_visible)
class SignOn:
    """A city's own sign-on (OpenID Connect), for people with a membership or invitation there."""

    issuer: auto
    client_id: auto
    active: auto
    confirmed_at: auto
    created_at: auto
    secret_set_at: auto
    ended_at: auto
    city = one("City")


registry.deprecate("ApiToken.readOnly", until="2027-12-31", reason="Use scope.")
registry.deprecate(
    "Mutation.apiTokenIssue(readOnly:)", until="2027-12-31", reason="Use scope: READ."
)


@registry.node(tables.Session, visible=rules.session_visible, order=("-id",))
class Session:
    """A browser in which you are, or were, signed in. Everybody sees their own alone."""

    method: auto
    second_factor: auto
    recovery_code: auto
    device: auto
    address: auto
    created_at: auto
    expires_at: auto
    ended_at: auto
    last_used_at = computed(
        datetime | None,
        "(SELECT u.last_used_at FROM session_use u WHERE u.session = {t}.id)",
        "When it was last used, to some minutes; null if never since it began.",
    )
    current = computed(
        bool,
        "({t}.ended_at IS NULL AND {t}.expires_at > :now)",
        "Whether it has neither ended nor expired.",
    )


MUTATIONS = [
    *mutations(
        "Person",
        actions.add_person,
        actions.edit_profile,
        preferences.choose_mails,
        preferences.set_quiet_hours,
    ),
    *mutations("Membership", joining.grant, leaving.end_membership),
    *mutations(
        "SignOn", sign_on_providers.set_up, sign_on_providers.confirm, sign_on_providers.remove
    ),
    *mutations("Delegation", delegations.grant, delegations.end_delegation),
    *mutations("ApiToken", tokens.issue_token, tokens.revoke_token),
    *mutations(
        "Invitation",
        invitations.send_invitation,
        invitations.resend_invitation,
        invitations.withdraw_invitation,
    ),
]
