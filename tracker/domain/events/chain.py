"""The hash chain over the audit trail: sealing, and finding what was tampered with.

Seal number n holds

    digest(n) = SHA-256( digest(n-1) as 64 hexadecimal digits, then the event's canonical text )

in UTF-8, where digest(0) is 64 zeros. The canonical text is the event as a JSON array in the form
of PostgreSQL's `jsonb`: number, transaction (text), instant (UTC, microseconds), verb, actor,
on_behalf_of, subject_type, subject_id, subject_version, project, before, after, request_id.

Seals are made after the commit, by the worker, so that no action waits for the one before it.
Whoever owns the database could rewrite trail and chain alike; against that stand the *heads*, last
seals that were written down elsewhere. `tracker audit head` prints one, the worker logs one a day.
"""

import re
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Self

from tracker.domain.database import DB, fetch
from tracker.domain.events.personal import SUBJECTS

BATCH = 2_000
"""Events that one transaction seals."""

ZERO = "0" * 64
STREAMED = 5_000

CANONICAL = """jsonb_build_array(e.id, e.xact::text,
    to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), e.verb,
    e.actor, e.on_behalf_of, e.subject_type, e.subject_id, e.subject_version,
    e.project, e.before, e.after, e.request_id)::text"""
"""The canonical text of an event `e`, by what PostgreSQL brings along alone: a function of ours
could have been replaced by whoever owns the database."""


@dataclass(frozen=True)
class Head:
    """A seal that was the last one at some time, written `NUMBER:DIGEST`."""

    number: int
    digest: str

    @classmethod
    def read(cls, text: str) -> Self | None:
        """The head that a line ends with; None where there is none."""
        match = re.search(r"(\d{1,9}):([0-9a-f]{64})\s*$", text, re.ASCII)
        return cls(int(match[1]), match[2]) if match else None

    def __str__(self) -> str:
        return f"{self.number}:{self.digest}"


@dataclass(frozen=True)
class Finding:
    """Something that is not as it was written; `event` is the audit event's number, if known."""

    event: int | None
    says: str

    def __str__(self) -> str:
        return f"event {self.event}: {self.says}" if self.event else self.says


async def seal() -> int:
    """Seal what has committed since; how many events. Nothing while another process does."""
    sealed = 0
    while True:
        [row] = await fetch("SELECT audit_seal_next($1) AS sealed", BATCH)
        made: int = row["sealed"]
        sealed += made
        if made < BATCH:
            return sealed


async def head() -> Head | None:
    """The last seal; None before the first."""
    rows = await fetch("SELECT number, digest FROM audit_seal ORDER BY number DESC LIMIT 1")
    return Head(rows[0]["number"], rows[0]["digest"]) if rows else None


