"""Digests: owing those that fall due, and writing them, from one document each.

The functions need `connected(settings)` and `serving(settings)` around them.
"""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from tracker.digests import writing
from tracker.digests.writing import Printed
from tracker.domain.database import database_now
from tracker.domain.deliveries.claims import Claim
from tracker.domain.deliveries.tables import Lane
from tracker.domain.digests import actions, hooks, issues, queries
from tracker.domain.digests.issues import Written
from tracker.domain.digests.queries import Recipient
from tracker.domain.errors import NotFound
from tracker.domain.messages import say
from tracker.mail import Mail
from tracker.queue import enqueue
from tracker.settings import Settings
from tracker.workers.composing import Composed, Maker, told

log = logging.getLogger(__name__)


async def sweep(context: dict[str, Any]) -> None:
    """Owe what fell due, and have it sent."""
    made = await actions.sweep(await database_now())
    if made:
        log.info("%d digests fell due", len(made))
    await enqueue(context["redis"], "deliver", Lane.BULK.value)


async def preview(settings: Settings, email: str) -> Mail:
    """The digest that the person with this address would get now; nothing is kept.

    Raises NotFound for an unknown address.
    """
    recipient = await queries.recipient_by_email(email)
    if recipient is None:
        raise NotFound(say("Nobody has the address {email}.", email=email[:80]))
    return await writing.preview(settings, recipient)


async def _compose(settings: Settings, claims: Sequence[Claim]) -> Mapping[int, Composed]:
    """Write the digests of these deliveries."""
    of = await issues.issues(claims)
    made = await writing.write_many(
        settings, [(_recipient(claim), of[claim.id]) for claim in claims]
    )
    return dict(zip((claim.id for claim in claims), map(told, claims, made), strict=True))


def _recipient(claim: Claim) -> Recipient:
    assert claim.person_id is not None
    return Recipient(claim.person_id, claim.address, claim.name, claim.language, claim.time_zone)


async def _keep(written: Sequence[tuple[Claim, Mail]]) -> None:
    await issues.keep([
        Written(
            claim.id, made.language, made.subject, made.html, made.text,
            made.sheet if isinstance(made, Printed) else None,
        )
        for claim, made in written
    ])  # fmt: skip
    await hooks.owe_posts([claim.id for claim, _ in written])


MAKER = Maker(_compose, issues.unwanted, _keep, reads=True)
