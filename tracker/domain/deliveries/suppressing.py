"""What an administrator does about addresses that get no mail. Each with a reason, which stays in
the trail."""

from tracker.domain import clock
from tracker.domain.actor import Actor
from tracker.domain.audit import change, record_attempt
from tracker.domain.database import fetch, transaction
from tracker.domain.deliveries.operating import require_operator
from tracker.domain.deliveries.rules import suppression_visible
from tracker.domain.deliveries.tables import Suppression, SuppressionReason
from tracker.domain.messages import say
from tracker.domain.problems import Problems


async def add(actor: Actor, address: str, reason: str) -> Suppression:
    """Have no mail go to an address any more, because somebody asked for that; links that somebody
    asks for to sign in go there all the same.

    Raises Invalid for what is no address, or one that gets none as it is; Forbidden for all but
    administrators.
    """
    require_operator(actor)
    problems = Problems()
    address = problems.email("address", address)
    text = problems.text("reason", reason, required=True)
    problems.raise_any()
    async with transaction():
        made = await fetch(_ADD, address, SuppressionReason.ASKED.value, text)
        problems.unless(bool(made), "address", say("No mail goes to this address already."))
        problems.raise_any()
        row = await Suppression.objects().get(Suppression.id == made[0]["id"])
        assert row
        told = {"reason": row.reason, "detail": text}
        await record_attempt(actor, row, "add", told)  # the address is nothing for the trail
        return row


async def lift(actor: Actor, suppression_id: int, reason: str) -> Suppression:
    """Let mails go to an address again to which none went. What was not sent meanwhile is not made
    up for.

    Raises Invalid where it was lifted before; NotFound, or Forbidden for all but administrators.
    """
    problems = Problems()
    async with change(actor, Suppression, suppression_id, suppression_visible, "lift") as row:
        require_operator(actor)
        text = problems.text("reason", reason, required=True)
        problems.unless(
            row.lifted_at is None, "suppression_id", say("Mails go to this address again.")
        )
        problems.raise_any()
        row.lifted_at, row.lifted_by, row.lift_reason = clock.now(), actor.person_id, text
    return row


_ADD = """
INSERT INTO suppression (address, reason, detail, created_at) VALUES ($1, $2, $3, now())
ON CONFLICT DO NOTHING RETURNING id
"""
