"""The chain over the audit trail."""

import logging
from typing import Any

from tracker.domain.events import chain
from tracker.settings import Settings
from tracker.workers import following

log = logging.getLogger(__name__)

GATHER_SECONDS = 0.5
"""What is written within this time is sealed at once."""


async def seal(_context: dict[str, Any]) -> None:
    """Seal what has committed since."""
    await chain.seal()


async def follow(settings: Settings) -> None:
    """Seal soon after each commit that a running server tells of, until cancelled. What cannot be
    sealed yet is left to the timetable, too."""
    await following.follow(settings, "the audit trail", chain.seal, GATHER_SECONDS)


async def say_head(_context: dict[str, Any]) -> None:
    """Write the chain's last seal into the log, which lies elsewhere than the trail: `tracker
    audit verify --heads` takes it."""
    head = await chain.head()
    if head is not None:
        log.info("head of the audit trail: %s", head)
