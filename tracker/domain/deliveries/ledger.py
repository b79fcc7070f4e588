"""The ledger of mails: how one gets from due to sent, once, through crashes.

    due ─freeze→ ready ─start→ sending ─doubt→ in_doubt ─sent→ sent
      ↖────────────┴─── postpone ───┴──────────────┘ └──end, bounce→ failed, bounced, …

A worker claims mails under a lease and a fencing token each; every later step carries the tokens
and passes over mails that somebody else has claimed since. Only the database's clock counts. Until
`doubt` is committed nothing can have been accepted by the relay; from then on only a definite
answer, the relay's or a witness's, ends the doubt. Every step is one statement for any number of
mails, committed at once: it must outlive the worker. It returns the claims that are still held.
What comes back after a mail was sent, `bouncing` has.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from tracker.domain.database import fetch
from tracker.domain.deliveries.claims import Claim, Frozen, Try, Verdict
from tracker.domain.deliveries.rules import (
    ADDRESSED,
    BACKOFF_MOST_SECONDS,
    GIVE_UP_DAYS,
    GIVE_UP_ERRORS,
    KEPT_DAYS,
    goes_before,
    keeps_order,
)
from tracker.domain.deliveries.tables import OPEN, DeliveryKind, DeliveryState, DeliveryWait, Lane

_CHANGING = """coalesce(d.address, p.email) AS address,
    coalesce(d.expires_at <= now(), false) AS expired,
    d.lane <> 'fast' AND EXISTS (
        SELECT FROM suppression s WHERE s.address = lower(coalesce(d.address, p.email))
          AND s.lifted_at IS NULL) AS suppressed,
    coalesce(d.kind = ANY(p.unwanted_mails), false) AS unwanted,
    CASE WHEN d.lane <> 'fast' THEN p.quiet_from END AS quiet_from,
    CASE WHEN d.lane <> 'fast' THEN p.quiet_until END AS quiet_until
"""

# An older mail of the same kind goes first, or waits together with this one.
_CLAIM = f"""
WITH free AS (
    SELECT d.id, d.person FROM delivery d
    WHERE d.state IN {OPEN} AND d.lane = $1 AND least(d.next_try_at, d.expires_at) <= now()
      AND (d.lease_until IS NULL OR d.lease_until <= now())
      AND ($2::int[] IS NULL OR d.id = ANY($2))
      AND (NOT {keeps_order("d")}
           OR NOT EXISTS (SELECT FROM delivery o WHERE {goes_before("o", "d")}))
    ORDER BY least(d.next_try_at, d.expires_at), d.id LIMIT $3
    FOR UPDATE OF d SKIP LOCKED
)
UPDATE delivery d
SET waits_for = NULL, lease_token = gen_random_uuid(),
    lease_until = now() + make_interval(secs => $4)
FROM free LEFT JOIN person p ON p.id = free.person
WHERE d.id = free.id
RETURNING d.id, d.lease_token AS token, d.kind, d.key, d.person AS person_id,
    coalesce(p.name, '') AS name,
    coalesce(p.language, 'en') AS language, coalesce(p.time_zone, 'UTC') AS time_zone,
    d.created_at, d.content, d.message, d.message_id, d.sealed, d.tried_at, d.journalled,
    d.state = 'in_doubt' OR d.doubts > 0 AS doubtful,
    d.resends, {_CHANGING}
