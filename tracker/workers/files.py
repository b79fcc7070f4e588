"""The store of evidence files."""

import logging
from typing import Any

from tracker import storage

log = logging.getLogger(__name__)


async def tidy(context: dict[str, Any]) -> None:
    """Remove files that nothing refers to."""
    removed = await storage.tidy(context["settings"])
    if removed:
        log.info("removed %d files that belong to no evidence", removed)
