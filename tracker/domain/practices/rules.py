"""Who sees and who changes practices."""

from tracker.domain.actor import Actor
from tracker.domain.roles import Permission


def visible(t: str) -> str:
    """Drafts to their city; published and archived ones to everybody."""
    return f"({t}.state <> 'draft' OR {t}.city = ANY(:cities))"


def may_write(actor: Actor, city_id: int) -> bool:
    """Whether the actor writes for that city."""
    return actor.may(Permission.WRITE, city_id)
