"""The end of a mail that came in and became no comment."""

import logging

from tracker.domain.answers.replies import take
from tracker.domain.answers.tables import Outcome

log = logging.getLogger(__name__)


async def ended(message: str, delivery_id: int | None, outcome: Outcome, why: str) -> Outcome:
    """Note what became of the mail, known by the hash `message`, about the delivery, and log why.
    Raises Again."""
    await take(message, delivery_id, outcome)
    number = delivery_id if delivery_id is not None else "-"
    log.warning("mail %s to delivery %s is %s: %s", message[:12], number, outcome, why)
    return outcome
