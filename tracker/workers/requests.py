"""Requests that nobody answered in time."""

import logging
from typing import Any

from tracker.domain import clock
from tracker.domain.requests import actions

log = logging.getLogger(__name__)


async def expire(_context: dict[str, Any]) -> None:
    """Close the open requests whose deadline has passed."""
    expired = await actions.expire(clock.now())
    if expired:
        log.info("%d requests expired", expired)
