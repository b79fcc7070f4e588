"""What an administrator does to have a mail sent once more: with a reason, kept in the trail; and
what it would say."""

from dataclasses import dataclass
from datetime import datetime

from tracker.domain.actor import Actor
from tracker.domain.audit import load, record_attempt
from tracker.domain.database import database_now, transaction
from tracker.domain.deliveries import queries
from tracker.domain.deliveries.operating import require_operator
from tracker.domain.deliveries.rules import ERASED, visible
from tracker.domain.deliveries.tables import LINKS, OPEN, SECRET, Delivery, DeliveryKind
from tracker.domain.messages import Message, say
from tracker.domain.problems import Problems
from tracker.domain.resending.needless import needless


@dataclass(frozen=True)
class Prospect:
    """What a mail would say, were it sent once more: the words that were written at `worded_at`; by
    None, it is written anew, with what there is to tell then. Nothing, where it is `refused`, for
    all of these reasons; `suppression` is the number of what keeps mails from its address."""

    refused: list[Message]
    worded_at: datetime | None
    suppression: int | None


async def prospect(actor: Actor, delivery_id: int) -> Prospect:
    """What would become of the mail, as of now. Raises NotFound."""
    former, problems = await load(actor, Delivery, delivery_id, visible), Problems()
    await _check_sendable(former, problems)
    refused = [each for found in problems.fields.values() for each in found]
    return Prospect(
        refused,
        await queries.worded_at(former.resends or former.id),
        await queries.suppressing(former),
    )


async def resend(actor: Actor, delivery_id: int, reason: str) -> Delivery:
    """Owe the same reader a mail once more, as a new one that says what the former said: its words
    as far as they are kept, else what there is to tell today. What carried links that answer is
    written anew, with links of its own, but for a digest, which says what its copy says; those of
    the former one count no less.

    Raises Invalid for one that is still on its way, or being sent once more already, that was about
    a link, of which nothing is kept, whose address gets no mail, or that nobody needs any more;
    NotFound, or Forbidden for all but administrators.
    """
    problems = Problems()
    async with transaction():
        former = await load(actor, Delivery, delivery_id, visible)
        require_operator(actor)
        text = problems.text("reason", reason, required=True)
        await _check_sendable(former, problems)
        problems.raise_any()
        row = _once_more(former, await database_now())
        await row.save()
        await record_attempt(actor, row, "resend", {"resends": former.id, "reason": text})
        return row


def _once_more(former: Delivery, now: datetime) -> Delivery:
    """To the person's address of today, unless the mail was about another one."""
    own = former.person is not None and former.kind != DeliveryKind.ACCOUNT
    return Delivery(
        person=former.person,
        address=None if own else former.address,
        kind=former.kind,
        lane=former.lane,
        sealed=former.kind in SECRET,
        key=f"{former.key[:80]}:{now:%Y-%m-%dT%H:%M:%S.%fZ}",
        created_at=now,
        next_try_at=now,
        resends=former.resends or former.id,
    )


async def _check_sendable(former: Delivery, problems: Problems) -> None:
    where = "delivery_id"
    if former.state in OPEN:  # what else is to be said of it, its end will tell
        problems.add(where, say("This mail is still on its way; wait for its end."))
        return
    problems.unless(
        former.kind not in LINKS,
        where,
        say("Links are sent once: invite again, or have its reader ask for a new one."),
    )
    problems.unless(
        not await queries.is_resent(former.resends or former.id),
        where,
        say("This mail is being sent once more already; wait for the end of that."),
    )
    kept = former.kind != DeliveryKind.ACCOUNT or former.message is not None
    problems.unless(
        kept and not (former.address or "").endswith(ERASED),
        where,
        say("What this mail said is no longer kept."),
    )
    problems.unless(
        await queries.suppressing(former) is None,
        where,
        say("Nothing goes to its address; let mails go there again first."),
    )
    why = await needless(former)
    problems.unless(why is None, where, say("It would not be sent. {why}", why=why))
