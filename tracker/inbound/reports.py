"""What comes back to a mail's own address on its envelope, or to the bounce mailbox: reports that
it could not be delivered, or that its reader complained.

Only whoever had the mail knows the address, which bears its delivery's token; so nobody has mails
to somebody else stopped. It is always the mail's own address that gets no more, whatever a report
says about whom it was for.
"""

from collections.abc import Iterable
from email.message import EmailMessage

from tracker.domain.answers.tables import InboundOutcome
from tracker.domain.database import transaction
from tracker.domain.deliveries import bouncing, tokens
from tracker.domain.deliveries.tokens import Purpose
from tracker.inbound.ending import UNKNOWN, ended
from tracker.mail.addressing import is_same, token_in
from tracker.mail.reports import Fate, fates, feedback
from tracker.settings import Settings


async def receive(
    settings: Settings, mail: EmailMessage, message: str, recipients: Iterable[str]
) -> InboundOutcome:
    """Take a mail that is, or should be, a report; known by the hash `message`, for these
    recipients. Raises Again for one that was taken before."""
    told = feedback(mail)
    senders = [*recipients, *(told.senders if told else ())]
    delivery_id = delivery_of(settings, senders)
    if delivery_id is None:
        return await ended(message, None, InboundOutcome.FORGED, UNKNOWN)
    if told:
        if told.unwanted:
            return await _complained(message, delivery_id, told.kind)
        return await ended(message, delivery_id, InboundOutcome.IGNORED, f"feedback {told.kind}")
    found = [each for each in fates(mail) if not _is_the_journals(settings, each)]
    if not found:
        return await ended(
            message, delivery_id, InboundOutcome.IGNORED, "no report by the standards"
        )
    failures = [each for each in found if each.action == "failed"]
    if not failures:
        return await _taken(message, delivery_id, found[0].status)
    return await _bounced(message, delivery_id, max(failures, key=lambda each: each.no_mailbox))


def delivery_of(settings: Settings, addresses: Iterable[str]) -> int | None:
    """The mail that one of the addresses stands on the envelope of, if it was not made up."""
    for address in addresses:
        token = token_in(settings.bounce_address, address)
        if token and (found := tokens.delivery_of(Purpose.BOUNCE, token)):
            return found
    return None


def _is_the_journals(settings: Settings, fate: Fate) -> bool:
    return any(is_same(settings.journal_address, each) for each in fate.recipients)


async def _bounced(message: str, delivery_id: int, fate: Fate) -> InboundOutcome:
    """What the server says may name the address, so it is kept with the mail and not logged."""
    change = bouncing.bounced if fate.no_mailbox else bouncing.failed
    async with transaction():
        made = await ended(message, delivery_id, InboundOutcome.BOUNCED, fate.status)
        await change(delivery_id, str(fate))
    return made


async def _taken(message: str, delivery_id: int, status: str) -> InboundOutcome:
    """It is late, or has arrived, which is news where nobody knew whether it was taken."""
    async with transaction():
        made = await ended(message, delivery_id, InboundOutcome.IGNORED, status)
        await bouncing.taken(delivery_id)
    return made


async def _complained(message: str, delivery_id: int, kind: str) -> InboundOutcome:
    async with transaction():
        made = await ended(message, delivery_id, InboundOutcome.COMPLAINED, kind)
        await bouncing.complained(delivery_id, kind)
    return made