"""  # noqa: S608 - constants


async def claim(
    lane: Lane, most: int, lease_seconds: float, only: Sequence[int] | None = None
) -> list[Claim]:
    """Take up to `most` mails of the lane that are due for a step and held by nobody, for
    `lease_seconds`; of those numbered in `only`, if given."""
    ids = None if only is None else list(only)
    rows = await fetch(_CLAIM, lane.value, ids, most, float(lease_seconds))
    found = sorted(rows, key=lambda row: row["id"])
    return [Claim(**dict(row) | {"kind": DeliveryKind(row["kind"])}) for row in found]


async def looked_at(claims: Sequence[Claim]) -> list[Claim]:
    """Those that are still held, with what may have changed about their readers meanwhile."""
    rows = {row["id"]: dict(row) for row in await fetch(_LOOK, *_keys(claims))}
    return [replace(each, **rows[each.id]) for each in claims if each.id in rows]


async def freeze(mails: Sequence[Frozen]) -> list[Claim]:
    """Keep what was composed, and for which address, before the first try to send it; encrypted
    where its claim is `sealed`, as one becomes that carries a link."""
    return await _step(
        [each.claim for each in mails],
        "state = 'ready', composed_at = now(), content = NULL,"
        " address = c.a, message = c.b::bytea, message_id = c.c, sealed = c.d",
        columns=(
            [each.claim.address for each in mails],
            [each.kept() for each in mails],
            [each.message_id for each in mails],
            [each.claim.sealed for each in mails],
        ),
        types=("text", "bytea", "text", "bool"),
    )


async def thaw(claims: Sequence[Claim]) -> list[Claim]:
    """Have mails written anew, of which nothing can have been accepted, so that no doubt is left:
    to the address of today, but for kinds that are owed with one. Returns them as they are now."""
    held = await _step(
        claims,
        "state = 'due', message = NULL, message_id = NULL, journalled = false, doubts = 0,"
        f" address = CASE WHEN person IS NULL OR kind IN {ADDRESSED} THEN address END",
    )
    return [
        replace(each, message=None, message_id=None, journalled=False, doubtful=False)
        for each in await looked_at(held)
    ]


async def start(tries: Sequence[Try], lease_seconds: float) -> list[Claim]:
    """Begin these tries, with a fresh lease. From here to `doubt`, a crash means surely not sent.
    A try from doubt is counted: the reader may get the same mail twice."""
    return await _step(
        [each.claim for each in tries],
        "state = 'sending', attempts = attempts + 1, tried_at = coalesce(tried_at, now()),"
        " doubts = doubts + (state = 'in_doubt')::int, relay = c.a,"
        " lease_until = now() + make_interval(secs => $3)",
        float(lease_seconds),
        columns=([each.relay for each in tries],),
        types=("text",),
    )


async def doubt(
    claims: Sequence[Claim], settling_seconds: float, journal_seconds: float = 0
) -> list[Claim]:
    """Say, before the mails' final dots, that they may be accepted from now on, `journalled` ones
    with a copy. Nobody takes one up while a relay could still be at work on it, or a copy on its
    way; and the more often it went again, the later: a relay that takes mails and never says so is
    no reason to send one every few minutes."""
    return await _step(
        claims,
        "state = 'in_doubt', journalled = c.a,"
        " lease_until = now() + make_interval(secs => CASE WHEN c.a THEN $4::float8 ELSE $3 END"
        f" + least({BACKOFF_MOST_SECONDS},"
        " $3 * (power(2, greatest(least(doubts, 30) - 1, 0)) - 1)))",
        float(settling_seconds),
        max(float(settling_seconds), float(journal_seconds)),
        columns=([each.journalled for each in claims],),
        types=("bool",),
    )


async def sent(claims: Sequence[Claim]) -> list[Claim]:
    """The relay, or the witness, has them."""
    return await _step(
        claims, f"state = 'sent', sent_at = now(), last_error = NULL, {WIPE}, {LET_GO}"
    )


async def postpone(
    verdicts: Sequence[Verdict], first_seconds: float, *, keep_doubts: bool = False
) -> list[Claim]:
    """Surely not sent; try again after `first_seconds`, twice as long each time up to six hours,
    give or take a fifth, and give up five days after the first try, or after as many errors as
    there are in five days where none came to a try. Whoever does not know that it was not sent
    keeps doubts: what is in doubt is passed over."""
    over = (
        f"CASE WHEN tried_at IS NULL THEN attempts >= {GIVE_UP_ERRORS}"
        f" ELSE now() > tried_at + interval '{GIVE_UP_DAYS} days' END"
    )
    return await _step(
        [each.claim for each in verdicts],
        f"state = CASE WHEN {over} THEN 'failed' WHEN message IS NULL THEN 'due' ELSE 'ready' END,"
        f" content = CASE WHEN NOT {over} THEN content END,"
        f" message = CASE WHEN NOT sealed OR NOT {over} THEN message END,"
        " attempts = attempts + (message IS NULL OR tried_at IS NULL)::int,"
        " next_try_at = now() + make_interval(secs => (0.8 + 0.4 * random())"
        f" * least({BACKOFF_MOST_SECONDS}, $3 * power(2, greatest(least(attempts, 30) - 1, 0)))),"
        f" last_error = c.a, {ANSWER}, {LET_GO}",
        float(first_seconds),
        columns=([each.told for each in verdicts],),
        types=("text",),
        where="d.state <> 'in_doubt'" if keep_doubts else "",
    )


async def put_back(claims: Sequence[Claim], seconds: float) -> list[Claim]:
    """Give up claims on which nothing was tried; what was in doubt stays so."""
    return await _step(
        claims,
        f"next_try_at = now() + make_interval(secs => $3), {LET_GO}",
        float(seconds),
    )


async def give_back(claims: Sequence[Claim]) -> None:
    """Let go of what is still held and not in doubt, for others to take up at once, because this
    worker stops. A doubt keeps its lease: the relay may be at work on it."""
    await fetch(_GIVE_BACK, *_keys(claims))


async def stay(verdicts: Sequence[Verdict], seconds: float) -> list[Claim]:
    """Leave doubts as they are, because whoever could end them says nothing, and say why."""
    return await _step(
        [each.claim for each in verdicts],
        f"next_try_at = now() + make_interval(secs => $3), last_error = c.a, {LET_GO}",
        float(seconds),
        columns=([each.told for each in verdicts],),
        types=("text",),
    )


async def rest(
    until: Sequence[tuple[Claim, datetime]], waits_for: DeliveryWait | None = None
) -> list[Claim]:
    """Give up claims until an instant, at which what they wait for is over."""
    return await _step(
        [claim for claim, _ in until],
        f"next_try_at = c.a, waits_for = $3, {LET_GO}",
        waits_for and waits_for.value,
        columns=([instant for _, instant in until],),
        types=("timestamptz",),
    )


async def wake(person_id: int) -> None:
    """Have a look at once at what waits for the person's quiet hours to end, which have changed: in
    the caller's transaction."""
    await fetch(
        "UPDATE delivery SET next_try_at = now() WHERE person = $1 AND state IN ('due', 'ready')"
        " AND lease_until IS NULL AND waits_for = 'quiet_hours'",
        person_id,
    )


