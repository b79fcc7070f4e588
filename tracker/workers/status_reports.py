"""Status reports on periods that are over."""

import logging
from typing import Any

from tracker.domain.status_reports import drafting

log = logging.getLogger(__name__)


async def draft(_context: dict[str, Any]) -> None:
    """Draft those that cities owe."""
    made = await drafting.draft_reports()
    if made:
        log.info("%d status reports drafted", len(made))
