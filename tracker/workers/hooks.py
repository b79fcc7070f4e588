"""Digests posted to channels: through the same ledger as mails, in a lane of their own.

A post is frozen before its first try and goes out byte for byte at each, under one number, by
which a receiver can tell that it had it before. What got no answer is in doubt and goes again;
there is no witness to ask. A channel is not hurried: what waits for it waits in order behind the
one that failed, whose pauses are the ledger's.

The functions need `connected(settings)` and `serving(settings)` around them.
"""

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import urlsplit

from tracker import mail
from tracker.digests.posting import send, written
from tracker.domain.deliveries import ledger
from tracker.domain.deliveries.claims import Claim, Frozen, Try, Verdict
from tracker.domain.deliveries.tables import DeliveryState, Lane
from tracker.domain.digests import hooks
from tracker.domain.digests.hooks import Locked, Post
from tracker.domain.messages import say
from tracker.outward import Unanswered, Unasked
from tracker.settings import Settings
from tracker.workers import stopping
from tracker.workers.alone import alone
from tracker.workers.kinds import end
from tracker.workers.sending import SETTLING

log = logging.getLogger(__name__)

AT_ONCE = 4
PAUSE_SECONDS = 60
"""After the first failure; twice as long after each further one."""

ENDED = say("Its channel has ended, or a role of its reader.")

GONE = (404, 410)
"""Whoever looks after the channel has taken the address away."""


async def post_batch(settings: Settings, most: int, only: Sequence[int] | None = None) -> int:
    """Claim a batch of posts and take each as far as it goes. Returns how many were claimed."""
    claims = await ledger.claim(Lane.HOOKS, most, settings.delivery_lease_seconds, only)
    if not claims:
        return 0
    found = await _found(claims)
    room = asyncio.Semaphore(AT_ONCE)
    latest = time.monotonic() + settings.delivery_lease_seconds

    async def one(claim: Claim) -> None:
        async with room:
            if not stopping.told() and time.monotonic() < latest:
                async with alone(claim, PAUSE_SECONDS):
                    await _post(settings, claim, found[claim.id])

    try:
        async with asyncio.TaskGroup() as tasks:
            for claim in claims:
                if claim.id in found:
                    tasks.create_task(one(claim))
    finally:
        if stopping.told():
            await ledger.give_back(claims)
    return len(claims)


async def _found(claims: Sequence[Claim]) -> dict[int, Post]:
    """What there is to post; the rest is ended."""
    found = await hooks.posts(claims)
    over = [each for each in claims if each.id not in found]
    await end([Verdict(each, ENDED) for each in over], DeliveryState.CANCELLED)
    locked = [each for each in claims if isinstance(found.get(each.id), Locked)]
    await end([Verdict(each, hooks.LOCKED) for each in locked], DeliveryState.FAILED)
    for each in locked:
        log.error("delivery %d is given up: the key of its channel is gone", each.id)
        await hooks.failed(found[each.id].hook_id, hooks.LOCKED)
    return {number: each for number, each in found.items() if isinstance(each, Post)}


async def _post(settings: Settings, claim: Claim, about: Post) -> None:
    frozen = await _frozen(settings, claim, about)
    if frozen is None:
        return
    lease = settings.delivery_lease_seconds
    held = await ledger.start([Try(frozen.claim, frozen.claim.address)], lease)
    held = held and await ledger.doubt(held, lease * SETTLING)
    if not held:
        return
    try:
        status, said = await send(settings, about.target, frozen.message_id, frozen.message)
    except Unanswered as error:
        log.warning("delivery %d is in doubt: %s", claim.id, error)
        await hooks.failed(about.target.hook_id, error.why)
    except Unasked as error:
        await _failed(claim, about, error.why)
    else:
        if 200 <= status < 300:
            await ledger.sent([claim])
            await hooks.worked(about.target.hook_id)
        else:
            await _failed(claim, about, f"{status} {said}".strip(), for_good=status in GONE)


async def _frozen(settings: Settings, claim: Claim, about: Post) -> Frozen | None:
    if claim.message is not None and claim.message_id is not None:
        return Frozen(claim, claim.message, claim.message_id)
    number = mail.new_message_id(settings, f"hook.{claim.id}").strip("<>")
    claim = replace(claim, address=urlsplit(about.target.address).hostname or "")
    made = Frozen(claim, written(settings, about), number)
    return made if await ledger.freeze([made]) else None


async def _failed(claim: Claim, about: Post, why: str, *, for_good: bool = False) -> None:
    log.warning("delivery %d is not posted: %s", claim.id, why)
    if await hooks.failed(about.target.hook_id, why, for_good=for_good):
        await ledger.end([Verdict(claim, why)], DeliveryState.FAILED)
    else:
        await ledger.postpone([Verdict(claim, why)], PAUSE_SECONDS)
