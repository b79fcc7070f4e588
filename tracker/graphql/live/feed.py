"""The audit trail as it grows, once for each process, handed out to whoever follows it.

The table is the truth: each look asks for what committed since the last snapshot. A wake-up only
says that it is worth looking now, so one that is lost costs a moment and no event.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import orjson

from tracker.domain import clock
from tracker.graphql.live.position import BadPosition, Position
from tracker.graphql.reading import READS

log = logging.getLogger(__name__)

LOOK_SECONDS = 2.0
"""How often to look without having been woken."""

BATCH_MOST = 10_000
"""Events of one look, and of one resumption."""

PENDING_MOST = 2_000
"""Events that may wait for one subscriber."""

RESUMABLE_DAYS = 7

CREDENTIALS = ("session", "api_token", "membership")
"""Subjects whose events tell that somebody may have lost a right."""

# In the order of the index on transactions, so that PostgreSQL takes that one whatever it believes
# of the table: in the order of numbers it walked through the whole trail at each look.
_NEW = """
SELECT pg_current_snapshot()::text||' '||coalesce((SELECT json_agg(json_build_array(
           e.id, e.project, e.subject_type, e.verb) ORDER BY e.id)
    FROM (SELECT id, project, subject_type, verb FROM audit_event
          WHERE xact >= pg_snapshot_xmin($1::text::pg_snapshot)
            AND NOT pg_visible_in_snapshot(xact, $1::text::pg_snapshot)
            AND pg_visible_in_snapshot(xact, pg_current_snapshot())
            AND (project IS NOT NULL OR subject_type = ANY($2::text[]))
          ORDER BY xact, id LIMIT $3::integer) e)::text, '[]')
"""

_MISSED = """
SELECT (pg_snapshot_xmax($2::text::pg_snapshot) > pg_snapshot_xmax($4::text::pg_snapshot))::int
       ||' '||coalesce((SELECT json_agg(json_build_array(
           e.id, e.project, e.subject_type, e.verb, e.late) ORDER BY e.late, e.id)
    FROM (SELECT id, project, subject_type, verb,
                 NOT pg_visible_in_snapshot(xact, $2::text::pg_snapshot) AS late
          FROM audit_event
          WHERE xact >= pg_snapshot_xmin($1::text::pg_snapshot)
            AND NOT pg_visible_in_snapshot(xact, $1::text::pg_snapshot)
            AND NOT (pg_visible_in_snapshot(xact, $2::text::pg_snapshot) AND id <= $3::integer)
            AND pg_visible_in_snapshot(xact, $4::text::pg_snapshot)
            AND project IS NOT NULL
            AND ($5::integer IS NULL OR project = $5::integer)
            AND ($6::text IS NULL OR subject_type = $6::text)
          ORDER BY xact, id LIMIT $7::integer) e)::text, '[]')
"""


class TooFarBehind(Exception):
    """What happened since the position can no longer be replayed; one line with what to do."""

    def __init__(self) -> None:
        super().__init__(
            f"Too much happened since this event: at most {BATCH_MOST:,} changes of the last"
            f" {RESUMABLE_DAYS} days are replayed. Read the data again, with livePosition, and"
            " follow from there."
        )


@dataclass(frozen=True)
class Topic:
    """Which events a subscriber may want at all, told without looking at rows."""

    project: int | None = None
    subject: str | None = None

    def has(self, entry: "Entry") -> bool:
        """Whether the event belongs to it. Events outside of projects belong to none."""
        return (
            entry.project is not None
            and self.project in (None, entry.project)
            and self.subject in (None, entry.subject)
        )


@dataclass(frozen=True, slots=True)
class Entry:
    """One event, told without looking at its row."""

    number: int
    project: int | None
    subject: str
    verb: str
    old: str
    new: str
    at: int

    @property
    def position(self) -> Position:
        """Where whoever has seen it, and all before it, is."""
        return Position(self.old, self.new, self.number, self.at)


@dataclass(eq=False)
class Follower:
    """One subscriber's events that wait to be sent. `lost` once too many do."""

    topic: Topic
    replayed: deque[Entry] = field(default_factory=deque)
    pending: deque[Entry] = field(default_factory=deque)
    lost: bool = False
    _filled: asyncio.Event = field(default_factory=asyncio.Event)

    def offer(self, entries: Iterable[Entry]) -> None:
        """Keep those that it may want."""
        if not self.lost:
            self.pending.extend(entry for entry in entries if self.topic.has(entry))
            if len(self.pending) > PENDING_MOST:
                self.lose()
            elif self.pending:
                self._filled.set()

    def lose(self) -> None:
        """Give up on it: it can resume from the last event that it has seen."""
        self.lost = True
        self.replayed.clear()
        self.pending.clear()
        self._filled.set()

    async def take(self, most: int) -> list[Entry]:
        """The next events, at least one; none once it is lost."""
        if not self.replayed:
            await self._filled.wait()
        queue = self.replayed or self.pending
        found = [queue.popleft() for _ in range(min(most, len(queue)))]
        if not self.pending and not self.lost:
            self._filled.clear()
        return found