async def end(verdicts: Sequence[Verdict], state: DeliveryState) -> list[Claim]:
    """Surely not sent, and not to be tried again: failed, suppressed or cancelled."""
    return await _step(
        [each.claim for each in verdicts],
        f"state = $3, last_error = c.a, {ANSWER}, {WIPE}, {LET_GO}",
        state.value,
        columns=([each.told for each in verdicts],),
        types=("text",),
    )


async def bounce(verdicts: Sequence[Verdict]) -> list[Claim]:
    """There is no such mailbox: surely not sent, and nothing else goes to the address either."""
    held = await fetch(
        _BOUNCE,
        *_keys([each.claim for each in verdicts]),
        [each.told for each in verdicts],
    )
    return _still([each.claim for each in verdicts], held)


async def call_off(delivery_id: int, why: str) -> None:
    """Not to be sent any more, whoever holds it: in the caller's transaction. What a relay may
    have by now goes on."""
    await fetch(
        f"UPDATE delivery SET state = 'cancelled', last_error = $2, {WIPE}, {LET_GO}"  # noqa: S608
        " WHERE id = $1 AND state IN ('due', 'ready', 'sending')",
        delivery_id,
        why,
    )


async def settle(delivery_id: int, *, arrived: bool) -> None:
    """End a doubt by what somebody found out, in the caller's transaction: sent, or to be sent."""
    if arrived:
        change = f"state = 'sent', sent_at = now(), last_error = NULL, {WIPE}"
    else:
        change = "state = 'ready', next_try_at = now()"
    await fetch(
        f"UPDATE delivery SET {change}, {LET_GO} WHERE id = $1 AND state = 'in_doubt'",  # noqa: S608
        delivery_id,
    )


