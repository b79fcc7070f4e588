"""What a kind of mail must say of itself, so that the deliverer can write and send it."""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from tracker.domain.deliveries.claims import Claim
from tracker.mail import Mail, Withheld
from tracker.settings import Settings

log = logging.getLogger(__name__)

Composed = Mail | Exception
"""A mail, or why there is none: Withheld, ValueError for what can never be sent, or anything else
for what is tried again."""

Needless = Callable[[Sequence[Claim]], Awaitable[Mapping[int, str]]]
"""Claims -> the numbers of those that are wanted or needed no more, and why."""

Compose = Callable[[Settings, Sequence[Claim]], Awaitable[Mapping[int, Composed]]]
"""Claims -> by their numbers, what became of each, from what its reader may see at this moment."""

Keep = Callable[[Sequence[tuple[Claim, Mail]]], Awaitable[None]]
"""Keeps what was written beyond its bytes, in the transaction in which they are frozen."""


async def _none(_: Sequence[Claim]) -> Mapping[int, str]:
    return {}


async def _nothing(_: Sequence[tuple[Claim, Mail]]) -> None:
    pass


@dataclass(frozen=True)
class Maker:
    """How mails of one kind are made; `reads` says that they tell what was read with the rights of
    their readers, who may have others by now."""

    compose: Compose
    needless: Needless = _none
    keep: Keep = _nothing
    reads: bool = False


async def one_by_one(
    claims: Sequence[Claim], compose: Callable[[Claim], Awaitable[Mail]]
) -> Mapping[int, Composed]:
    """Mails that are written each by itself, and fail alone."""
    found: dict[int, Composed] = {}
    for claim in claims:
        try:
            found[claim.id] = await compose(claim)
        except Exception as error:  # noqa: BLE001 - one mail's own
            found[claim.id] = told(claim, error)
    return found


def told(claim: Claim, composed: Composed) -> Composed:
    """The same; the log is told of what should not happen."""
    if isinstance(composed, Exception) and not isinstance(composed, Withheld | ValueError):
        log.error("%s %d cannot be composed", claim.kind.value, claim.id, exc_info=composed)
    return composed
