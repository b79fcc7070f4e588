"""What a plan costs, for whoever decides on it."""

from decimal import Decimal
from typing import Any

from tracker.domain.actor import Actor
from tracker.web.partners import inside

Data = dict[str, Any]

Sums = list[tuple[str, Decimal]]
"""Amounts by their currency, and without one the work in person-days."""


def budget_in_brief(project: Data, actor: Actor) -> list[tuple[Data, Sums]] | None:
    """What the budget lines that a page has read (decisions/plan.graphql) come to: of each city, in
    the order of its first line, currencies never mixed. None where the actor sees no budgets."""
    if not inside(project, actor):
        return None
    cities: dict[str, list[Data]] = {}
    for line in project["budgetLines"]["nodes"]:
        cities.setdefault(line["city"]["name"], []).append(line)
    return [(lines[0]["city"], _sums(lines)) for lines in cities.values()]


def _sums(lines: list[Data]) -> Sums:
    sums: dict[str, Decimal] = {}
    for line in lines:
        for unit, amount in ((line["currency"], line["amount"]), ("", line["personDays"])):
            if amount is not None:
                sums[unit] = sums.get(unit, Decimal(0)) + Decimal(str(amount))
    return sorted(sums.items(), key=lambda each: (not each[0], each[0]))
