"""Mails are written and frozen, some at a time, before anything of them is sent."""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from tracker import mail
from tracker.domain.answers import replies
from tracker.domain.database import database_now, transaction
from tracker.domain.deliveries import ledger
from tracker.domain.deliveries.ledger import Claim, Frozen, Verdict
from tracker.domain.deliveries.tables import DeliveryKind, DeliveryState
from tracker.domain.preferences import links
from tracker.domain.sealing import Unreadable
from tracker.mail import Mail, Withheld
from tracker.mail.addressing import with_token
from tracker.settings import Settings
from tracker.workers import (
    again,
    stopping,
)
from tracker.workers.composing import Composed
from tracker.workers.kinds import MAKERS, by_kind, end, kind_of, origins_of, outdated, without

log = logging.getLogger(__name__)

CHUNK = 20
"""Mails that are written and frozen together: the first is sent while the next are written."""

AHEAD = 2
"""Chunks that are composed while others are frozen."""


async def written(
    settings: Settings, claims: Sequence[Claim]
) -> AsyncIterator[tuple[Claim, bytes]]:
    """What is not yet frozen, frozen, some at a time, while the next are composed."""
    chunks = [
        (kind, these[start : start + CHUNK])
        for kind, these in by_kind([each for each in claims if each.message is None], kind_of)
        for start in range(0, len(these), CHUNK)
    ]
    ahead = (asyncio.ensure_future(_composed(settings, *chunk)) for chunk in chunks)
    composing = deque(islice(ahead, AHEAD))
    try:
        for _, chunk in chunks:
            if stopping.told():
                return
            found = await composing.popleft()
            composing.extend(islice(ahead, 1))
            for each in await _frozen(settings, _drafts(settings, chunk, found)):
                yield each.claim, each.message
    finally:
        for task in composing:
            task.cancel()


async def _composed(
    settings: Settings, kind: DeliveryKind, claims: Sequence[Claim]
) -> Mapping[int, Composed]:
    old = {each.id for each in await outdated(claims)}
    found = await again.written_before(without(claims, old))
    new = [claim for claim in claims if claim.id not in found]
    made = await MAKERS[kind].compose(settings, origins_of(new))
    return found | {claim.id: made[claim.told_by] for claim in new}


@dataclass(frozen=True)
class _Draft:
    """A mail as it was composed, and its number; or why there is none."""

    claim: Claim
    mail: Composed
    message_id: str


def _drafts(
    settings: Settings, claims: Sequence[Claim], found: Mapping[int, Composed]
) -> list[_Draft]:
    return [
        _Draft(each, found[each.id], mail.new_message_id(settings, f"{_about(each)}.{each.id}"))
        for each in claims
    ]


async def _frozen(settings: Settings, drafts: Sequence[_Draft]) -> list[Frozen]:
    """Freeze what was composed, and end or postpone the rest. Of some that cannot be kept together,
    each is tried alone."""
    try:
        return await _freeze(settings, drafts)
    except Exception as error:
        if len(drafts) > 1:
            return [one for each in drafts for one in await _frozen(settings, [each])]
        log.exception("delivery %d cannot be kept", drafts[0].claim.id)
        await _postpone(settings, [Verdict(drafts[0].claim, repr(error))])
        return []


async def _freeze(settings: Settings, drafts: Sequence[_Draft]) -> list[Frozen]:
    at = await database_now()
    frozen, unwritten = await asyncio.to_thread(_messages, settings, drafts, at)
    await _unwritten(settings, unwritten)
    async with transaction():
        held = {each.id for each in await ledger.freeze([each for each, _ in frozen])}
        kept = [(each, made) for each, made in frozen if each.claim.id in held]
        for kind, these in by_kind(kept, lambda pair: pair[0].claim.kind):
            await MAKERS[kind].keep([
                (each.claim.origin(), made)
                for each, made in these
                if not isinstance(made, again.Again)
            ])  # fmt: skip
    return [each for each, _ in kept]


def _messages(
    settings: Settings, drafts: Sequence[_Draft], at: datetime
) -> tuple[list[tuple[Frozen, Mail]], list[tuple[Claim, Exception]]]:
    """The bytes of the mails, and why there are none of others."""
    frozen: list[tuple[Frozen, Mail]] = []
    unwritten: list[tuple[Claim, Exception]] = []
    for each in drafts:
        try:
            message = _message(settings, each, at)
        except Exception as error:  # noqa: BLE001 - told to the ledger, by its kind
            unwritten.append((each.claim, error))
        else:
            assert isinstance(each.mail, Mail)
            frozen.append((Frozen(each.claim, message, each.message_id), each.mail))
    return frozen, unwritten


def _message(settings: Settings, draft: _Draft, at: datetime) -> bytes:
    if isinstance(draft.mail, Exception):
        raise draft.mail
    to = (draft.claim.name, draft.claim.address)
    token = links.token(draft.claim.person_id, draft.claim.kind)
    leave = f"{settings.base_url}/unsubscribe/{token}" if token else ""
    answered = draft.claim.kind in replies.ANSWERED
    reply_to = None
    if settings.reply_address and answered:
        reply_to = with_token(settings.reply_address, replies.token_of(draft.claim.told_by))
    return mail.message(draft.mail, settings, to, draft.message_id, at, leave, reply_to)


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


def _about(claim: Claim) -> str:
    return claim.kind.value.replace("_", "-")
