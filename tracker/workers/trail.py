"""The chain over the audit trail."""

import logging
from typing import Any

from tracker.domain.events import chain

log = logging.getLogger(__name__)


async def seal(_context: dict[str, Any]) -> None:
    """Seal what has committed since."""
    await chain.seal()


async def say_head(_context: dict[str, Any]) -> None:
    """Write the chain's last seal into the log, which lies elsewhere than the trail: `tracker
    audit verify --heads` takes it."""
    head = await chain.head()
    if head is not None:
        log.info("head of the audit trail: %s", head)
