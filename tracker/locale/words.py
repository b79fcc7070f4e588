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

REQUIREMENTS = {
    "planned": N_("A milestone before the work starts"),
    "measurable": N_("An indicator with baseline and target for each side that benefits"),
    "finished": N_("That every milestone is accepted or waived"),
    "reported": N_("That every value that fell due is approved or waived"),
    "evaluated": N_("The closing evaluation of every city"),
}
"""What the next state of a project may be done without -> words."""
