"""Words that pages and mails share. Marked here, translated when one is drawn."""


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
"""Role as GraphQL names it -> what people call it."""

SECRETARIAT = N_("Secretariat")
