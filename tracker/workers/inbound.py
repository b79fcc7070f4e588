"""Mail that comes in, fetched from its mailbox."""

import logging
from typing import Any

from tracker.inbound import takes_mail
from tracker.inbound.collecting import collect as collect_from
from tracker.mail.boxes import BoxAway

log = logging.getLogger(__name__)


async def collect(context: dict[str, Any]) -> None:
    """Take what has come in."""
    settings = context["settings"]
    if settings.inbound_box is None or not takes_mail(settings):
        return
    try:
        await collect_from(settings, settings.inbound_box)
    except BoxAway as error:
        log.warning("no mail comes in: %s", error)
