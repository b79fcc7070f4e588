"""Words that Python puts together for pages. Marked here, translated when a page is drawn."""

from collections.abc import Mapping, Sequence
from typing import Any

from tracker.locale import Reader
from tracker.locale.words import N_, ROLES, SECRETARIAT

__all__ = [
    "DELIVERY_KINDS",
    "DELIVERY_STATES",
    "METHODS",
    "N_",
    "ROLES",
    "SECRETARIAT",
    "SUPPRESSION_REASONS",
    "roles",
]


METHODS = {
    "LINK": N_("Link by mail"),
    "PASSWORD": N_("Password"),
    "OPENID": N_("The city's sign-on"),
    "INVITATION": N_("Invitation"),
    "DEMONSTRATION": N_("Demonstration"),
}

DELIVERY_KINDS = {
    "DIGEST": N_("Digest"),
    "MILESTONE": N_("Milestones"),
    "REMINDER": N_("Reminder"),
    "DECISION": N_("Decision"),
    "MENTION": N_("Mention"),
    "NOTICE": N_("Role"),
    "INVITATION": N_("Invitation"),
    "SIGN_IN": N_("Sign-in link"),
    "ACCOUNT": N_("Account"),
    "HOOK": N_("Channel for digests"),
}

DELIVERY_STATES = {
    "DUE": N_("Waiting to be sent"),
    "READY": N_("Written"),
    "SENDING": N_("Being sent"),
    "IN_DOUBT": N_("In doubt"),
    "SENT": N_("Sent"),
    "FAILED": N_("Failed"),
    "BOUNCED": N_("No such mailbox"),
    "SUPPRESSED": N_("Held back"),
    "CANCELLED": N_("Not needed"),
}

SUPPRESSION_REASONS = {
    "BOUNCED": N_("Mail to it was refused for good."),
    "COMPLAINED": N_("Its reader called a mail unwanted."),
    "ASKED": N_("An administrator was asked to."),
}


def roles(reader: Reader, memberships: Sequence[Mapping[str, Any]]) -> str:
    """Memberships as GraphQL gives them, such as "Mayor, Seoul"."""
    return reader.listing(
        f"{reader.gettext(ROLES[each['role']])}, "
        f"{each['city']['name'] if each['city'] else reader.gettext(SECRETARIAT)}"
        for each in memberships
    )
