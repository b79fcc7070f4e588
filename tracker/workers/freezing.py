"""Mails are written and frozen, some at a time, before anything of them is sent."""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice

from tracker import mail
from tracker.domain.answers import replies
from tracker.domain.database import database_now, transaction
from tracker.domain.deliveries import ledger
from tracker.domain.deliveries.claims import Claim, Frozen, Verdict
from tracker.domain.deliveries.rules import LANES
from tracker.domain.deliveries.tables import DeliveryKind, DeliveryState, Lane
from tracker.domain.preferences import links
from tracker.domain.sealing import Unreadable
from tracker.mail import Mail, Withheld
from tracker.mail.addressing import with_token
from tracker.mail.aside import aside
from tracker.settings import Settings
from tracker.workers import again, stopping
from tracker.workers.answering import Linked
from tracker.workers.composing import Composed
from tracker.workers.kinds import MAKERS, by_kind, end, kind_of, origins_of, outdated, without

log = logging.getLogger(__name__)

CHUNK = 20
"""Mails that are written and frozen together: the first is sent while the next are written."""

AHEAD = 3
"""Chunks that are written while another one is frozen."""

MANY = 2 * AHEAD
"""Chunks of a batch that a slow relay holds up before the last are begun: what was written then is
more than may wait for it (`sending.WAITING_MOST`)."""

GoOn = Callable[[], Awaitable[None]]

Message = tuple[Frozen, Mail]
"""The bytes of a mail, and what they say."""


async def written(
    settings: Settings, claims: Sequence[Claim], go_on: GoOn
) -> AsyncIterator[tuple[Claim, bytes]]:
    """What is not yet frozen, frozen, some at a time, while the next are written. At the end, or of
    many when the last are begun, `go_on`: what others need is looked up while these are written."""
    chunks = [
        (kind, these[start : start + CHUNK])
        for kind, these in by_kind([each for each in claims if each.message is None], kind_of)
        for start in range(0, len(these), CHUNK)
    ]
    many, gone_on = len(chunks) >= MANY, False
    ahead = (asyncio.ensure_future(_chunk(settings, *chunk)) for chunk in chunks)
    writing = deque(islice(ahead, AHEAD))
    try:
        for left in range(len(chunks), 0, -1):
            if stopping.told():
                return
            if many and left == AHEAD:
                gone_on = await _gone_on(go_on)
            messages, unwritten = await writing.popleft()
            writing.extend(islice(ahead, 1))
            await _unwritten(settings, unwritten)
            for each in await _frozen(settings, messages):
                yield each.claim, each.message
        if not gone_on:
            await go_on()
    finally:
        for task in writing:
            task.cancel()


async def _gone_on(go_on: GoOn) -> bool:
    """Whether that could be done: what is left of this batch is written all the same."""
    try:
        await go_on()
    except Exception as error:  # noqa: BLE001 - tried again at the end, and raised then
        log.warning("the next batch waits for the end of this one: %s", error)
        return False
    return True


async def _chunk(
    settings: Settings, kind: DeliveryKind, claims: Sequence[Claim]
) -> tuple[list[Message], list[tuple[Claim, Exception]]]:
    """The mails of these claims, and why there are none of others."""
    at = await database_now()
    found = await _composed(settings, kind, claims)
    drafts = [(each, found[each.id]) for each in claims]
    make = aside if LANES[kind] is Lane.BULK else asyncio.to_thread  # nobody waits behind digests
    return await make(_messages, settings, drafts, at)


async def _composed(
    settings: Settings, kind: DeliveryKind, claims: Sequence[Claim]
) -> Mapping[int, Composed]:
    old = {each.id for each in await outdated(claims)}
    found = await again.written_before(settings, without(claims, old))
    new = [claim for claim in claims if claim.id not in found]
    made = await MAKERS[kind].compose(settings, origins_of(new))
    return found | {claim.id: made[claim.told_by] for claim in new}


def _messages(
    settings: Settings, drafts: Sequence[tuple[Claim, Composed]], at: datetime
) -> tuple[list[Message], list[tuple[Claim, Exception]]]:
    messages: list[Message] = []
    unwritten = [(claim, made) for claim, made in drafts if isinstance(made, Exception)]
    for claim, made in drafts:
        if not isinstance(made, Exception):
            try:
                messages.append((_message(settings, claim, made, at), made))
            except Exception as error:  # noqa: BLE001 - told to the ledger, by its kind
                unwritten.append((claim, error))
    return messages, unwritten


async def _frozen(settings: Settings, messages: Sequence[Message]) -> list[Frozen]:
    """Freeze them. Of some that cannot be kept together, each is tried alone."""
    try:
        return await _freeze(messages)
    except Exception as error:
        if len(messages) > 1:
            return [one for each in messages for one in await _frozen(settings, [each])]
        claim = messages[0][0].claim
        log.exception("delivery %d cannot be kept", claim.id)
        await _postpone(settings, [Verdict(claim, repr(error))])
        return []


async def _freeze(messages: Sequence[Message]) -> list[Frozen]:
    async with transaction():
        held = {each.id for each in await ledger.freeze([each for each, _ in messages])}
        kept = [(each, made) for each, made in messages if each.claim.id in held]
        for kind, these in by_kind(kept, lambda pair: pair[0].claim.kind):
            await MAKERS[kind].keep([
                (each.claim.origin(), made)
                for each, made in these
                if not isinstance(made, again.Again)
            ])  # fmt: skip
    return [each for each, _ in kept]


def _message(settings: Settings, claim: Claim, made: Mail, at: datetime) -> Frozen:
    token = links.token(claim.person_id, claim.kind)
    leave = f"{settings.base_url}/unsubscribe/{token}" if token else ""
    reply_to = settings.contact_address
    if settings.reply_address and claim.kind in replies.ANSWERED and made.takes_replies:
        reply_to = with_token(settings.reply_address, replies.token_of(claim.told_by))
    if isinstance(made, Linked) and made.links:
        claim = replace(claim, sealed=True)
    number = mail.new_message_id(settings, f"{claim.kind.value.replace('_', '-')}.{claim.id}")
    to = (claim.name, claim.address)
    return Frozen(claim, mail.message(made, settings, to, number, at, leave, reply_to), number)


async def _unwritten(settings: Settings, problems: Sequence[tuple[Claim, Exception]]) -> None:
    """What may not be seen is called off, what can never be sent is given up, and what went wrong
    otherwise is tried again."""
    await end(
        [Verdict(each, str(why)) for each, why in problems if isinstance(why, Withheld)],
        DeliveryState.CANCELLED,
    )
    impossible = [
        Verdict(each, f"It cannot be made: {why}")
        for each, why in problems
        if isinstance(why, ValueError | Unreadable)
    ]
    for each in impossible:
        log.error("delivery %d is given up: %s", each.claim.id, each.why)
    await end(impossible, DeliveryState.FAILED)
    other = [
        Verdict(each, repr(why))
        for each, why in problems
        if not isinstance(why, Withheld | ValueError | Unreadable)
    ]
    await _postpone(settings, other)


async def _postpone(settings: Settings, verdicts: Sequence[Verdict]) -> None:
    if verdicts:
        await ledger.postpone(verdicts, settings.sweep_seconds)