async def forget() -> int:
    """Let go of the bytes of mails that ended so long ago that nobody asks for them: how many. That
    there was a mail stays, and of a digest what it said."""
    rows = await fetch(_FORGET)
    return len(rows)


_FORGET = f"""
UPDATE delivery SET message = NULL
WHERE message IS NOT NULL AND state NOT IN {OPEN}
  AND coalesce(sent_at, next_try_at) < now() - interval '{KEPT_DAYS} days'
RETURNING id
"""  # noqa: S608 - constants

WIPE = "content = NULL, message = CASE WHEN NOT sealed THEN message END"
ANSWER = (
    "answers = d.answers || (to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"
    " || coalesce(' ' || relay, '') || ' ' || c.a)"
)
LET_GO = "lease_until = NULL, lease_token = NULL"

SUPPRESS = """
    INSERT INTO suppression (address, reason, detail, delivery, created_at)
    SELECT DISTINCT ON (b.address) b.address, 'bounced', b.why, b.id, now() FROM bounced b
    WHERE NOT EXISTS (SELECT FROM suppression s
                      WHERE s.address = b.address AND s.lifted_at IS NULL)
    ON CONFLICT DO NOTHING
"""
"""Nothing goes any more to the addresses of `bounced` (id, address, why)."""

_LOOK = f"""
SELECT d.id, {_CHANGING} FROM unnest($1::int[], $2::uuid[]) AS c (id, token)
JOIN delivery d ON d.id = c.id AND d.lease_token = c.token LEFT JOIN person p ON p.id = d.person
"""  # noqa: S608 - constants

_GIVE_BACK = f"""
UPDATE delivery d SET {LET_GO} FROM unnest($1::int[], $2::uuid[]) AS c (id, token)
WHERE d.id = c.id AND d.lease_token = c.token AND d.state IN ('due', 'ready', 'sending')
"""  # noqa: S608 - constants

_BOUNCE = f"""
WITH bounced AS (
    UPDATE delivery d SET state = 'bounced', last_error = c.why,
        {ANSWER.replace("c.a", "c.why")}, {WIPE}, {LET_GO}
    FROM unnest($1::int[], $2::uuid[], $3::text[]) AS c (id, token, why)
    WHERE d.id = c.id AND d.lease_token = c.token
    RETURNING d.id, lower(d.address) AS address, c.why
), suppressed AS ({SUPPRESS})
SELECT id FROM bounced
"""  # noqa: S608 - constants


async def _step(
    claims: Sequence[Claim],
    changes: str,
    *values: Any,
    columns: Sequence[list[Any]] = (),
    types: Sequence[str] = (),
    where: str = "",
) -> list[Claim]:
    """Change the rows that are still held, of which `where` is true. $3 and on are `values`; c.a,
    c.b, … the row's own of `columns`, whose types are `types`."""
    first = 3 + len(values)
    arrays = "".join(f", ${first + number}::{kind}[]" for number, kind in enumerate(types))
    names = "".join(f", {name}" for name in "abcd"[: len(types)])
    text = (
        f"UPDATE delivery d SET {changes} FROM unnest($1::int[], $2::uuid[]{arrays})"  # noqa: S608
        f" AS c (id, token{names}) WHERE d.id = c.id AND d.lease_token = c.token"
        f"{where and f' AND {where}'} RETURNING d.id"
    )
    return _still(claims, await fetch(text, *_keys(claims), *values, *columns))


def _keys(claims: Sequence[Claim]) -> tuple[list[int], list[UUID]]:
    return [each.id for each in claims], [each.token for each in claims]


def _still(claims: Sequence[Claim], rows: Sequence[Any]) -> list[Claim]:
    held = {row["id"] for row in rows}
    return [each for each in claims if each.id in held]
