"""Digests: owing those that fall due, and writing them, from one document each.

The functions need `connected(settings)` and `serving(settings)` around them.
"""

import logging
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from tracker import mail
from tracker.domain.actor import PUBLIC, Actor
from tracker.domain.database import database_now
from tracker.domain.deliveries.ledger import Claim
from tracker.domain.deliveries.tables import Lane
from tracker.domain.digests import actions, issues, queries
from tracker.domain.digests.issues import Issue, Written
from tracker.domain.digests.queries import Recipient
from tracker.domain.digests.rules import Period, is_silent, running_period
from tracker.domain.digests.tables import DigestKind
from tracker.domain.errors import NotFound
from tracker.domain.messages import say
from tracker.domain.people.queries import actor_by_email
from tracker.domain.roles import Permission
from tracker.graphql import execute
from tracker.graphql.waiting import asked
from tracker.locale import Reader
from tracker.mail import Mail
from tracker.queue import enqueue
from tracker.settings import Settings
from tracker.workers import content
from tracker.workers.composing import Composed, Maker, Withheld, one_by_one
from tracker.workers.parts import Window

log = logging.getLogger(__name__)


async def sweep(context: dict[str, Any]) -> None:
    """Owe what fell due, and have it sent."""
    made = await actions.sweep(await database_now())
    if made:
        log.info("%d digests fell due", len(made))
    await enqueue(context["redis"], "deliver", Lane.BULK.value)


async def preview(settings: Settings, email: str) -> Mail:
    """The digest of the period so far, as the person would get it now; nothing is kept.

    Raises NotFound for an unknown address.
    """
    recipient = await queries.recipient_by_email(email)
    if recipient is None:
        raise NotFound(say("Nobody has the address {email}.", email=email[:80]))
    period = running_period(*await queries.taking(recipient.person_id), await database_now())
    return await _write(settings, recipient, period)


async def _compose(settings: Settings, claims: Sequence[Claim]) -> Mapping[int, Composed]:
    """Write the digests of these deliveries."""
    of = await issues.issues(claims)

    async def write(claim: Claim) -> Mail:
        assert claim.person_id is not None
        recipient = Recipient(
            claim.person_id, claim.address, claim.name, claim.language, claim.time_zone
        )
        issue = of[claim.id]
        return await _write(settings, recipient, issue.period, issue)

    return await one_by_one(claims, write)


async def _keep(written: Sequence[tuple[Claim, Mail]]) -> None:
    await issues.keep([
        Written(claim.id, made.language, made.subject, made.html, made.text)
        for claim, made in written
    ])  # fmt: skip


MAKER = Maker(_compose, issues.unwanted, _keep)


async def _write(
    settings: Settings, recipient: Recipient, period: Period, issue: Issue | None = None
) -> Mail:
    """The mail, from what the recipient may see at this moment. Raises Withheld, also where there
    is nothing to say."""
    reader = Reader(recipient.language, recipient.time_zone)
    now = await database_now()
    window = Window(period.from_, period.to, now, reader)
    closing = issue is not None and issue.kind == DigestKind.CLOSING
    name = "closing" if closing else "digest"
    project_id = issue.project_id if issue else None
    context = await _read(name, recipient, window, project_id)
    if issue and is_silent(period, context.get("quiet", False), issue.received_at, now):
        raise Withheld("There was nothing to say, and the reader was told something lately.")
    context |= {
        "base_url": settings.base_url,
        "recipient": recipient.name,
        "period_from": period.from_,
        "period_to": period.to,
        "composed_at": now,
        "issue_id": issue.id if issue else None,
        "first": issue is not None and issue.received_at is None,
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


@cache
def _document(name: str) -> str:
    return (mail.TEMPLATES / "emails" / name / "content.graphql").read_text()
