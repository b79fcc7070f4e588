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
from tracker.domain.digests.hooks import Locked, Outdated, Post
from tracker.domain.messages import say
from tracker.outward import Unanswered, Unasked
from tracker.settings import Settings
from tracker.workers import stopping
from tracker.workers.alone import alone
from tracker.workers.kinds import end
from tracker.workers.sending import SETTLING
from tracker.workers.sifting import OUTDATED

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
    room = asyncio.Semaphore(AT_ONCE)
    latest = time.monotonic() + settings.delivery_lease_seconds

    async def one(claim: Claim) -> None:
        async with room:
            if not stopping.told() and time.monotonic() < latest:
                async with alone(claim, PAUSE_SECONDS):
                    if about := await _found(claim):
                        await _post(settings, claim, about)

    try:
        async with asyncio.TaskGroup() as tasks:
            for claim in claims:
                tasks.create_task(one(claim))
    finally:
        if stopping.told():
            await ledger.give_back(claims)
    return len(claims)


async def _found(claim: Claim) -> Post | None:
    """What there is to post, looked up when its turn has come. Else it is ended; or it waits, while
    its mail may be written anew."""
    found = await hooks.to_post(claim)
    if isinstance(found, Post):
        return found
    if isinstance(found, Locked):
        log.error("delivery %d is given up: the key of its channel is gone", claim.id)
        await end([Verdict(claim, hooks.LOCKED)], DeliveryState.FAILED)
        await hooks.failed(found.hook_id, hooks.LOCKED)
    elif isinstance(found, Outdated) and found.goes_on and not claim.doubtful:
        await ledger.put_back([claim], PAUSE_SECONDS)
    else:
        if not claim.doubtful:
            await ledger.thaw([claim])  # it may be owed again, once its digest is written anew
        why = OUTDATED if found and claim.doubtful else ENDED
        await end([Verdict(claim, why)], DeliveryState.CANCELLED)
    return None


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
