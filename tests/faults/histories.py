"""What happened, as it was noted at the time: a file each for what was owed, what the nemesis did,
what the relay took and what the ledger said. Lines are only ever added; the checker reads them, and
nothing else."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import orjson

from tracker.settings import Settings

Line = dict[str, Any]


@dataclass(frozen=True)
class Histories:
    """The files of one run, in a folder: a JSON object a line."""

    folder: Path

    @property
    def outbox(self) -> Path:
        """Where the relay keeps what it accepts: the witness."""
        return self.folder / "outbox"

    def note(self, history: str, **line: Any) -> None:
        """Add a line; other processes and threads may do so at the same time."""
        path = self.folder / f"{history}.jsonl"
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(handle, orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))
        finally:
            os.close(handle)

    def read(self, history: str) -> list[Line]:
        """The lines in order."""
        path = self.folder / f"{history}.jsonl"
        lines = path.read_bytes().splitlines() if path.exists() else []
        return [orjson.loads(line) for line in lines]


async def watch(settings: Settings) -> None:
    """Have the database note every step of every mail, in the transaction of the step."""
    await _as_owner(settings, _WATCH)


async def forget(settings: Settings) -> None:
    """Leave a database that others use as it was."""
    await _as_owner(settings, "DROP FUNCTION note_step CASCADE; DROP TABLE ledger_step")


async def tell(settings: Settings, histories: Histories) -> None:
    """Write down what the ledger said."""
    connection = await asyncpg.connect(settings.database_owner_url)
    try:
        for row in await connection.fetch("SELECT * FROM ledger_step ORDER BY id"):
            histories.note("ledger", **dict(row))
    finally:
        await connection.close()


async def _as_owner(settings: Settings, text: str) -> None:
    connection = await asyncpg.connect(settings.database_owner_url)
    try:
        await connection.execute(text)
    finally:
        await connection.close()


_WATCH = """
CREATE TABLE ledger_step (
    id bigserial PRIMARY KEY, at double precision, delivery int, "to" text, key text,
    before text, state text, doubts int, message_id text, bytes text
);
CREATE FUNCTION note_step() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    INSERT INTO ledger_step (at, delivery, "to", key, before, state, doubts, message_id, bytes)
    VALUES (
        extract(epoch FROM clock_timestamp()), NEW.id,
        (SELECT email FROM person WHERE id = NEW.person), NEW.key,
        CASE WHEN TG_OP = 'UPDATE' THEN OLD.state END, NEW.state, NEW.doubts,
        NEW.message_id, encode(sha256(NEW.message), 'hex'));
    RETURN NULL;
END $$;
CREATE TRIGGER note_step AFTER INSERT OR UPDATE ON delivery
FOR EACH ROW EXECUTE FUNCTION note_step();
"""
