"""Projects that were made before: every row that the actions left behind is kept, and put back.

It takes a dozen actions to make a joint project, and most tests begin with one. The first of its
state in a run is made by them, in a database that holds nothing but the cast; whoever asks for the
same, with nothing of the kind there either, gets the same rows, with the numbers and the instants
that they had. So nothing is announced to who follows events. Who needs to see it made says so.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar

from asyncpg import Connection

from tracker.domain import clock
from tracker.domain.database import DB

T = TypeVar("T")

PRESENT = timedelta(seconds=5)

ACCOUNTS = (
    *("audit_event", "audit_personal", "api_token", "api_token_use", "session", "session_use"),
    *("sign_in_link", "half_sign_in", "password", "second_factor", "invitation", "notice"),
    *("sign_on", "sign_on_identity"),
)
"""Tables that may hold what was done to accounts meanwhile: no action on a project looks into them.
With rows in any other, the actions might leave behind something else."""


class Keeper:
    """What was made, in tables of the schema `kept`. `cleaner` is the owner's connection that no
    trigger hears; `rest` are all tables but those that hold the cast."""

    def __init__(self, cleaner: Connection, database: str, rest: list[str]) -> None:
        self._cleaner, self._database, self._rest = cleaner, database, rest
        self._kept: dict[tuple[str, date], object] = {}
        self._turn = asyncio.Lock()

    @property
    def usable(self) -> bool:
        """Whether it is now, here and not a part of something larger."""
        return (
            DB.config.get("dsn") == self._database
            and DB.current_transaction.get() is None
            and abs(clock.now() - datetime.now(UTC)) < PRESENT
        )

    async def put_back(self, name: str, kind: type[T]) -> T | None:
        """The thing of that name; None where it was not made yet, or something is there."""
        found = self._kept.get((name, clock.today("UTC")))
        async with self._turn:
            if isinstance(found, kind) and await self._cleaner.fetchval(
                f"SELECT kept.put_back_{name}()"
            ):
                return found
        return None

    async def empty(self) -> bool:
        """Whether there is nothing but the cast."""
        some = " OR ".join(f"EXISTS (TABLE {table})" for table in self._rest)
        async with self._turn:
            return not await self._cleaner.fetchval(f"SELECT {some}")

    async def keep(self, name: str, made: object) -> None:
        """All rows that are there now, as what there is when `made` was made."""
        async with self._turn:
            tables = [
                table
                for table in self._rest
                if await self._cleaner.fetchval(f"SELECT EXISTS (TABLE {table})")
            ]
            columns = [await self._cleaner.fetchval(COLUMNS, table) for table in tables]
            kept = dict(zip(tables, columns, strict=True))
            others = [table for table in self._rest if table not in ACCOUNTS]
            await self._cleaner.execute(_keeping(name, kept, others))
        self._kept[name, clock.today("UTC")] = made


COLUMNS = """
SELECT string_agg(quote_ident(column_name), ', ') FROM information_schema.columns
WHERE table_schema = 'public' AND table_name = $1 AND is_generated = 'NEVER'
"""


def _keeping(name: str, tables: dict[str, str], others: list[str]) -> str:
    """The statements for tables, each with its columns but those that PostgreSQL works out; nothing
    is put back while one of the `others` holds anything."""
    copies = "; ".join(
        f"DROP TABLE IF EXISTS kept.{name}_{table};"
        f" CREATE TABLE kept.{name}_{table} AS TABLE {table}"
        for table in tables
    )
    inserts = "; ".join(
        f"INSERT INTO {table} ({columns}) OVERRIDING SYSTEM VALUE"
        f" SELECT {columns} FROM kept.{name}_{table}"
        for table, columns in tables.items()
    )
    there = " OR ".join(
        ["EXISTS (SELECT FROM audit_event WHERE project IS NOT NULL)"]
        + [f"EXISTS (TABLE {table})" for table in others]
    )
    return f"""
    {copies};
    CREATE OR REPLACE FUNCTION kept.put_back_{name}() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
        IF {there} THEN RETURN false; END IF;
        {inserts};
        RETURN true;
    END $$
    """


keeper: Keeper | None = None
"""Of this run; programs that have none make everything anew."""


async def once(name: str, kind: type[T], make: Callable[[], Awaitable[T]]) -> T:
    """What `make` makes; after the first time in a run, the rows of that, where nothing is there
    that would make it another."""
    if keeper is None or not keeper.usable:
        return await make()
    if (found := await keeper.put_back(name, kind)) is not None:
        return found
    empty = await keeper.empty()
    made = await make()
    if empty:
        await keeper.keep(name, made)
    return made
