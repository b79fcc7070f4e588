"""How mails of each kind are made, and what steps that take many of them have in common."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import TypeVar

from tracker.domain.deliveries import ledger, queries
from tracker.domain.deliveries.claims import Claim, Verdict
from tracker.domain.deliveries.tables import DeliveryKind, DeliveryState
from tracker.workers import (
    accounts,
    decisions,
    digests,
    invitations,
    notices,
    reminders,
)
from tracker.workers.composing import Maker

Item = TypeVar("Item")

MAKERS: Mapping[DeliveryKind, Maker] = {
    DeliveryKind.DIGEST: digests.MAKER,
    DeliveryKind.MILESTONE: reminders.MAKER,
    DeliveryKind.REMINDER: reminders.MAKER,
    DeliveryKind.DECISION: decisions.MAKER,
    DeliveryKind.MENTION: notices.MAKER,
    DeliveryKind.NOTICE: notices.MAKER,
    DeliveryKind.INVITATION: invitations.MAKER,
    DeliveryKind.SIGN_IN: accounts.MAKER,
    DeliveryKind.ACCOUNT: accounts.MAKER,
}
"""How mails of each kind are made."""


async def end(verdicts: Sequence[Verdict], state: DeliveryState) -> None:
    """Let these mails end in that state."""
    if verdicts:
        await ledger.end(verdicts, state)


async def outdated(claims: Sequence[Claim]) -> list[Claim]:
    """Those whose words, or the words that they say once more, may not be for their readers now."""
    worded = {
        each.id: number
        for each in claims
        if MAKERS[each.kind].reads and (number := each.worded_by) is not None
    }
    old = await queries.outdated(worded) if worded else set()
    return [each for each in claims if each.id in old]


def origins_of(claims: Sequence[Claim]) -> list[Claim]:
    """The claims under the numbers that rows know them by."""
    return [each.origin() for each in claims]


def without(claims: Sequence[Claim], numbers: Collection[int]) -> list[Claim]:
    """The claims but for those."""
    return [each for each in claims if each.id not in numbers]


def by_kind(
    items: Iterable[Item], kind_of: Callable[[Item], DeliveryKind]
) -> list[tuple[DeliveryKind, list[Item]]]:
    """The items of each kind, in their order."""
    found: dict[DeliveryKind, list[Item]] = {}
    for each in items:
        found.setdefault(kind_of(each), []).append(each)
    return list(found.items())


def kind_of(claim: Claim) -> DeliveryKind:
    """What kind of mail it is."""
    return claim.kind
