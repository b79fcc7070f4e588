"""The engine every table hangs on, and the transaction every action runs in."""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from types import TracebackType
from typing import Any, cast

from piccolo.engine.postgres import PostgresEngine, PostgresTransaction

from tracker.domain.announcing import announcing
from tracker.domain.connections import Pool
from tracker.domain.errors import Conflict, Invalid
from tracker.domain.installation import choosing
from tracker.domain.messages import say
from tracker.settings import Settings


class Engine(PostgresEngine):
    """Piccolo's engine without its look at the server's version while modules are imported:
    the address is known only once the settings are read."""

    async def check_version(self) -> None:
        """Asked for by Piccolo when the engine is made, before there is an address."""

    def transaction(self, allow_nested: bool = True) -> "Transaction":
        """A transaction; inside another one, a part of that."""
        return Transaction(self, allow_nested)


class Transaction(PostgresTransaction):
    """Piccolo's transaction, which here gives its connection back to the pool whatever fails:
    Piccolo keeps it for ever when BEGIN meets a dead connection, or when COMMIT is refused, as a
    deferred constraint does."""

    async def __aenter__(self) -> PostgresTransaction:
        try:
            return await super().__aenter__()
        except BaseException:
            await self._give_back()
            raise

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        try:
            return await super().__aexit__(kind, error, traceback)
        except BaseException:
            await self._give_back()
            raise

    async def _give_back(self) -> None:
        if self._parent is None and hasattr(self, "connection") and self.engine.pool:
            await self.engine.pool.release(self.connection)
        if self.engine.current_transaction.get() is self:
            self.engine.current_transaction.reset(self.context)


DB = Engine(config={}, extensions=())

SETTINGS = {"timezone": "UTC"}

_single: Pool | None = None
"""For statements that are transactions of their own."""

UNIQUE, CHECK, EXCLUSION, FOREIGN_KEY, DEADLOCK = "23505", "23514", "23P01", "23503", "40P01"
"""SQLSTATEs of PostgreSQL's integrity constraints, and of two actions waiting for each other."""


@asynccontextmanager
async def connected(settings: Settings) -> AsyncIterator[None]:
    """Hold a pool of writing connections for the duration of a process or command. Inside
    another one, which may be of another database, this one counts until it ends."""
    global _single
    before = DB.pool, DB.config, _single
    DB.pool, DB.config = None, {"dsn": settings.database_url}
    await DB.start_connection_pool(
        min_size=1,
        max_size=settings.database_pool_size,
        server_settings=SETTINGS,
        reset=_nothing,
    )
    single = _single = Pool(settings.database_url, settings.database_pool_size, SETTINGS)
    try:
        with choosing(settings):
            async with announcing(fetch):
                yield
    finally:
        await single.close()
        await DB.close_connection_pool()
        DB.pool, DB.config, _single = before


@asynccontextmanager
async def transaction() -> AsyncIterator[None]:
    """Everything inside is kept or nothing is. Constraints that a race let through the rules
    still refuse in words: constraints are named as the sentence that they hold.

    Raises Invalid or Conflict for a broken constraint.
    """
    with refusing():
        async with DB.transaction():
            yield


@asynccontextmanager
async def savepoint() -> AsyncIterator[None]:
    """A part of the transaction under way that can be undone by itself. Constraints that wait for
    the end of a transaction speak at the end of the part.

    Raises Invalid or Conflict for a broken constraint.
    """
    current = DB.current_transaction.get()
    assert current is not None, "a savepoint needs a transaction around it"
    with refusing():
        async with current.connection.transaction():
            yield
            await current.connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
            await current.connection.execute("SET CONSTRAINTS ALL DEFERRED")


@contextmanager
def refusing() -> Iterator[None]:
    """Turn a broken constraint into the refusal that it stands for."""
    try:
        yield
    except Exception as error:
        refusal = _refusal(error)
        if refusal is None:
            raise
        raise refusal from error


async def answers() -> None:
    """Raises whatever the server, or the way to it, says instead of an answer."""
    await fetch("SELECT 1")


async def database_now() -> datetime:
    """The database's clock: the only one that all workers share."""
    [row] = await fetch("SELECT now() AS now")
    now: datetime = row["now"]
    return now


async def fetch(text: str, *values: Any) -> Sequence[Any]:
    """The rows of one statement of our own, in the transaction that is under way, if any."""
    current = DB.current_transaction.get()
    if current is not None:
        return cast(Sequence[Any], await current.connection.fetch(text, *values))
    assert _single, "writes need `connected(settings)` around them"
    return cast(Sequence[Any], await _single.rows(text, values))


async def _nothing(connection: Any) -> None:
    """A transaction leaves nothing on a connection that would have to be reset; asyncpg's own
    reset costs a round trip."""


def _refusal(error: Exception) -> Invalid | Conflict | None:
    state: Any = getattr(error, "sqlstate", None)
    rule = str(getattr(error, "constraint_name", "")).replace("_", " ")
    if state == UNIQUE:
        return Conflict(say("Already there ({rule}). Reload to see it.", rule=rule), version=0)
    if state == DEADLOCK:
        return Conflict(say("Somebody changed the same at the same moment; try again."), version=0)
    if state in (CHECK, EXCLUSION, FOREIGN_KEY):
        return Invalid({"": [say("Breaks the rule “{rule}”.", rule=rule)]})
    return None
