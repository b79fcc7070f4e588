"""Idempotency keys whose time has passed."""

import logging
from typing import Any

from tracker.domain import clock
from tracker.domain.idempotency import actions

log = logging.getLogger(__name__)


async def forget(_context: dict[str, Any]) -> None:
    """Let go of them."""
    gone = await actions.forget(clock.now())
    if gone:
        log.info("%d idempotency keys let go", gone)
