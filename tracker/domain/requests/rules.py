"""Who sees and who changes requests."""

from tracker.domain.actor import Actor, Role

AUTHORS = (Role.COORDINATOR, Role.APPROVER, Role.CIO)
"""Who may ask on a city's behalf."""


def visible(t: str) -> str:
    """Requests are for the member cities and the secretariat to read."""
    return "(:person IS NOT NULL OR :secretariat)"


def may_write(actor: Actor, city_id: int) -> bool:
    """Whether the actor asks for that city."""
    return actor.holds(city_id, *AUTHORS)
