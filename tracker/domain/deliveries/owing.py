"""Owing mails: a row for each, in the transaction of what it tells, so that there is none without
the other. Owed again, under the same key, it is the same mail."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tracker.domain import sealing
from tracker.domain.database import fetch
from tracker.domain.deliveries.rules import LANES
from tracker.domain.deliveries.tables import SECRET, DeliveryKind, DeliveryWait, Lane


@dataclass(frozen=True, kw_only=True)
class Mailing:
    """A mail that is to be sent: to a person, or to an address, or to a person at an address that
    is not (or no longer) theirs. `content` is what its rows do not tell; it is kept encrypted."""

    kind: DeliveryKind
    key: str
    person_id: int | None = None
    address: str | None = None
    content: str | None = None
    expires_at: datetime | None = None
    wait: timedelta = timedelta()
    """How long it is not to be sent yet."""
    waits_for: DeliveryWait | None = None
    """What for, if for a time of day."""


async def owe(mailings: Sequence[Mailing]) -> dict[tuple[int | None, str], int]:
    """Owe each mail that is not owed already. Returns the numbers of the new ones, by person and
    key."""
    rows = await fetch(
        _OWE,
        [each.person_id for each in mailings],
        [each.address for each in mailings],
        [each.kind.value for each in mailings],
        [LANES[each.kind].value for each in mailings],
        [each.key for each in mailings],
        [each.content and sealing.sealed(each.content, about(each.kind, each.key))
         for each in mailings],
        [each.kind in SECRET for each in mailings],
        [each.expires_at for each in mailings],
        [each.wait for each in mailings],
        [each.waits_for and each.waits_for.value for each in mailings],
    )  # fmt: skip
    if any(LANES[each.kind] is Lane.FAST for each in mailings):
        await fetch("SELECT pg_notify('tracker', '{}')")
    return {(row["person"], row["key"]): row["id"] for row in rows}


async def anew(mailings: Sequence[Mailing]) -> None:
    """Have those of the mails written anew that are owed already, or are sent once more, whoever
    holds them, but for what may have been accepted: in the transaction in which what they tell is
    changed."""
    await fetch(
        _ANEW,
        [each.person_id for each in mailings],
        [each.kind.value for each in mailings],
        [each.key for each in mailings],
    )


async def again(mailings: Sequence[Mailing]) -> None:
    """Owe those of the mails again, as if they had not been owed before, that were called off
    before anything was written that may have been accepted, and not sent once more since: in the
    transaction in which what they tell is changed."""
    await fetch(
        _AGAIN,
        [each.person_id for each in mailings],
        [each.kind.value for each in mailings],
        [each.key for each in mailings],
    )


def about(kind: DeliveryKind, key: str) -> str:
    """What a mail's secrets are sealed for."""
    return f"delivery {kind.value} {key}"


# Looked for first, because a conflict uses up a number of the sequence, each time; in two ways,
# because the index helps with either and not with both at once (IS NOT DISTINCT FROM).
_OWE = """
INSERT INTO delivery (person, address, kind, lane, key, content, sealed, expires_at,
                      created_at, next_try_at, waits_for)
SELECT o.person, o.address, o.kind, o.lane, o.key, o.content, o.sealed, o.expires_at, now(),
    now() + o.wait, o.waits_for
FROM unnest($1::int[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bool[],
            $8::timestamptz[], $9::interval[], $10::text[])
     AS o (person, address, kind, lane, key, content, sealed, expires_at, wait, waits_for)
WHERE NOT EXISTS (SELECT FROM delivery d
                  WHERE d.person = o.person AND d.kind = o.kind AND d.key = o.key)
  AND (o.person IS NOT NULL OR NOT EXISTS (
      SELECT FROM delivery d WHERE d.person IS NULL AND d.kind = o.kind AND d.key = o.key))
ON CONFLICT DO NOTHING
RETURNING id, person, key
"""

_ANEW = """
UPDATE delivery d SET state = 'due', message = NULL, message_id = NULL, next_try_at = now(),
    lease_until = NULL, lease_token = NULL
FROM unnest($1::int[], $2::text[], $3::text[]) AS o (person, kind, key)
JOIN delivery f ON f.person = o.person AND f.kind = o.kind AND f.key = o.key
WHERE (d.id = f.id OR d.resends = f.id)
  AND d.state IN ('due', 'ready', 'sending') AND d.doubts = 0
"""

_AGAIN = """
UPDATE delivery d SET state = 'due', created_at = now(), tried_at = NULL, next_try_at = now(),
    last_error = NULL
FROM unnest($1::int[], $2::text[], $3::text[]) AS o (person, kind, key)
WHERE d.person = o.person AND d.kind = o.kind AND d.key = o.key
  AND d.state = 'cancelled' AND d.message_id IS NULL
  AND NOT EXISTS (SELECT FROM delivery r WHERE r.resends = d.id AND r.state <> 'cancelled')
"""
