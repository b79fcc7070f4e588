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


def rated(currency: str, day: str) -> str:
    """A SELECT of the rate (units of the currency for one euro) and its source on that day, or on
    the last day before it that has one, `RATE_DAYS` back at most. Over SQL expressions."""
    return (
        f"SELECT x.rate, x.source FROM exchange_rate x WHERE x.currency = {currency}"
        f" AND x.rated_on <= {day} AND x.rated_on > {day} - {RATE_DAYS}"
        " ORDER BY x.rated_on DESC LIMIT 1"
    )


def converted(line: str, to: str, given: str, wanted: str) -> str:
    """The amount of the line in the currency `to`, exactly; null where a rate is missing. `given`
    and `wanted` are rows that `rated` found for the two currencies. In SQL, over aliases."""
    return (
        f"CASE WHEN {line}.currency = {to} THEN {line}.amount"
        f" ELSE {line}.amount * CASE WHEN {to} = '{BASE}' THEN 1 ELSE {wanted}.rate END"
        f" / CASE WHEN {line}.currency = '{BASE}' THEN 1 ELSE {given}.rate END END"
    )
