"""Mails to people who are invited."""

import asyncio
import logging
from typing import Any

from tracker import mail
from tracker.domain.people import invitations
from tracker.domain.people.invitations import Letter
from tracker.mail import Mail, Refused, Unanswered, Unreachable, render
from tracker.settings import Settings

log = logging.getLogger(__name__)

BATCH = 20
"""Mails of one run; the rest waits for the next one."""


async def send(context: dict[str, Any]) -> None:
    """Send the mails that wait. A relay that is away is tried again with the next run."""
    for _ in range(BATCH):
        letter = await invitations.claim()
        if letter is None or not await _sent(context["settings"], letter):
            return


async def _sent(settings: Settings, letter: Letter) -> bool:
    """Whether the relay can be talked to; what it says of this mail is kept with it."""
    try:
        await mail.send(
            settings, ("", letter.offer.email), await _mail(settings, letter), about="invitation"
        )
    except Unreachable as error:
        log.warning("invitations wait for the mail relay: %s", error)
        await invitations.failed(letter, "", again=True)
        return False
    except Refused as error:
        await invitations.failed(letter, str(error), again=not error.permanent)
        return error.permanent
    except ValueError as error:
        await invitations.failed(letter, str(error), again=False)
    except Unanswered as error:
        # It may have arrived, and its link counts. Whoever invited can send another.
        log.warning("whether an invitation was accepted by the relay is unknown: %s", error)
    return True


async def _mail(settings: Settings, letter: Letter) -> Mail:
    offer = letter.offer
    told = {
        "recipient": offer.person.name if offer.person else "",
        "inviter": offer.invited_by,
        "role": offer.role.name,
        "city": offer.city.name if offer.city else "",
        "link": f"{settings.base_url}/invitation/{letter.secret}",
        "expires_at": offer.expires_at,
    }
    zone = offer.person.time_zone if offer.person else offer.city.time_zone if offer.city else "UTC"
    return await asyncio.to_thread(render, "invitation", offer.language, told, time_zone=zone)