class Feed:
    """The events of one process's followers. `on_credentials` is called when somebody may have
    lost a right."""

    def __init__(self) -> None:
        self.followers: set[Follower] = set()
        self.on_credentials: list[Callable[[], None]] = []
        self._snapshot: str | None = None
        self._looking = asyncio.Lock()
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Something was written: look now."""
        self._woken.set()

    async def run(self) -> None:
        """Look whenever woken, and every few seconds, until cancelled."""
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), LOOK_SECONDS)
            self._woken.clear()
            if not (self.followers or self.on_credentials):
                self._snapshot = None
                continue
            try:
                await self.look()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                log.warning("live events wait for the database: %s", error)
                await asyncio.sleep(LOOK_SECONDS)

    async def look(self) -> str:
        """Hand out what committed since the last look; the snapshot up to which it has."""
        async with self._looking:
            before = self._snapshot
            snapshot, rows = await _read(_NEW, before or "1:1:", CREDENTIALS,
                                         BATCH_MOST + 1 if before else 0)  # fmt: skip
            self._snapshot = snapshot
            if before is None:
                # What was revoked just before is in no later look.
                self._tell_credentials()
                return snapshot
            if len(rows) > BATCH_MOST:
                for follower in self.followers:
                    follower.lose()
                rows = []
            self._hand_out(_entries(rows, before, snapshot))
            return snapshot

    async def follow(self, topic: Topic, after: Position | None) -> Follower:
        """A follower of what comes, and of what it missed since `after`: no gap, nothing twice.

        Raises BadPosition or TooFarBehind. `leave` it when done.
        """
        follower = Follower(topic)
        # Added first: what the look finds comes to it as a batch, what is older is replayed.
        snapshot = await self.look()
        self.followers.add(follower)
        try:
            if after is not None:
                follower.replayed.extend(await missed(topic, after, snapshot))
        except BaseException:
            self.leave(follower)
            raise
        return follower

    def leave(self, follower: Follower) -> None:
        """The follower is gone."""
        self.followers.discard(follower)

    def _hand_out(self, entries: list[Entry]) -> None:
        for follower in self.followers:
            follower.offer(entries)
        if any(entry.subject in CREDENTIALS for entry in entries):
            self._tell_credentials()

    def _tell_credentials(self) -> None:
        for listener in self.on_credentials:
            listener()


async def missed(topic: Topic, after: Position, until: str) -> list[Entry]:
    """The events of the topic that the position does not cover and the snapshot `until` does.

    Raises BadPosition, and TooFarBehind also for a position of another database, as after a
    restored backup.
    """
    now = int(clock.now().timestamp())
    if now - after.at > RESUMABLE_DAYS * 24 * 60 * 60:
        raise TooFarBehind
    try:
        head, rows = await _read(_MISSED, after.old, after.new, after.event, until,
                                 topic.project, topic.subject, BATCH_MOST + 1)  # fmt: skip
    except asyncpg.DataError:
        raise BadPosition from None
    if head != "0" or len(rows) > BATCH_MOST:
        raise TooFarBehind
    early = [row[:4] for row in rows if not row[4]]
    late = [row[:4] for row in rows if row[4]]
    return _entries(early, after.old, after.new) + _entries(late, after.new, until)


def _entries(rows: list[list[Any]], old: str, new: str) -> list[Entry]:
    at = int(clock.now().timestamp())
    return [
        Entry(number, project, subject, verb, old, new, at)
        for number, project, subject, verb in rows
    ]


async def _read(sql: str, *values: object) -> tuple[str, list[list[Any]]]:
    """A word, and the rows behind it."""
    assert READS.pool
    [found] = await READS.pool.fetch(sql, values)
    head, _, rows = found.partition(b" ")
    return head.decode(), orjson.loads(rows)


FEED = Feed()
