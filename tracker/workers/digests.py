"""Digests: owing those that fall due, and writing them, from one document each.

The functions need `connected(settings)` and `serving(settings)` around them.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tracker.digests import answering as places
from tracker.digests import writing
from tracker.digests.writing import Digest
from tracker.domain.answers.links import DECISION
from tracker.domain.database import database_now
from tracker.domain.deliveries.claims import Claim
from tracker.domain.deliveries.tables import Lane
from tracker.domain.digests import actions, hooks, issues, queries
from tracker.domain.digests.issues import Written
from tracker.domain.digests.queries import Recipient
from tracker.domain.errors import NotFound
from tracker.domain.messages import say
from tracker.domain.references import Reference
from tracker.mail import Mail
from tracker.queue import enqueue
from tracker.settings import Settings
from tracker.workers import answering
from tracker.workers.answering import Linked
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
    composed = dict(zip((claim.id for claim in claims), map(told, claims, made), strict=True))
    return composed | await _linked(claims, composed)


@dataclass(frozen=True)
class _Answering(Linked):
    """A digest whose mail answers for its decisions; what is kept of it, and shown elsewhere, is
    its copy, which leads to their pages."""

    copy: Digest


async def _linked(claims: Sequence[Claim], composed: Mapping[int, Composed]) -> dict[int, Composed]:
    """Those that ask for decisions, with links that answer, where their readers may have some."""
    asking = [(claim, made) for claim in claims if isinstance(made := composed[claim.id], Digest)]
    links = await answering.links_for(
        [
            (claim, made.reader, Reference(DECISION, number))
            for claim, made in asking
            for number in places.asked(made.written)
        ]
    )
    found: dict[int, Composed] = {}
    for claim, made in asking:
        if carried := links.get(claim.own_id):
            paths = {about.number: each.path for about, each in carried.items()}
            said = places.mail(made.written, paths)
            found[claim.id] = _Answering(
                said.language, said.subject, said.text, said.html, [*carried.values()], made,
                attached=made.attached,
            )  # fmt: skip
    return found


def _recipient(claim: Claim) -> Recipient:
    assert claim.person_id is not None
    return Recipient(claim.person_id, claim.address, claim.name, claim.language, claim.time_zone)


async def _keep(written: Sequence[tuple[Claim, Mail]]) -> None:
    copies = [(claim, _copy(made)) for claim, made in written]
    await issues.keep([
        Written(
            claim.id, copy.language, copy.subject, copy.html, copy.text, copy.sheet, copy.read_at
        )
        for claim, copy in copies
    ])  # fmt: skip
    await answering.keep(written)
    await hooks.owe_posts([claim.id for claim, _ in written])


def _copy(made: Mail) -> Digest:
    copy = made.copy if isinstance(made, _Answering) else made
    assert isinstance(copy, Digest)
    return copy


MAKER = Maker(_compose, issues.unwanted, _keep, reads=True)
