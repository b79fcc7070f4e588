"""Every mail, from the ledger to the relay: claimed in batches by lane, looked at again, written,
frozen and sent.

The functions need `connected(settings)` and `serving(settings)` around them.
"""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar

from tracker import mail
from tracker.domain.actor import SYSTEM
from tracker.domain.answers import replies, stuck
from tracker.domain.database import database_now, transaction
from tracker.domain.deliveries import ledger, relays
from tracker.domain.deliveries.ledger import Claim, Frozen, Verdict
from tracker.domain.deliveries.quiet import QuietHours
from tracker.domain.deliveries.rules import LANES
from tracker.domain.deliveries.tables import Delivery, DeliveryKind, DeliveryState, Lane
from tracker.domain.digests import queries
from tracker.domain.digests.actions import send_now
from tracker.domain.errors import NotFound
from tracker.domain.messages import say
from tracker.domain.preferences import links
from tracker.domain.sealing import Unreadable
from tracker.mail import Doubt, Mail, Testimony, Withheld
from tracker.mail.addressing import with_token
from tracker.queue import enqueue
from tracker.settings import Settings
from tracker.workers import (
    accounts,
    again,
    decisions,
    digests,
    hooks,
    invitations,
    notices,
    reminders,
    stopping,
)
from tracker.workers.composing import Composed, Maker
from tracker.workers.sending import Sender, sender_of
from tracker.zones import known_zone

Item = TypeVar("Item")

log = logging.getLogger(__name__)

BATCH = 200
"""Mails that one job claims, within its lease if all goes well."""

CHUNK = 20
"""Mails that are written and frozen together: the first is sent while the next are written."""

UNTOLD = "The relay's answer was lost, and the journal or log that would know says nothing."

AHEAD = 2
"""Chunks that are composed while others are frozen."""

UNWANTED = "Its reader does without mails of this kind."

MAKERS: Mapping[DeliveryKind, Maker] = {
    DeliveryKind.DIGEST: digests.MAKER,
    DeliveryKind.MILESTONE: reminders.MAKER,
    DeliveryKind.REMINDER: reminders.MAKER,
    DeliveryKind.DECISION: decisions.MAKER,
    DeliveryKind.MENTION: notices.MAKER,
    DeliveryKind.NOTICE: notices.MAKER,
    DeliveryKind.INVITATION: invitations.MAKER,
    DeliveryKind.SIGN_IN: accounts.MAKER,
    DeliveryKind.ACCOUNT: accounts.MAKER,
}
"""How mails of each kind are made."""


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


async def deliver(context: dict[str, Any], lane: str) -> None:
    """Send a batch of what the lane has; the next job sends the next one, until nothing is left."""
    if await deliver_batch(context["settings"], Lane(lane)):
        await enqueue(context["redis"], "deliver", lane)


async def deliver_batch(settings: Settings, lane: Lane, only: Sequence[int] | None = None) -> int:
    """Claim a batch (of the deliveries in `only`, if given) and take each as far as it goes.
    Returns how many were claimed."""
    if lane is Lane.HOOKS:
        return await hooks.post_batch(settings, BATCH, only)
    if settings.smtp_url is None:
        return 0
    claims = await ledger.claim(lane, BATCH, settings.delivery_lease_seconds, only)
    if not claims:
        return 0
    try:
        async with mail.relaying(settings) as among:
            await _delivered(settings, Sender(settings, among), claims)
    finally:
        if stopping.told():
            await ledger.give_back(claims)
    return len(claims)


async def _delivered(settings: Settings, sender: Sender, claims: Sequence[Claim]) -> None:
    if not await sender.reached():
        await ledger.put_back(claims, settings.sweep_seconds)
        return
    async with sender.sending():
        left = await _settled(settings, claims)
        left = await _within_rates(settings, await _awake(await _still_wanted(left)))
        left = await _thawed(left)
        for claim in (each for each in left if each.message is not None):
            if (message := await _readable(claim)) is not None:
                sender.put(claim, message)
        async for claim, message in _written(settings, left):
            sender.put(claim, message)


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


async def _settled(settings: Settings, claims: Sequence[Claim]) -> list[Claim]:
    """Those that no witness has seen arrive; the others are sent. Where a witness says nothing now,
    the doubt stays, for as long as the mail is of any use."""
    doubts = [_doubt(settings, each) for each in claims if each.doubtful]
    words = await asyncio.to_thread(mail.witnessed, settings, doubts) if doubts else {}
    told = {each.id: words.get(each.message_id or "", Testimony.NOBODY) for each in claims}
    arrived = [each for each in claims if told[each.id] is Testimony.TAKEN]
    if arrived:
        await ledger.sent(arrived)
    left = [each for each in claims if told[each.id] is Testimony.SILENT and not each.expired]
    if left:
        log.warning("%d mails stay in doubt: their witness says nothing", len(left))
        await ledger.stay([Verdict(each, UNTOLD) for each in left], settings.sweep_seconds)
    return _without(claims, {each.id for each in (*arrived, *left)})


def _doubt(settings: Settings, claim: Claim) -> Doubt:
    since = claim.tried_at or claim.created_at
    return Doubt(claim.message_id or "", sender_of(settings, claim), since, claim.journalled)


