"""Writing a digest: one document, read as its reader, in their words.

The functions need `connected(settings)` and `serving(settings)` around them.
"""

from dataclasses import replace
from functools import cache
from typing import Any

from tracker import mail
from tracker.digests import content
from tracker.digests.parts import Window
from tracker.domain.actor import PUBLIC, Actor
from tracker.domain.database import database_now
from tracker.domain.digests import queries
from tracker.domain.digests.issues import Issue
from tracker.domain.digests.queries import Recipient
from tracker.domain.digests.rules import Period, is_silent, running_period
from tracker.domain.digests.tables import DigestKind
from tracker.domain.people.queries import actor_by_email
from tracker.domain.roles import Permission
from tracker.graphql import execute
from tracker.graphql.waiting import asked
from tracker.locale import Reader
from tracker.mail import Mail, Withheld
from tracker.settings import Settings


async def preview(settings: Settings, recipient: Recipient, actor: Actor | None = None) -> Mail:
    """The digest of the time since the last one, as the person would get it now; nothing is kept.
    On the web it is read as the `actor` of the session, who may see less than their mailbox."""
    period = running_period(*await queries.taking(recipient.person_id), await database_now())
    since = await queries.received_until(recipient.person_id)
    period = replace(period, from_=since or period.from_)
    return await write(settings, recipient, period, actor=actor)


async def write(
    settings: Settings,
    recipient: Recipient,
    period: Period,
    issue: Issue | None = None,
    actor: Actor | None = None,
) -> Mail:
    """The mail, from what the recipient (or `actor`, as whom they ask) may see at this moment.
    Raises Withheld, also where there is nothing to say."""
    actor = actor or await actor_by_email(recipient.email) or PUBLIC
    reader = Reader(recipient.language, recipient.time_zone)
    now = await database_now()
    window = Window(period.from_, period.to, now, reader)
    closing = issue is not None and issue.kind == DigestKind.CLOSING
    name = "closing" if closing else "digest"
    project_id = issue.project_id if issue else None
    context = await _read(name, actor, window, project_id)
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


async def _read(name: str, actor: Actor, window: Window, project_id: int | None) -> dict[str, Any]:
    """Execute the mail's document as its reader, and choose what to show."""
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