async def verify(heads: Sequence[Head] = ()) -> AsyncIterator[Finding | int]:
    """Everything that is not as it was written, and in between how many seals have been looked
    at, for whoever shows progress. `heads` are earlier ones, which must still be in the chain."""
    assert DB.pool, "reads need `connected(settings)` around them"
    async with (
        DB.pool.acquire() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        async for each in findings(connection, heads):
            yield each


async def findings(connection: Any, heads: Sequence[Head] = ()) -> AsyncIterator[Finding | int]:
    """The same on a connection with a transaction under way."""
    walk = _Walk({each.number: each.digest for each in heads})
    async for row in connection.cursor(_SEALED, prefetch=STREAMED):
        for finding in walk.look(*row):
            yield finding
        if walk.number % STREAMED == 0:
            yield walk.number
    for finding in walk.end():
        yield finding
    async for row in connection.cursor(_UNSEALED, prefetch=STREAMED):
        yield Finding(row["id"], _LATE if row["late"] else _BEHIND)
    for statement in await _versions(connection):
        async for row in connection.cursor(statement):
            yield Finding(row["event"], row["says"])
    async for row in connection.cursor(_PERSONAL, list(SUBJECTS)):
        yield Finding(row["event"], row["says"])


class _Walk:
    """From seal to seal. A link is worked out from the digest kept before it, so that one change
    is one finding and not everything behind it."""

    def __init__(self, heads: dict[int, str]) -> None:
        self.number = 0
        self._digest = ZERO
        self._heads = heads

    def look(self, number: int, event: int, digest: str, told: str | None) -> Iterator[Finding]:
        """What is wrong with this seal and its event."""
        if number != self.number + 1:
            yield Finding(None, f"seals {self.number + 1} to {number - 1} are gone from the chain")
        elif told is None:
            yield Finding(event, f"gone; seal {number} says that it was there")
        elif sha256((self._digest + told).encode()).hexdigest() != digest:
            yield Finding(event, f"not what seal {number} was made over")
        if self._heads.pop(number, digest) != digest:
            yield Finding(event, f"seal {number} is not the head that was written down")
        self.number, self._digest = number, digest

    def end(self) -> Iterator[Finding]:
        """Heads that the chain should reach and does not."""
        for number in sorted(self._heads):
            yield Finding(
                None, f"the chain ends at seal {self.number}; the head {number} was written down"
            )


_LATE = "not sealed for more than a minute: no worker runs, or a transaction has been open since"
_BEHIND = "put in behind the last seal, among events that were sealed without it"

_SEALED = f"""
SELECT s.number, s.event, s.digest, CASE WHEN e.id IS NOT NULL THEN {CANONICAL} END
FROM audit_seal s LEFT JOIN audit_event e ON e.id = s.event ORDER BY s.number
"""  # noqa: S608 - composed from a constant

# A restored dump counts transactions anew; then no event without a seal can be told to be behind.
_UNSEALED = """
WITH last AS (
    SELECT e.xact, e.id FROM audit_seal s JOIN audit_event e ON e.id = s.event
    ORDER BY s.number DESC LIMIT 1
)
SELECT e.id, last.xact IS NULL OR (e.xact, e.id) > (last.xact, last.id) AS late
FROM audit_event e LEFT JOIN last ON last.xact < pg_snapshot_xmin(pg_current_snapshot())
WHERE NOT EXISTS (SELECT FROM audit_seal s WHERE s.event = e.id)
  AND (e.at < now() - interval '1 minute' OR (e.xact, e.id) <= (last.xact, last.id))
ORDER BY e.id
"""

_PERSONAL = """
SELECT e.id AS event, CASE
    WHEN p.event IS NULL THEN 'its personal values are gone, and no erasure says so'
    WHEN p.erasure IS NOT NULL THEN 'its personal values were erased without an event that says so'
    ELSE 'its personal values are not those that were written' END AS says
FROM audit_event e
LEFT JOIN audit_personal p ON p.event = e.id
LEFT JOIN audit_event x ON x.id = p.erasure AND x.verb = 'erase' AND x.subject_type = 'person'
WHERE e.subject_type = ANY($1::text[])
  AND CASE WHEN p.event IS NULL THEN e.before::text || e.after::text LIKE '%"sha256:%'
      WHEN p.erasure IS NOT NULL THEN x.id IS NULL
      ELSE e.before IS DISTINCT FROM (
          SELECT coalesce(jsonb_object_agg(key, 'sha256:' || encode(sha256(
              p.salt || convert_to(key || '=' || value::text, 'UTF8')), 'hex')), '{}')
          FROM jsonb_each(p.before)) OR e.after IS DISTINCT FROM (
          SELECT coalesce(jsonb_object_agg(key, 'sha256:' || encode(sha256(
              p.salt || convert_to(key || '=' || value::text, 'UTF8')), 'hex')), '{}')
          FROM jsonb_each(p.after)) END
ORDER BY e.id
"""

# Every action counts its row's version up and tells so: a version that no event tells of belongs
# to one that was taken out, sealed or not.
_VERSIONS = """
WITH told AS (
    SELECT subject_id, min(subject_version) AS first, max(subject_version) AS last,
           count(DISTINCT subject_version) AS versions, max(id) AS event
    FROM audit_event WHERE subject_type = '{table}' AND subject_version IS NOT NULL
    GROUP BY subject_id
)
SELECT event, CASE WHEN versions <= last - first
    THEN 'the trail of {words} ' || subject_id || ' skips a version before this one'
    ELSE '{words} ' || subject_id || ' is at version ' || r.version
         || ', and this last event about it tells of version ' || last END AS says
FROM told LEFT JOIN "{table}" r ON r.id = subject_id
WHERE versions <= last - first OR r.version > last
ORDER BY event
"""


async def _versions(connection: Any) -> list[str]:
    rows = await connection.fetch(
        "SELECT table_name FROM information_schema.columns WHERE column_name = 'version'"
        " AND table_schema = current_schema() ORDER BY 1"
    )
    names = [row["table_name"] for row in rows]
    return [_VERSIONS.format(table=name, words=name.replace("_", " ")) for name in names]
