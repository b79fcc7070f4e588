"""Which of the mails that were claimed are still to be sent, and now."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from tracker import mail
from tracker.domain.answers import links
from tracker.domain.database import database_now, transaction
from tracker.domain.deliveries import ledger, relays
from tracker.domain.deliveries.claims import Claim, Verdict
from tracker.domain.deliveries.quiet import QuietHours
from tracker.domain.deliveries.rules import GIVE_UP_DAYS, LANES, UNWANTED
from tracker.domain.deliveries.tables import DeliveryState, DeliveryWait, Lane
from tracker.domain.digests import issues
from tracker.domain.messages import say
from tracker.mail import Doubt, Testimony
from tracker.settings import Settings
from tracker.workers.kinds import MAKERS, by_kind, end, kind_of, origins_of, outdated, without
from tracker.workers.sending import sender_of
from tracker.zones import known_zone

log = logging.getLogger(__name__)

UNTOLD = say("The relay's answer was lost, and the journal or log that would know says nothing.")

UNANSWERED = say("Relays took it, never said so, and nobody knows: it may have arrived.")

OUTDATED = say("It may have arrived already, and may say what its reader no longer sees.")

EXPIRED = say("It had expired.")

SUPPRESSED = say("Its address gets no mail.")


async def settled(settings: Settings, claims: Sequence[Claim]) -> list[Claim]:
    """Those that no witness has seen arrive; the others are sent. Where a witness says nothing now,
    the doubt stays, for as long as the mail is of any use; where it says that the mail did not
    arrive, there is none any more; where nobody knows, it goes again, and is given up as others."""
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
    given_up = await _given_up([each for each in claims if told[each.id] is Testimony.NOBODY])
    return [
        replace(each, doubtful=each.doubtful and told[each.id] is not Testimony.ABSENT)
        for each in without(claims, {each.id for each in (*arrived, *left, *given_up)})
    ]


async def _given_up(claims: Sequence[Claim]) -> list[Claim]:
    """Those in doubt that were first tried too long ago, which are ended."""
    first = await database_now() - timedelta(days=GIVE_UP_DAYS)
    over = [each for each in claims if each.doubtful and each.tried_at and each.tried_at < first]
    if over:
        log.error("%d mails in doubt are given up", len(over))
        await end([Verdict(each, UNANSWERED) for each in over], DeliveryState.FAILED)
    return over


def _doubt(settings: Settings, claim: Claim) -> Doubt:
    since = claim.tried_at or claim.created_at
    return Doubt(claim.message_id or "", sender_of(settings, claim), since, claim.journalled)


async def still_wanted(claims: Sequence[Claim]) -> list[Claim]:
    """Those that are of any use; the others end."""
    expired = {each.id: EXPIRED for each in claims if each.expired}
    suppressed = {each.id: SUPPRESSED for each in claims if each.suppressed}
    needless: dict[int, str] = {each.id: UNWANTED for each in claims if each.unwanted}
    left = without(claims, {*expired, *suppressed, *needless})
    for kind, these in by_kind(left, kind_of):
        origins = await MAKERS[kind].needless(origins_of(these))
        needless |= {c.id: origins[c.told_by] for c in these if c.told_by in origins}
    await end(_verdicts(claims, needless | expired), DeliveryState.CANCELLED)
    await end(_verdicts(claims, suppressed), DeliveryState.SUPPRESSED)
    return without(left, needless)


async def awake(claims: Sequence[Claim]) -> list[Claim]:
    """Those whose readers have no quiet hours at this moment; the others wait for their end."""
    now = await database_now()
    resting = [(each, over) for each in claims if (over := _quiet_until(each, now))]
    if resting:
        await ledger.rest(resting, DeliveryWait.QUIET_HOURS)
    return without(claims, {each.id for each, _ in resting})


def _quiet_until(claim: Claim, now: datetime) -> datetime | None:
    hours = QuietHours(quiet_from=claim.quiet_from, quiet_until=claim.quiet_until)
    return hours.over_at(now, known_zone(claim.time_zone))


async def within_rates(settings: Settings, claims: Sequence[Claim]) -> list[Claim]:
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
    return without(claims, {each.id for each, _ in waiting})


async def thawed(claims: Sequence[Claim]) -> list[Claim]:
    """The claims, of which those are to be written anew that were written when their readers saw
    more, and surely not sent. What may have arrived ends instead: it cannot say anything else now,
    nor may it say that again."""
    old = await outdated([each for each in claims if each.message is not None])
    await end([Verdict(each, OUTDATED) for each in old if each.doubtful], DeliveryState.CANCELLED)
    anew = await still_wanted(await _thawed([each for each in old if not each.doubtful]))
    return [*without(claims, {each.id for each in old}), *anew]


async def _thawed(claims: Sequence[Claim]) -> list[Claim]:
    if not claims:
        return []
    async with transaction():
        thawed = await ledger.thaw(claims)
        await links.void([each.id for each in thawed])
        await issues.void([each.id for each in thawed])
    return thawed


async def stands(claim: Claim) -> bool:
    """Whether a mail that has waited long for its turn is still to be sent as it is. Otherwise it
    ends, rests, or is let go of to be written anew."""
    left = await awake(await still_wanted(await ledger.looked_at([claim])))
    left = await thawed(left)
    if anew := [each for each in left if each.message is None]:
        await ledger.put_back(anew, 0)
    return bool(left) and not anew


async def let_go(claims: Sequence[Claim]) -> None:
    """Have mails, none of which can have arrived, written anew by whoever claims them next."""
    await ledger.put_back(await _thawed(claims), 0)


def _verdicts(claims: Sequence[Claim], why: Mapping[int, str]) -> list[Verdict]:
    return [Verdict(each, why[each.id]) for each in claims if each.id in why]
