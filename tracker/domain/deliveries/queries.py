"""What workers and operators ask about all mails at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from tracker.domain import clock
from tracker.domain.database import fetch
from tracker.domain.deliveries.rules import ADDRESSED, awaited, first_before, rights_ended
from tracker.domain.deliveries.tables import OPEN, Delivery, DeliveryKind, DeliveryState, Lane

WRITING_MINUTES = 10
"""In which a mail is surely frozen, since it was read what it says, by all clocks."""


async def counts() -> dict[DeliveryState, int]:
    """How many mails stand in each state."""
    rows = await fetch("SELECT state, count(*) FROM delivery GROUP BY state")
    return {DeliveryState(row["state"]): row["count"] for row in rows}


async def unsettled() -> int:
    """How many mails still go on."""
    [row] = await fetch(f"SELECT count(*) FROM delivery WHERE state IN {OPEN}")  # noqa: S608
    number: int = row["count"]
    return number


async def waiting(lane: Lane) -> bool:
    """Whether a mail of the lane is due for a step, and held by nobody."""
    rows = await fetch(
        f"SELECT FROM delivery WHERE state IN {OPEN} AND lane = $1"
        " AND least(next_try_at, expires_at) <= now()"
        " AND (lease_until IS NULL OR lease_until <= now()) LIMIT 1",
        lane.value,
    )
    return bool(rows)


async def is_resent(first_id: int) -> bool:
    """Whether the mail is on its way once more. Holds it, so that of many who ask at once each sees
    what those before it did."""
    await fetch("SELECT FROM delivery WHERE id = $1 FOR UPDATE", first_id)
    rows = await fetch(
        f"SELECT FROM delivery WHERE resends = $1 AND state IN {OPEN} LIMIT 1",
        first_id,
    )
    return bool(rows)


async def outdated(worded: Mapping[int, int]) -> set[int]:
    """Those of the mails whose words were written before a role of their readers ended, or a
    delegation to them, or hardly after it: they may say what these see no longer; and those that
    are frozen for an address which is no longer their readers'. Each is given with the number of
    the mail whose words it says: its own, or that of the one that it says once more. What nobody
    knows when it was written counts as older."""
    rows = await fetch(_OUTDATED, list(worded.values()), WRITING_MINUTES, clock.now())
    old = {row["id"] for row in rows}
    return {number for number, words in worded.items() if words in old}


async def worded_at(number: int) -> datetime | None:
    """When the words of the mail were written that are kept for it to be sent once more; None where
    it would be written anew."""
    rows = await fetch(_WORDED_AT, number)
    read = rows and rows[0]["kind"] != DeliveryKind.ACCOUNT
    if not rows or (read and await outdated({number: number})):
        return None
    at: datetime = rows[0]["composed_at"]
    return at


@dataclass(frozen=True)
class Listed:
    """A mail, as an operator looks at it from a shell: `sending` as long as the relay's answer may
    still come. `message` is None where it carries a secret, is not yet written, or is no longer
    kept; `goes_after` is the mail before which this one has no turn, and until when, and for what,
    that one waits."""

    id: int
    kind: str
    state: str
    address: str
    created_at: datetime
    next_try_at: datetime
    waits_for: str | None
    sent_at: datetime | None
    relay: str | None
    message_id: str | None
    attempts: int
    doubts: int
    last_error: str | None
    answers: list[str]
    resends: int | None
    goes_after: int | None
    goes_after_until: datetime | None
    goes_after_waits_for: str | None
    message: bytes | None


async def listed(
    *,
    state: str = "",
    kind: str = "",
    address: str = "",
    number: int | None = None,
    most: int = 100,
    cancelled: bool = True,
) -> list[Listed]:
    """The newest mails that fit, each with its words where they are kept and no secret; "" and None
    fit all. Without `cancelled`, none that was called off."""
    rows = await fetch(_LISTED, state, kind, address, number, most, cancelled)
    return [Listed(**dict(row)) for row in rows]


# Of a digest, its copy has them.
_WORDED_AT = """SELECT d.kind, coalesce(i.composed_at, d.composed_at) AS composed_at
FROM delivery d LEFT JOIN digest_issue i ON i.delivery = d.id AND i.html IS NOT NULL
WHERE d.id = $1 AND (i.id IS NOT NULL OR (NOT d.sealed AND d.message IS NOT NULL))"""

_READ_AT = "w.at - make_interval(mins => $2::integer)"

# A digest that was never frozen has the words of a mail that said it later.
_OUTDATED = f"""
SELECT d.id FROM delivery d LEFT JOIN digest_issue i ON i.delivery = d.id
LEFT JOIN person p ON p.id = d.person
CROSS JOIN LATERAL (SELECT coalesce(d.composed_at, i.composed_at) AS at) w
WHERE d.id = ANY($1::int[])
  AND (w.at IS NULL OR {rights_ended("d.person", _READ_AT, "$3::timestamptz")}
    OR (d.state IN {OPEN} AND d.kind NOT IN {ADDRESSED} AND lower(d.address) <> p.email))
"""  # noqa: S608 - our own text

_SAID = f"CASE WHEN {awaited('d')} THEN 'sending' ELSE d.state END"

_LISTED = f"""
SELECT d.id, d.kind, {_SAID} AS state, coalesce(d.address, p.email) AS address, d.created_at,
    d.next_try_at, d.waits_for, d.sent_at, d.relay, d.message_id,
    d.attempts, d.doubts, d.last_error, d.answers, d.resends,
    o.id AS goes_after, o.next_try_at AS goes_after_until, o.waits_for AS goes_after_waits_for,
    CASE WHEN NOT d.sealed THEN d.message END AS message
FROM delivery d LEFT JOIN person p ON p.id = d.person
LEFT JOIN delivery o ON o.id = {first_before("d")}
WHERE ($1 = '' OR {_SAID} = $1) AND ($2 = '' OR d.kind = $2) AND ($4::int IS NULL OR d.id = $4)
  AND ($3 = '' OR lower($3) IN (lower(d.address), p.email))
  AND ($6::boolean OR d.state <> 'cancelled')
ORDER BY d.id DESC LIMIT $5
"""  # noqa: S608 - our own text


async def suppressing(mail: Delivery) -> int | None:
    """What keeps mails from the address that a mail like this one would go to today, if anything
    does."""
    rows = await fetch(
        "SELECT s.id FROM delivery d"  # noqa: S608 - our own text
        f" LEFT JOIN person p ON p.id = d.person AND d.kind NOT IN {ADDRESSED}"
        " JOIN suppression s ON s.address = lower(coalesce(p.email, d.address))"
        " AND s.lifted_at IS NULL WHERE d.id = $1 AND d.lane <> 'fast'",
        mail.id,
    )
    return rows[0]["id"] if rows else None


async def suppression_of(address: str) -> int | None:
    """What keeps mails from an address at present, if anything does."""
    rows = await fetch(
        "SELECT id FROM suppression WHERE address = lower($1) AND lifted_at IS NULL",
        address.strip(),
    )
    return rows[0]["id"] if rows else None


async def kept(numbers: Sequence[int]) -> dict[int, bytes]:
    """The bytes of those of the mails that are kept readable, by the mail's number."""
    rows = await fetch(
        "SELECT id, message FROM delivery WHERE id = ANY($1::int[]) AND NOT sealed"
        " AND message IS NOT NULL",
        list(numbers),
    )
    return {row["id"]: row["message"] for row in rows}
