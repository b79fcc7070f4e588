"""Who sees and who changes requests."""

from tracker.domain.actor import Actor
from tracker.domain.roles import Permission


def visible(t: str) -> str:
    """Requests are for the member cities and the secretariat to read."""
    return "(:person IS NOT NULL OR :secretariat)"


def may_write(actor: Actor, city_id: int) -> bool:
    """Whether the actor asks for that city."""
    return actor.may(Permission.WRITE, city_id)
