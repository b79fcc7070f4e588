"""Every mail, from the ledger to the relay: claimed in batches by lane, looked at again, written,
frozen and sent.

The functions need `connected(settings)` and `serving(settings)` around them.
"""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Any

from tracker import mail
from tracker.domain.actor import SYSTEM
from tracker.domain.answers import stuck
from tracker.domain.deliveries import ledger, relays
from tracker.domain.deliveries.claims import Claim, Verdict
from tracker.domain.deliveries.tables import LINKS, Delivery, DeliveryState, Lane
from tracker.domain.digests import queries
from tracker.domain.digests.actions import send_now
from tracker.domain.errors import NotFound
from tracker.domain.messages import say
from tracker.domain.sealing import Unreadable
from tracker.queue import enqueue
from tracker.settings import Settings
from tracker.workers import (
    hooks,
    sifting,
    stopping,
)
from tracker.workers.freezing import GoOn, written
from tracker.workers.kinds import end
from tracker.workers.sending import Sender

log = logging.getLogger(__name__)

BATCH = 200
"""Mails that one job claims, within its lease if all goes well."""


async def _stay() -> None:
    pass


async def sweep(context: dict[str, Any]) -> None:
    """Have what each lane holds sent."""
    for lane in Lane:
        await enqueue(context["redis"], "deliver", lane.value)


async def forget(_context: dict[str, Any]) -> None:
    """Let go of the bytes of mails that went out, or did not, long ago."""
    await relays.forget()
    await stuck.forget()
    gone = await ledger.forget()
    if gone:
        log.info("the bytes of %d mails let go", gone)


def turns() -> dict[str, asyncio.Lock]:
    """One for each lane: who has it takes the lane's next batch."""
    return {lane.value: asyncio.Lock() for lane in Lane}


async def deliver(context: dict[str, Any], lane: str) -> None:
    """Send a batch of what the lane has. Another job takes the next one while the last of this one
    is written, until nothing is left. A worker takes one batch of a lane after the other: behind a
    slow relay they would pile up, until nothing else has its turn."""
    turn: asyncio.Lock = context["turns"][lane]
    if turn.locked():
        return  # whoever has it goes on
    async with AsyncExitStack() as held:
        await held.enter_async_context(turn)

        async def go_on() -> None:
            await held.aclose()
            await enqueue(context["redis"], "deliver", lane)

        await deliver_batch(context["settings"], Lane(lane), go_on=go_on)


async def deliver_batch(
    settings: Settings, lane: Lane, only: Sequence[int] | None = None, go_on: GoOn = _stay
) -> int:
    """Claim a batch (of the deliveries in `only`, if given) and take each as far as it goes; once
    the next may be looked up, `go_on`. Returns how many were claimed."""
    if lane is Lane.HOOKS:
        posted = await hooks.post_batch(settings, BATCH, only)
        if posted:
            await go_on()
        return posted
    if settings.smtp_url is None:
        return 0
    claims = await ledger.claim(lane, BATCH, settings.delivery_lease_seconds, only)
    if not claims:
        return 0
    try:
        async with mail.relaying(settings) as among:
            await _delivered(settings, Sender(settings, among, sifting.stands), claims, go_on)
    finally:
        if stopping.told():
            await ledger.give_back(claims)
    return len(claims)


async def _delivered(
    settings: Settings, sender: Sender, claims: Sequence[Claim], go_on: GoOn
) -> None:
    if not await sender.reached():
        await ledger.put_back(claims, settings.sweep_seconds)
        await go_on()
        return
    async with sender.sending():
        left = await sifting.settled(settings, claims)
        left = await sifting.awake(await sifting.still_wanted(left))
        left = await sifting.within_rates(settings, left)
        left = await sifting.thawed(left)
        for claim in (each for each in left if each.message is not None):
            if (message := await _readable(claim)) is not None:
                await sender.put(claim, message)
        async for claim, message in written(settings, left, go_on):
            await sender.put(claim, message)


async def send_digest(settings: Settings, email: str) -> Delivery:
    """Owe the person a digest of the period so far, try to send it, and tell how it stands.

    Raises NotFound for an unknown address.
    """
    recipient = await queries.recipient_by_email(email)
    if recipient is None:
        raise NotFound(say("Nobody has the address {email}.", email=email[:80]))
    issue = await send_now(SYSTEM, recipient.person_id)
    if settings.smtp_url:
        await deliver_batch(settings, Lane.BULK, only=[issue.delivery])
    found = await Delivery.objects().get(Delivery.id == issue.delivery)
    assert found
    return found


async def _readable(claim: Claim) -> bytes | None:
    """The frozen bytes; where nobody can read them any more, the mail is written anew, unless it
    may have arrived, or is about a link that is lost with them."""
    try:
        return claim.frozen()
    except Unreadable:
        if claim.kind not in LINKS and not claim.doubtful:
            log.warning("delivery %d is written anew: its key is gone", claim.id)
            await sifting.let_go([claim])
            return None
        log.error("delivery %d is given up: its key is gone", claim.id)  # noqa: TRY400 - says all
        await end([Verdict(claim, "It was sealed with another key.")], DeliveryState.FAILED)
        return None
