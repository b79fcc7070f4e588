"""Every mutation, attempted by every viewer on rows of their own, a partner's and a foreign city.

Each attempt is one transaction that is undone, so that the world stays as it is. Who may not do
it is told so, or that there is no such thing; nothing is written, and nothing told that is not
theirs to see. For who may, any other answer will do: most rows are in another state."""

from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import asyncpg
import orjson

from tests.matrix.arguments import document_of, targets, values_of
from tests.matrix.cells import Asking
from tests.matrix.deeds import Deed, may
from tests.matrix.sight import sees
from tracker.domain import clock
from tracker.domain.actor import Limit
from tracker.domain.database import DB, fetch
from tracker.graphql import respond
from tracker.graphql.schema import PERFORMABLE

REFUSED = {"FORBIDDEN", "UNAUTHENTICATED", "NOT_FOUND"}

WRITTEN = """
SELECT coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0)::int
FROM pg_stat_xact_user_tables WHERE relname <> 'idempotency_key'
"""
"""Rows written by the transaction so far, whatever came of them."""


@dataclass(frozen=True)
class Answered:
    """What an attempt led to."""

    codes: frozenset[str]
    messages: tuple[str, ...]
    written: int
    body: bytes


class Attempts:
    """One viewer attempts everything; each mutation on `most` rows at most."""

    def __init__(self, asking: Asking, most: int) -> None:
        self.asking, self.world, self.most = asking, asking.world, most
        self.tally = asking.tally

    async def everything(self) -> None:
        """Every mutation there is."""
        for name in PERFORMABLE:
            await self.mutation(name)

    async def mutation(self, name: str) -> None:
        """One mutation, on rows of every kind."""
        for ids in targets(self.world, name, self.most):
            deed = Deed(self.world, self.asking.viewer, name, PERFORMABLE[name].mutation.node, ids)
            self._judge(deed, await self.attempt(deed))

    async def attempt(
        self, deed: Deed, *, read_only: bool = False, key: str | None = None
    ) -> Answered:
        """Do it, look at what came of it, and undo it."""
        document, values = document_of(deed), values_of(deed)
        async with undone():
            [before] = await fetch(WRITTEN)
            answer = await respond(document, values, actor=deed.viewer, limits=None,
                                   read_only=read_only, idempotency_key=key)  # fmt: skip
            written = await _written(before[0])
        return _answered(deed.mutation, answer.body, written)

    def _judge(self, deed: Deed, found: Answered) -> None:
        what = f"{self.asking.name} {deed.mutation} {dict(deed.ids)}"
        self.asking.scan(found.body, what)
        if may(deed):
            self.tally.compare(what, found.codes & REFUSED, ())
            return
        self.refused(what, found)
        hidden = [r for r in deed.rows if not sees(self.world, self.asking.viewer, *r)]
        if hidden and hidden[0] == deed.rows[0]:
            self.tally.compare(f"{what} of a hidden row", found.codes, ["NOT_FOUND"])

    def refused(self, what: str, found: Answered) -> None:
        """It says that it may not be, or that there is nothing; and nothing was written."""
        self.tally.deny(what, found.codes or ["done"], REFUSED)
        self.tally.deny(f"{what} wrote", [found.written] if found.written else [], ())

    async def by_token(self, names: Iterable[str] = PERFORMABLE) -> None:
        """What the viewer may do, no token of theirs does that may only read, nor one for a city
        in which they have no role that lets them."""
        for name in names:
            node = PERFORMABLE[name].mutation.node
            for ids in targets(self.world, name, self.most):
                deed = Deed(self.world, self.asking.viewer, name, node, ids)
                if not may(deed):
                    continue
                what = f"{self.asking.name}'s token: {name} {dict(ids)}"
                self.refused(f"{what} reading", await self.attempt(deed, read_only=True))
                for elsewhere in self._elsewhere(deed):
                    if not may(elsewhere):
                        self.refused(f"{what} elsewhere", await self.attempt(elsewhere))
                break

    def _elsewhere(self, deed: Deed) -> Iterator[Deed]:
        """The same by tokens for one city, whether or not one would be issued."""
        until = clock.now() + timedelta(days=1)
        for city in (self.world.cast.seoul, self.world.cast.nairobi, self.world.cast.lima):
            there = frozenset(held for held in deed.viewer.memberships if held[1] == city)
            yield replace(
                deed, viewer=replace(deed.viewer, memberships=there, limit=Limit(city, until))
            )

    async def with_key_of(self, other: Asking) -> None:
        """What another did with a key is not told to who repeats it, nor done for them."""
        for name in PERFORMABLE:
            node = PERFORMABLE[name].mutation.node
            for ids in targets(self.world, name, self.most):
                first = Deed(self.world, other.viewer, name, node, ids)
                second = replace(first, viewer=self.asking.viewer)
                if may(second) or not may(first):
                    continue
                document, values = document_of(first), values_of(first)
                async with undone():
                    await respond(document, values, actor=first.viewer, limits=None,
                                  idempotency_key="theirs")  # fmt: skip
                    [before] = await fetch(WRITTEN)
                    answer = await respond(document, values, actor=second.viewer, limits=None,
                                           idempotency_key="theirs")  # fmt: skip
                    written = await _written(before[0])
                what = f"{self.asking.name} {name} {dict(ids)} by the key of {other.name}"
                self.asking.scan(answer.body, what)
                self.refused(what, _answered(name, answer.body, written))
                break


@asynccontextmanager
async def undone() -> AsyncIterator[None]:
    """A transaction of which nothing is kept; actions inside are a part of it."""
    whole: Any = DB.transaction()
    async with whole:
        yield
        await whole.rollback()


async def _written(before: int) -> int:
    try:
        [after] = await fetch(WRITTEN)
    except asyncpg.PostgresError:  # a constraint spoke; nothing of such a transaction is ever kept
        return 0
    return int(after[0] - before)


def _answered(name: str, body: bytes, written: int) -> Answered:
    told = orjson.loads(body)
    assert not told.get("errors"), (name, told["errors"])
    problems = told["data"][name]["problems"]
    return Answered(
        frozenset(each["code"] for each in problems),
        tuple(each["message"] for each in problems),
        written,
        body,
    )
