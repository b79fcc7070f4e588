"""The ledger of deliveries: how an issue gets from due to sent, once, through crashes.

    due ─freeze→ ready ─start→ sending ─doubt→ in_doubt ─sent→ sent
      ↖────────────┴─── postpone ───┴──────────────┘ └──fail→ failed

A worker claims issues under a lease and a fencing token; every later step carries the token and
is refused once somebody else has claimed the issue. Only the database's clock counts. Until
`doubt` is committed nothing can have been accepted by the relay; from then on only a definite
answer, the relay's or a witness's, ends the doubt. Every step is one statement of its own,
committed at once: it must outlive the worker.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from tracker.domain.digests.tables import DigestIssue, DigestKind, DigestState

BACKOFF_MOST_SECONDS = 6 * 3600
GIVE_UP_DAYS = 5


class LeaseLost(Exception):
    """Somebody else has taken the issue over; whoever gets this must leave it alone."""


@dataclass(frozen=True)
class Claim:
    """An issue that one worker holds alone. `wanted` is false once the reader unsubscribed;
    `doubtful` means that an earlier try may have reached the reader."""

    id: int
    token: UUID
    kind: DigestKind
    person_id: int
    project_id: int | None
    email: str
    period_from: datetime
    period_to: datetime
    message: bytes | None
    message_id: str | None
    wanted: bool
    doubtful: bool


@dataclass(frozen=True)
class Frozen:
    """A composed issue as it will be kept and sent, to the byte, at every try."""

    language: str
    subject: str
    html: str
    text: str
    message: bytes
    message_id: str


_CLAIM = """
WITH free AS (
    SELECT id FROM digest_issue
    WHERE state IN ('due', 'ready', 'sending', 'in_doubt') AND next_try_at <= now()
      AND (lease_until IS NULL OR lease_until <= now())
      AND ({}::int[] IS NULL OR id = ANY({}::int[]))
    ORDER BY next_try_at, id LIMIT {}
    FOR UPDATE SKIP LOCKED
)
UPDATE digest_issue i
SET lease_token = gen_random_uuid(), lease_until = now() + make_interval(secs => {})
FROM free, person p
WHERE i.id = free.id AND p.id = i.person
RETURNING i.id, i.lease_token AS token, i.kind, i.person AS person_id, i.project AS project_id,
    p.email, i.period_from, i.period_to, i.message, i.message_id,
    i.state = 'in_doubt' OR i.doubts > 0 AS doubtful,
    NOT EXISTS (SELECT 1 FROM digest_subscription s
                WHERE s.person = i.person AND NOT s.active) AS wanted
"""


async def claim(most: int, lease_seconds: float, only: Sequence[int] | None = None) -> list[Claim]:
    """Take up to `most` issues that are due for a step and held by nobody, for `lease_seconds`;
    of those numbered in `only`, if given."""
    ids = None if only is None else list(only)
    rows = await DigestIssue.raw(_CLAIM, ids, ids, most, float(lease_seconds))
    rows.sort(key=lambda row: row["id"])
    return [Claim(**row | {"kind": DigestKind(row["kind"])}) for row in rows]


async def freeze(claim: Claim, frozen: Frozen) -> None:
    """Keep what was composed, before the first try to send it. Raises LeaseLost."""
    await _step(
        claim,
        "state = 'ready', composed_at = now(), language = {}, subject = {}, html = {}, text = {},"
        " message = {}, message_id = {}",
        frozen.language,
        frozen.subject,
        frozen.html,
        frozen.text,
        frozen.message,
        frozen.message_id,
    )


async def start(claim: Claim, lease_seconds: float) -> None:
    """Begin a try, with a fresh lease. From here to `doubt`, a crash means surely not sent.
    A try from doubt is counted: the reader may get the same mail twice. Raises LeaseLost."""
    await _step(
        claim,
        "state = 'sending', attempts = attempts + 1,"
        " doubts = doubts + (state = 'in_doubt')::int,"
        " lease_until = now() + make_interval(secs => {})",
        float(lease_seconds),
    )


async def doubt(claim: Claim, settling_seconds: float) -> None:
    """Say, before the mail's final dot, that it may be accepted from now on. Nobody takes the
    issue up while a relay could still be at work on it. Raises LeaseLost."""
    await _step(
        claim,
        "state = 'in_doubt', lease_until = now() + make_interval(secs => {})",
        float(settling_seconds),
    )


async def sent(claim: Claim) -> None:
    """The relay, or the witness, has it. Raises LeaseLost."""
    await _step(claim, f"state = 'sent', sent_at = now(), last_error = NULL, {_LET_GO}")


async def postpone(claim: Claim, error: str, first_seconds: float) -> None:
    """Surely not sent; try again after `first_seconds`, twice as long each time up to six hours,
    give or take a fifth, and give up after five days. Raises LeaseLost."""
    await _step(
        claim,
        "state = CASE WHEN now() > created_at + make_interval(days => {}) THEN 'failed'"
        " WHEN message IS NULL THEN 'due' ELSE 'ready' END,"
        " attempts = attempts + (message IS NULL)::int,"
        " next_try_at = now() + make_interval(secs => (0.8 + 0.4 * random())"
        " * least({}, {} * power(2, greatest(attempts - 1, 0)))),"
        f" last_error = {{}}, {_LET_GO}",
        GIVE_UP_DAYS,
        float(BACKOFF_MOST_SECONDS),
        float(first_seconds),
        error,
    )


async def put_back(claim: Claim, seconds: float) -> None:
    """Give up a claim on which nothing was tried; what was in doubt stays so. Raises LeaseLost."""
    await _step(
        claim, f"next_try_at = now() + make_interval(secs => {{}}), {_LET_GO}", float(seconds)
    )


async def fail(claim: Claim, error: str) -> None:
    """Surely not sent, and trying again would not help. Raises LeaseLost."""
    await _step(claim, f"state = 'failed', last_error = {{}}, {_LET_GO}", error)


async def counts() -> dict[DigestState, int]:
    """How many issues stand in each state."""
    rows = await DigestIssue.raw("SELECT state, count(*) FROM digest_issue GROUP BY state")
    return {DigestState(row["state"]): row["count"] for row in rows}


_LET_GO = "lease_until = NULL, lease_token = NULL"


async def _step(claim: Claim, changes: str, *values: Any) -> None:
    rows = await DigestIssue.raw(
        f"UPDATE digest_issue SET {changes} WHERE id = {{}} AND lease_token = {{}} RETURNING id",  # noqa: S608 - constants of this module
        *values,
        claim.id,
        claim.token,
    )
    if not rows:
        raise LeaseLost(f"digest issue {claim.id} was taken over")
