"""Digests: composing them from one document each, and taking them through the ledger.

The functions need `connected(settings)` and `serving(settings)` around them.
"""

import asyncio
import logging
import time
from collections.abc import Sequence
from functools import cache
from typing import Any

from tracker import mail
from tracker.domain.actor import PUBLIC, SYSTEM, Actor
from tracker.domain.digests import actions, ledger, queries
from tracker.domain.digests.ledger import Claim, Frozen, LeaseLost
from tracker.domain.digests.queries import Recipient
from tracker.domain.digests.rules import Period, running_period
from tracker.domain.digests.tables import DigestIssue, DigestKind
from tracker.domain.errors import NotFound
from tracker.domain.messages import say
from tracker.domain.people.queries import actor_by_email
from tracker.domain.roles import Permission
from tracker.graphql import execute
from tracker.graphql.waiting import asked
from tracker.locale import Reader
from tracker.mail import Mail, Refused, Relay, Unanswered, Unreachable
from tracker.queue import enqueue
from tracker.settings import Settings
from tracker.workers import content
from tracker.workers.parts import Window

log = logging.getLogger(__name__)

BATCH = 20
"""Mails that one job sends over one connection, within its lease if all goes well."""

SETTLING = 1.5
"""Leases for which a doubtful mail is left alone: the dot is sent within one lease, and its
answer waited for half a lease (`mail.Relay`)."""


class Withheld(Exception):
    """The reader may no longer see what the digest is about."""


async def sweep(context: dict[str, Any]) -> None:
    """Owe what fell due, and have it sent."""
    made = await actions.sweep(await queries.database_now())
    if made:
        log.info("%d digests fell due", len(made))
    await enqueue(context["redis"], "deliver")


async def deliver(context: dict[str, Any]) -> None:
    """Send a batch of whatever is to be sent; the next job sends the next one."""
    if await deliver_batch(context["settings"]) == BATCH:
        await enqueue(context["redis"], "deliver")


async def preview(settings: Settings, email: str) -> Mail:
    """The digest of the period so far, as the person would get it now; nothing is kept.

    Raises NotFound for an unknown address.
    """
    recipient = await _recipient(email)
    now = await queries.database_now()
    period = running_period(*await queries.taking(recipient.person_id), now)
    return await _compose(settings, recipient, period)


async def send(settings: Settings, email: str) -> DigestIssue:
    """Owe the person a digest of the period so far, try to send it, and tell how it stands.

    Raises NotFound for an unknown address.
    """
    recipient = await _recipient(email)
    issue = await actions.send_now(SYSTEM, recipient.person_id)
    if settings.smtp_url:
        await deliver_batch(settings, only=[issue.id])
    await issue.refresh()
    return issue


async def deliver_batch(settings: Settings, only: Sequence[int] | None = None) -> int:
    """Claim a batch (of the issues in `only`, if given) and take each as far as it goes. Returns
    how many were claimed. Where the relay cannot be reached, the rest is put back untried."""
    lease = settings.delivery_lease_seconds
    relay = Relay(settings)
    claims = await ledger.claim(BATCH, lease, only)
    try:
        for position, claim in enumerate(claims):
            try:
                await _deliver(settings, relay, claim)
            except LeaseLost as error:
                log.warning("%s", error)
            except Unreachable as error:
                log.warning("the mail relay cannot be reached: %s", error)
                await _put_back(claims[position + 1 :], settings)
                break
    finally:
        relay.close()
    return len(claims)


async def _deliver(settings: Settings, relay: Relay, claim: Claim) -> None:
    """Take one issue to sent, failed, later or in doubt. Raises LeaseLost or Unreachable."""
    if claim.doubtful and claim.message_id and mail.witnessed(settings, claim.message_id):
        await ledger.sent(claim)
        return
    if not claim.wanted:
        await ledger.fail(claim, "The reader unsubscribed before it was sent.")
        return
    message = claim.message or await _freeze(settings, claim)
    if message is None:
        return
    await ledger.start(claim, settings.delivery_lease_seconds)
    try:
        await asyncio.to_thread(relay.begin, claim.email, message)
        await _finish(settings, relay, claim)
    except Unanswered as error:
        log.warning("digest %d is in doubt: %s", claim.id, error)
    except Refused as error:
        await _refused(settings, claim, error)
    except Unreachable as error:
        await ledger.postpone(claim, str(error), settings.sweep_seconds)
        raise


