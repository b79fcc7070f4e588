"""Whom documents mean that ask what waits for somebody: the portfolio's page, and the digests."""

from typing import Any

from tracker.domain.actor import Actor
from tracker.domain.roles import Permission

NO_CITY = [0]
"""The numbers of cities that stand for none."""


def asked(actor: Actor) -> dict[str, Any]:
    """Variables: the reader's cities by what they may do there, and the reader, as global ids; and
    whether they review proposals. Who has none has no city's: a list with an id in it asks the same
    statement as everybody's."""
    return {
        "mine": cities(actor.city_ids or NO_CITY),
        "judge": cities(actor.cities_with(Permission.JUDGE) or NO_CITY),
        "owner": cities(actor.cities_with(Permission.REPORT) or NO_CITY),
        "officer": actor.may(Permission.REVIEW),
        "me": [] if actor.person_id is None else [f"Person:{actor.person_id}"],
    }


def cities(numbers: list[int]) -> list[str]:
    """Global ids of cities."""
    return [f"City:{number}" for number in numbers]
