"""Mails that carry links which answer for what they ask: made while the mails are written, kept as
these are frozen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tracker.domain.actor import Actor
from tracker.domain.answers import links
from tracker.domain.answers.links import NewLink
from tracker.domain.deliveries.claims import Claim
from tracker.domain.references import Reference
from tracker.domain.roles import Permission
from tracker.mail import Mail

Asked = tuple[Claim, Actor, Reference]
"""A mail, its reader, and what it asks of them."""

Links = Mapping[int, Mapping[Reference, NewLink]]
"""By the mail that carries them and what they answer for."""


@dataclass(frozen=True)
class Linked(Mail):
    """A mail with the links that it carries, to keep their hashes; with some, it is sealed."""

    links: Sequence[NewLink]


async def links_for(asked: Sequence[Asked]) -> Links:
    """A link for each, but where its reader needs more than a mailbox."""
    wanted = [(claim.own_id, reader, about) for claim, reader, about in asked]
    found: dict[int, dict[Reference, NewLink]] = {}
    for each in await links.links_for(wanted) if wanted else ():
        found.setdefault(each.delivery_id, {})[each.about] = each
    return found


def settles(actor: Actor, city_id: int, decision: Mapping[str, Any]) -> bool:
    """Whether the decision of this city's mayor, as the actor read it, is theirs to settle. What
    the secretariat settles is not answered from mails: its officers are at work here anyway."""
    return (
        decision["role"] == "MAYOR"
        and actor.acting(Permission.DECIDE, city_id) is not None
        and not (decision["kind"] != "ESCALATE" and decision["project"]["proposedByViewer"])
        and not decision["settledByViewerElsewhere"]
        and not decision["askedByViewer"]
    )


def deputises(actor: Actor, city_id: int, decision: Mapping[str, Any]) -> bool:
    """Whether the actor settles the decision of this city's mayor as their deputy."""
    acting = actor.acting(Permission.DECIDE, city_id)
    return decision["role"] == "MAYOR" and acting is not None and acting.on_behalf_of is not None


async def keep(written: Sequence[tuple[Claim, Mail]]) -> None:
    """Have the links count, all with one statement."""
    made = [each for _, mail in written if isinstance(mail, Linked) for each in mail.links]
    if made:
        await links.keep(made)