async def _finish(settings: Settings, relay: Relay, claim: Claim) -> None:
    """Commit the doubt, send the final dot, commit the answer. Whoever was asleep for a lease
    in between sends no dot: others may be at it by now."""
    lease = settings.delivery_lease_seconds
    latest = time.monotonic() + lease

    def dot() -> None:
        if time.monotonic() > latest:
            raise Unanswered("this worker was too slow")
        relay.finish()

    await ledger.doubt(claim, lease * SETTLING)
    await asyncio.to_thread(dot)
    await ledger.sent(claim)


async def _refused(settings: Settings, claim: Claim, error: Refused) -> None:
    if error.permanent:
        await ledger.fail(claim, str(error))
    else:
        await ledger.postpone(claim, str(error), settings.sweep_seconds)


async def _put_back(claims: Sequence[Claim], settings: Settings) -> None:
    for claim in claims:
        await ledger.put_back(claim, settings.sweep_seconds)


async def _freeze(settings: Settings, claim: Claim) -> bytes | None:
    """Compose the issue and keep it; None when that did not work, which the ledger then knows."""
    recipient = await queries.recipient(claim.person_id)
    message_id = mail.new_message_id(settings, f"digest.{claim.id}")
    period = Period("", claim.period_from, claim.period_to)
    try:
        made = await _compose(settings, recipient, period, claim)
        now = await queries.database_now()
        to = (recipient.name, recipient.email)
        message = mail.message(made, settings, to, message_id, now)
    except (Withheld, ValueError) as error:
        await ledger.fail(claim, f"It cannot be made: {error}")
        return None
    except Exception as error:
        log.exception("digest %d cannot be composed", claim.id)
        await ledger.postpone(claim, repr(error), settings.sweep_seconds)
        return None
    frozen = Frozen(made.language, made.subject, made.html, made.text, message, message_id)
    await ledger.freeze(claim, frozen)
    return message


async def _compose(
    settings: Settings, recipient: Recipient, period: Period, claim: Claim | None = None
) -> Mail:
    """The mail, from what the recipient may see at this moment. Raises Withheld."""
    reader = Reader(recipient.language, recipient.time_zone)
    now = await queries.database_now()
    window = Window(period.from_, period.to, now, reader)
    closing = claim is not None and claim.kind == DigestKind.CLOSING
    name = "closing" if closing else "digest"
    project_id = claim.project_id if claim else None
    context = await _read(name, recipient, window, project_id)
    context |= {
        "base_url": settings.base_url,
        "recipient": recipient.name,
        "period_from": period.from_,
        "period_to": period.to,
        "composed_at": now,
        "issue_id": claim.id if claim else None,
    }
    return mail.render(name, recipient.language, context, time_zone=recipient.time_zone)


async def _read(
    name: str, recipient: Recipient, window: Window, project_id: int | None
) -> dict[str, Any]:
    """Execute the mail's document as the recipient, and choose what to show."""
    actor = await actor_by_email(recipient.email) or PUBLIC
    if name == "closing":
        data = await execute(_document(name), {"project": f"Project:{project_id}"}, actor)
        if data["project"] is None:
            raise Withheld("the reader may no longer see the project")
        return content.closing(data, window)
    variables = {
        "from": window.from_.isoformat(),
        "to": window.to.isoformat(),
        "today": window.today.isoformat(),
        "secretariat": actor.secretariat,
        **asked(actor),
    }
    data = await execute(_document(name), variables, actor)
    return content.digest(data, window, _deciding(actor))


def _deciding(actor: Actor) -> dict[str, bool]:
    """The ids of the cities for which the reader decides, and whether as a mayor's deputy."""
    found = {city: actor.acting(Permission.DECIDE, city) for city in actor.city_ids}
    return {f"City:{city}": each.on_behalf_of is not None for city, each in found.items() if each}


async def _recipient(email: str) -> Recipient:
    recipient = await queries.recipient_by_email(email)
    if recipient is None:
        raise NotFound(say("Nobody has the address {email}.", email=email[:80]))
    return recipient


@cache
def _document(name: str) -> str:
    return (mail.TEMPLATES / "emails" / name / "content.graphql").read_text()
