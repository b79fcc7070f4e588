"""Mails as a worker takes them up, for tests that want no worker."""

from tracker.domain.deliveries import ledger
from tracker.domain.deliveries.claims import Claim, Frozen, Try
from tracker.domain.deliveries.tables import Delivery, DeliveryKind, Lane
from tracker.domain.people import invitations
from tracker.domain.people.invitations import Letter


async def claims(*kinds: DeliveryKind, most: int = 100) -> list[Claim]:
    """Mails of these kinds that wait to be sent, of all if not said, held for a minute."""
    rows = await Delivery.select(Delivery.id).where(
        Delivery.kind.is_in(list(kinds or DeliveryKind))
    )
    numbers = [row["id"] for row in rows]
    held = [await ledger.claim(lane, most, 60, numbers) for lane in Lane]
    return [claim for each in held for claim in each]


async def send(held: list[Claim]) -> None:
    """Take mails to their end, without a relay."""
    await ledger.freeze([Frozen(each, b"mail", f"<{each.id}@example.org>") for each in held])
    await ledger.start([Try(each, "none") for each in held], 60)
    await ledger.doubt(held, 60)
    await ledger.sent(held)


async def invitation() -> Letter | None:
    """The next invitation that waits for its mail, mailed; None where none does."""
    held = await claims(DeliveryKind.INVITATION, most=1)
    written = await invitations.letters(held)
    await invitations.keep_links({number: each.secret for number, each in written.items()})
    await send(held)
    return next(iter(written.values()), None)
