"""Connections for single statements: a pool that costs a statement next to nothing, and statements
kept prepared on each connection. Piccolo's own pool is for transactions and objects."""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from itertools import count
from typing import Any

import asyncpg

STATEMENTS_MOST = 60
"""Prepared on each connection. What PostgreSQL keeps for each is many times its text."""

SETTLING_SECONDS = 5
"""How long a connection may take to be of use again."""

LOST = (asyncpg.InterfaceError, asyncpg.PostgresConnectionError, ConnectionError, OSError)
"""What a read meets on a connection that has gone; and a server that shuts down says so first."""

OUTDATED = (asyncpg.InvalidCachedStatementError, asyncpg.OutdatedSchemaCacheError)
"""A migration has changed a table since the statement was prepared; it has not been executed."""

SHUTTING_DOWN = ("57P01", "57P02", "57P03")


class Connection:
    """One connection. `exact` tells whether its snapshots name what it sees: on a standby they
    say nothing about what it has replayed."""

    def __init__(self, raw: Any, server: str, exact: bool) -> None:
        self.raw = raw
        self.server = server
        self.exact = exact
        self._statements: OrderedDict[str, Any] = OrderedDict()
        self._names = count()
        self._preparing: str | None = None

    async def fetch(self, sql: str, values: Sequence[Any], seconds: float | None = None) -> Any:
        """The first row. Raises TimeoutError after `seconds`."""
        try:
            statement = self._known(sql) or await self._prepared(sql)
            return await statement.fetchrow(*values, timeout=seconds)
        except OUTDATED:
            self._statements.pop(sql, None)
            return await (await self._prepared(sql)).fetchrow(*values, timeout=seconds)

    async def rows(self, sql: str, values: Sequence[Any]) -> Any:
        """All rows."""
        try:
            statement = self._known(sql) or await self._prepared(sql)
            return await statement.fetch(*values)
        except OUTDATED:
            self._statements.pop(sql, None)
            return await (await self._prepared(sql)).fetch(*values)

    def _known(self, sql: str) -> Any:
        statement = self._statements.get(sql)
        if statement is not None:
            self._statements.move_to_end(sql)
        return statement

    async def _prepared(self, sql: str) -> Any:
        self._preparing = f"kept{next(self._names)}"
        statement = await self.raw.prepare(sql, name=self._preparing)
        self._preparing = None
        self._statements[sql] = statement
        if len(self._statements) > STATEMENTS_MOST:
            self._statements.popitem(last=False)  # asyncpg closes it on the server
        return statement

    async def settle(self) -> None:
        """After a read was left in the middle: asyncpg has told the server to stop, and any
        command waits until it has. A statement that was just being prepared is nobody's."""
        name, self._preparing = self._preparing, None
        async with asyncio.timeout(SETTLING_SECONDS):
            with suppress(asyncpg.InvalidSQLStatementNameError):
                await self.raw.execute(f"DEALLOCATE {name}" if name else "SELECT 1")


Read = Callable[[Connection], Awaitable[Any]]
Waiting = asyncio.Future[Connection | None]


