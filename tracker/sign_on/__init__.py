"""Signing in at a city's own provider, by OpenID Connect: the talk with it. Whom it may bring in
is the domain's matter (`domain/people/sign_on.py`)."""

from tracker.outward import Unasked
from tracker.sign_on.flow import (
    AWAY_MINUTES,
    Lost,
    arrive,
    back_address,
    came_back,
    leave,
)
from tracker.sign_on.provider import Unusable, examine

__all__ = [
    "AWAY_MINUTES",
    "Lost",
    "Unasked",
    "Unusable",
    "arrive",
    "back_address",
    "came_back",
    "examine",
    "leave",
]
