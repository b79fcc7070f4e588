"""Mails to people who are invited."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tracker.domain.cities.names import told_of
from tracker.domain.deliveries.claims import Claim
from tracker.domain.people import invitations
from tracker.domain.people.invitations import Letter
from tracker.mail import Mail, render
from tracker.settings import Settings
from tracker.workers.composing import Composed, Maker, one_by_one


@dataclass(frozen=True)
class Linked(Mail):
    """A mail with the secret of its link, to keep its hash."""

    secret: str


async def compose(settings: Settings, claims: Sequence[Claim]) -> Mapping[int, Composed]:
    """The mails of these deliveries, each with a new link."""
    of = await invitations.letters(claims)
    return await one_by_one(claims, lambda claim: _write(settings, of[claim.id]))


async def keep(written: Sequence[tuple[Claim, Mail]]) -> None:
    """Have the links count."""
    await invitations.keep_links(
        {claim.id: made.secret for claim, made in written if isinstance(made, Linked)}
    )


MAKER = Maker(compose, invitations.needless, keep)


async def _write(settings: Settings, letter: Letter) -> Mail:
    offer = letter.offer
    told = {
        "recipient": offer.person.name if offer.person else "",
        "inviter": offer.invited_by,
        "role": offer.role.name,
        "city": told_of(offer.city) if offer.city else None,
        "link": f"{settings.base_url}/invitation/{letter.secret}",
        "expires_at": offer.expires_at,
    }
    zone = offer.person.time_zone if offer.person else offer.city.time_zone if offer.city else "UTC"
    made = await asyncio.to_thread(render, "invitation", offer.language, told, time_zone=zone)
    return Linked(made.language, made.subject, made.text, made.html, letter.secret)