class Pool:
    """At most `most` connections to one database, opened when they are needed, the last used
    first. With `text`, text comes as the bytes that it is sent as."""

    def __init__(
        self, url: str | None, most: int, settings: dict[str, str], *, text: bool = False
    ) -> None:
        self._url = url
        self._most = most
        self._settings = settings
        self._text = text
        self._free: list[Connection] = []
        self._open: set[Connection] = set()
        self._opening = 0
        self._waiting: deque[Waiting] = deque()
        self._settling: set[asyncio.Task[None]] = set()
        self._closed = False
        self.losses = 0
        """Connections that ended so far. A server that crashed gives the numbers of lost
        transactions anew: what snapshots said before a loss says nothing afterwards."""

    async def fetch(self, sql: str, values: Sequence[Any], seconds: float | None = None) -> Any:
        """The first row of a statement. Raises TimeoutError after `seconds`."""
        return await self.read(lambda connection: connection.fetch(sql, values, seconds))

    async def rows(self, sql: str, values: Sequence[Any]) -> Any:
        """All rows of a statement, which may change something: it is never tried again."""
        return await self._read(lambda connection: connection.rows(sql, values))

    async def read(self, read: Read) -> Any:
        """What `read(connection)` gives, on a connection of its own for that time; tried once
        more on another one when the first turns out to be gone, since it only reads."""
        try:
            return await self._read(read)
        except Exception as error:
            if not _is_lost(error) or self._closed:
                raise
        return await self._read(read)

    async def _read(self, read: Read) -> Any:
        connection = await self._take()
        try:
            found = await read(connection)
        except BaseException as error:
            if _is_lost(error):
                self._drop(connection)
            elif isinstance(error, asyncpg.PostgresError):
                self._give(connection)
            else:
                self._settle(connection)
            raise
        self._give(connection)
        return found

    async def close(self) -> None:
        """Close what is idle; the rest when it comes back."""
        self._closed = True
        for connection in self._free:
            self._open.discard(connection)
            await connection.raw.close()
        self._free.clear()
        await asyncio.gather(*self._settling)
        while self._waiting:
            self._wake(None)

    async def _take(self) -> Connection:
        while not self._closed:
            while self._free:
                connection = self._free.pop()
                if not connection.raw.is_closed():
                    return connection
                self._drop(connection)
            if len(self._open) + self._opening < self._most:
                return await self._connect()
            waiting: Waiting = asyncio.get_running_loop().create_future()
            self._waiting.append(waiting)
            try:
                given = await waiting
            except asyncio.CancelledError:
                given = waiting.result() if waiting.done() and not waiting.cancelled() else None
                if given is not None:
                    self._give(given)
                raise
            if given is not None:
                return given
        raise asyncpg.InterfaceError("the pool is closed")

    async def _connect(self) -> Connection:
        self._opening += 1
        try:
            connection: Connection = await _connected(self._url, self._settings, self._text)
            connection.raw.add_termination_listener(self._lost)
        finally:
            self._opening -= 1
            self._wake(None)
        self._open.add(connection)
        return connection

    def _give(self, connection: Connection) -> None:
        if self._closed or connection.raw.is_closed():
            self._drop(connection)
        elif not self._wake(connection):
            self._free.append(connection)

    def _settle(self, connection: Connection) -> None:
        """Give a connection back whose statement was cancelled, as soon as it is of use again. It
        is not closed: readers that come and go would cost a new one each."""
        task = asyncio.create_task(self._settled(connection))
        self._settling.add(task)
        task.add_done_callback(self._settling.discard)

    async def _settled(self, connection: Connection) -> None:
        try:
            await connection.settle()
        except BaseException as error:
            self._drop(connection)
            if not isinstance(error, Exception):
                raise
        else:
            self._give(connection)

    def _drop(self, connection: Connection) -> None:
        self._open.discard(connection)
        connection.raw.terminate()
        self._wake(None)

    def _lost(self, _: Any) -> None:
        self.losses += 1

    def _wake(self, connection: Connection | None) -> bool:
        """Hand the connection to whoever waits longest, or have them look for themselves."""
        while self._waiting:
            waiting = self._waiting.popleft()
            if not waiting.done():
                waiting.set_result(connection)
                return True
        return False


def _is_lost(error: BaseException) -> bool:
    if isinstance(error, TimeoutError):
        return False  # an OSError, but ours
    return isinstance(error, LOST) or getattr(error, "sqlstate", None) in SHUTTING_DOWN


async def _connected(url: str | None, settings: dict[str, str], text: bool) -> Connection:
    raw = await asyncpg.connect(url, statement_cache_size=0, server_settings=settings)
    try:
        return await _prepared(raw, text)
    except BaseException:
        raw.terminate()  # nobody else knows of it
        raise


async def _prepared(raw: Any, text: bool) -> Connection:
    standby, server = await raw.fetchrow(
        "SELECT pg_is_in_recovery(), current_database() || ' ' || pg_postmaster_start_time()"
    )
    if text:
        # Result text goes to the socket as it comes; decoding it would be work for nothing.
        await raw.set_type_codec(
            "text", schema="pg_catalog", encoder=str.encode, decoder=bytes, format="binary"
        )
    return Connection(raw, server, exact=not standby)
