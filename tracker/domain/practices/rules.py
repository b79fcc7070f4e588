"""Who sees and who changes practices."""

from tracker.domain.actor import Actor, Role

AUTHORS = (Role.COORDINATOR, Role.APPROVER, Role.CIO)
"""Who may write a city's practices."""


def visible(t: str) -> str:
    """Drafts to their city; published and archived ones to everybody."""
    return f"({t}.state <> 'draft' OR {t}.city = ANY(:cities))"


def may_write(actor: Actor, city_id: int) -> bool:
    """Whether the actor writes for that city."""
    return actor.holds(city_id, *AUTHORS)
