"""What an administrator does about a mail that is in doubt, with a reason that stays in the trail.
To have one sent once more, see `domain.resending`; about addresses, `suppressing`."""

from tracker.domain.actor import Actor
from tracker.domain.audit import change, note
from tracker.domain.database import database_now
from tracker.domain.deliveries import ledger
from tracker.domain.deliveries.rules import visible
from tracker.domain.deliveries.tables import Delivery, DeliveryState
from tracker.domain.errors import Forbidden
from tracker.domain.messages import say
from tracker.domain.problems import Problems
from tracker.domain.roles import Permission


async def release(actor: Actor, delivery_id: int, arrived: bool, reason: str) -> Delivery:
    """End the doubt about a mail whose relay never answered, by what somebody found out: it arrived
    and counts as sent, or it did not and goes out, to the byte as before.

    Raises Invalid for one that is not in doubt, or whose answer may still come; NotFound, or
    Forbidden for all but administrators.
    """
    problems = Problems()
    async with change(actor, Delivery, delivery_id, visible, "release") as row:
        require_operator(actor)
        text = problems.text("reason", reason, required=True)
        problems.unless(
            row.state == DeliveryState.IN_DOUBT,
            "delivery_id",
            say("This mail is not in doubt; look at it again."),
        )
        problems.unless(
            not row.lease_until or row.lease_until <= await database_now(),
            "delivery_id",
            say("The relay's answer may still come; look again in some minutes."),
        )
        problems.raise_any()
        await ledger.settle(row.id, arrived=arrived)
        await row.refresh()
        note(row, "reason", None, text)
        note(row, "state", DeliveryState.IN_DOUBT, row.state)
    return row


def require_operator(actor: Actor) -> None:
    """Raises Forbidden for all but administrators."""
    if not actor.may(Permission.OPERATE):
        raise Forbidden(say("Only the secretariat's administrator looks after mails on their way."))
