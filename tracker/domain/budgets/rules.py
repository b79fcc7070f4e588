"""Who sees what a project costs, and how amounts in several currencies are compared."""

from tracker.domain.currencies import BASE
from tracker.domain.projects.rules import among_partners, inside

RATE_DAYS = 10
"""Days back from its value date in which an amount looks for a rate: the longest stretch without
one (Easter, Christmas, New Year) is five, and older rates are no longer those of the day."""


def visible(t: str) -> str:
    """Budgets are the partners' and the secretariat's business."""
    return inside(f"{t}.project")


def visible_in_project(t: str) -> str:
    """What is left to ask once the project itself is visible."""
    return among_partners(f"{t}.project")


def rate(currency: str, day: str) -> str:
    """Units of the currency for one euro on that day, or on the last day before it that has a
    rate, `RATE_DAYS` at most; null where there is none. In SQL, over SQL expressions."""
    return (
        f"(CASE WHEN {currency} = '{BASE}' THEN 1 ELSE"
        f" (SELECT x.rate FROM exchange_rate x WHERE x.currency = {currency}"
        f" AND x.rated_on <= {day} AND x.rated_on > {day} - {RATE_DAYS}"
        " ORDER BY x.rated_on DESC LIMIT 1) END)"
    )
