"""Mails about signing in and about accounts: their rows carry what they say, encrypted."""

import asyncio
from collections.abc import Mapping, Sequence

from tracker.domain.deliveries.claims import Claim
from tracker.domain.deliveries.content import unpacked
from tracker.mail import Mail, render
from tracker.mail.addressing import contact_of
from tracker.settings import Settings
from tracker.workers.composing import Composed, Maker, one_by_one


async def compose(settings: Settings, claims: Sequence[Claim]) -> Mapping[int, Composed]:
    """The mails of these deliveries."""
    return await one_by_one(claims, lambda claim: _write(settings, claim))


MAKER = Maker(compose)


async def _write(settings: Settings, claim: Claim) -> Mail:
    told = unpacked(claim.told())
    context = {
        "recipient": told.name,
        "base_url": settings.base_url,
        "contact": contact_of(settings),
        **told.context,
    }
    return await asyncio.to_thread(
        render, told.template, told.language, context, time_zone=told.time_zone
    )
