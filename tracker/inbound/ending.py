"""The end of a mail that came in and became no comment."""

import logging

from tracker.domain.answers.replies import take
from tracker.domain.answers.tables import InboundOutcome
from tracker.domain.messages import say

log = logging.getLogger(__name__)

UNKNOWN = say("It bears no token of ours.")


async def ended(
    message: str, delivery_id: int | None, outcome: InboundOutcome, why: str
) -> InboundOutcome:
    """Note what became of the mail, known by the hash `message`, about the delivery, and why,
    which is logged too. Raises Again."""
    await take(message, delivery_id, outcome, why)
    number = delivery_id if delivery_id is not None else "-"
    log.warning("mail %s to delivery %s is %s: %s", message[:12], number, outcome, why)
    return outcome
