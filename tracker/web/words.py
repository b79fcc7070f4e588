"""Words that Python puts together for pages. Marked here, translated when a page is drawn."""

from collections.abc import Mapping, Sequence
from typing import Any

from tracker.locale import Reader


def N_(text: str) -> str:
    """Marks a text for the catalogues without translating it yet."""
    return text


ROLES = {
    "COORDINATOR": N_("Coordinator"),
    "APPROVER": N_("Approver"),
    "MAYOR": N_("Mayor"),
    "CIO": N_("Chief information officer"),
    "CITY_ADMINISTRATOR": N_("City administrator"),
    "OFFICER": N_("Officer"),
    "ADMINISTRATOR": N_("Administrator"),
    "AUDITOR": N_("Auditor"),
}
METHODS = {
    "LINK": N_("Link by mail"),
    "PASSWORD": N_("Password"),
    "OPENID": N_("The city's sign-on"),
    "INVITATION": N_("Invitation"),
    "DEMONSTRATION": N_("Demonstration"),
}
SECRETARIAT = N_("Secretariat")


def roles(reader: Reader, memberships: Sequence[Mapping[str, Any]]) -> str:
    """Memberships as GraphQL gives them, such as "Mayor, Seoul"."""
    return reader.listing(
        f"{reader.gettext(ROLES[each['role']])}, "
        f"{each['city']['name'] if each['city'] else reader.gettext(SECRETARIAT)}"
        for each in memberships
    )