async def _still_wanted(claims: Sequence[Claim]) -> list[Claim]:
    """Those that are of any use; the others end."""
    expired = {each.id: "It had expired." for each in claims if each.expired}
    suppressed = {each.id: "Its address gets no mail." for each in claims if each.suppressed}
    needless = {each.id: UNWANTED for each in claims if each.unwanted}
    left = _without(claims, {*expired, *suppressed, *needless})
    for kind, these in _by_kind(left, _kind):
        origins = await MAKERS[kind].needless(_origins(these))
        needless |= {c.id: origins[c.told_by] for c in these if c.told_by in origins}
    await _end(_verdicts(claims, needless | expired), DeliveryState.CANCELLED)
    await _end(_verdicts(claims, suppressed), DeliveryState.SUPPRESSED)
    return _without(left, needless)


async def _awake(claims: Sequence[Claim]) -> list[Claim]:
    """Those whose readers have no quiet hours at this moment; the others wait for their end."""
    now = await database_now()
    resting = [(each, over) for each in claims if (over := _quiet_until(each, now))]
    if resting:
        await ledger.rest(resting)
    return _without(claims, {each.id for each, _ in resting})


def _quiet_until(claim: Claim, now: datetime) -> datetime | None:
    hours = QuietHours(quiet_from=claim.quiet_from, quiet_until=claim.quiet_until)
    return hours.over_at(now, known_zone(claim.time_zone))


async def _within_rates(settings: Settings, claims: Sequence[Claim]) -> list[Claim]:
    """As many for each domain as may go in this minute; the others wait for the next."""
    rates = {each.domain: each.most for each in settings.mail_rates or ()}
    by_domain: dict[str, list[Claim]] = {}
    for each in claims:
        if rates and LANES[each.kind] is not Lane.FAST:
            by_domain.setdefault(each.address.rpartition("@")[2].lower(), []).append(each)
    most = {name: rates.get(name, rates.get("*", 0)) for name in by_domain}
    granted = await relays.grant(
        {name: len(these) for name, these in by_domain.items()},
        {name: number for name, number in most.items() if number},
    )
    waiting = [
        (each, granted[name].again_at)
        for name, these in by_domain.items()
        if name in granted
        for each in these[granted[name].mails :]
    ]
    if waiting:
        await ledger.rest(waiting)
    return _without(claims, {each.id for each, _ in waiting})


async def _thawed(claims: Sequence[Claim]) -> list[Claim]:
    """The claims, of which those are to be written anew that were written when their readers saw
    more, and surely not sent. What is in doubt stays as it is: it may have arrived."""
    frozen = [each for each in claims if each.message is not None and not each.doubtful]
    old = {each.id for each in await _outdated(frozen)}
    thawed = await ledger.thaw([each for each in frozen if each.id in old]) if old else []
    return [*_without(claims, old), *thawed]


async def _outdated(claims: Sequence[Claim]) -> list[Claim]:
    """Those whose words, or the words that they say once more, are not for their readers now."""
    return [
        each
        for kind, these in _by_kind(claims, _kind)
        if (old := await MAKERS[kind].outdated(_origins(these)))
        for each in these
        if each.told_by in old
    ]


async def _written(
    settings: Settings, claims: Sequence[Claim]
) -> AsyncIterator[tuple[Claim, bytes]]:
    """What is not yet frozen, frozen, some at a time, while the next are composed."""
    chunks = [
        (kind, these[start : start + CHUNK])
        for kind, these in _by_kind([each for each in claims if each.message is None], _kind)
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
    old = {each.id for each in await _outdated(claims)}
    found = await again.written_before(_without(claims, old))
    new = [claim for claim in claims if claim.id not in found]
    made = await MAKERS[kind].compose(settings, _origins(new))
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
        for kind, these in _by_kind(kept, lambda pair: pair[0].claim.kind):
            await MAKERS[kind].keep([
                (replace(each.claim, id=each.claim.told_by), made)
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
    await _end(
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
    await _end(impossible, DeliveryState.FAILED)
    other = [
        Verdict(each, repr(why))
        for each, why in problems
        if not isinstance(why, Withheld | ValueError | Unreadable)
    ]
    await _postpone(settings, other)


async def _postpone(settings: Settings, verdicts: Sequence[Verdict]) -> None:
    if verdicts:
        await ledger.postpone(verdicts, settings.sweep_seconds)


async def _end(verdicts: Sequence[Verdict], state: DeliveryState) -> None:
    if verdicts:
        await ledger.end(verdicts, state)


async def _readable(claim: Claim) -> bytes | None:
    """The frozen bytes; where nobody can read them any more, the mail is given up."""
    try:
        return claim.frozen()
    except Unreadable:
        log.error("delivery %d is given up: its key is gone", claim.id)  # noqa: TRY400 - says all
        await _end([Verdict(claim, "It was sealed with another key.")], DeliveryState.FAILED)
        return None


def _origins(claims: Sequence[Claim]) -> list[Claim]:
    """The claims under the numbers that rows know them by."""
    return [replace(each, id=each.told_by) for each in claims]


def _about(claim: Claim) -> str:
    return claim.kind.value.replace("_", "-")


def _verdicts(claims: Sequence[Claim], why: Mapping[int, str]) -> list[Verdict]:
    return [Verdict(each, why[each.id]) for each in claims if each.id in why]


def _without(claims: Sequence[Claim], numbers: Collection[int]) -> list[Claim]:
    return [each for each in claims if each.id not in numbers]


def _by_kind(
    items: Iterable[Item], kind_of: Callable[[Item], DeliveryKind]
) -> list[tuple[DeliveryKind, list[Item]]]:
    found: dict[DeliveryKind, list[Item]] = {}
    for each in items:
        found.setdefault(kind_of(each), []).append(each)
    return list(found.items())


def _kind(claim: Claim) -> DeliveryKind:
    return claim.kind
