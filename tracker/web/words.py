"""Words that Python puts together for pages. Marked here, translated when a page is drawn."""

from collections.abc import Mapping, Sequence
from typing import Any

from tracker.locale import Reader
from tracker.locale.words import N_, ROLES, SECRETARIAT

__all__ = ["METHODS", "N_", "ROLES", "SECRETARIAT", "roles"]


METHODS = {
    "LINK": N_("Link by mail"),
    "PASSWORD": N_("Password"),
    "OPENID": N_("The city's sign-on"),
    "INVITATION": N_("Invitation"),
    "DEMONSTRATION": N_("Demonstration"),
}


def roles(reader: Reader, memberships: Sequence[Mapping[str, Any]]) -> str:
    """Memberships as GraphQL gives them, such as "Mayor, Seoul"."""
    return reader.listing(
        f"{reader.gettext(ROLES[each['role']])}, "
        f"{each['city']['name'] if each['city'] else reader.gettext(SECRETARIAT)}"
        for each in memberships
    )
