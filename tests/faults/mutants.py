"""Whether the checker catches workers that make a mistake on purpose: each mutant in a database of
its own."""

import asyncpg

from tests.conformance.rows import Row
from tests.faults import kills, stops
from tests.faults.ground import played
from tests.faults.histories import Histories
from tests.faults.mutations import MUTANTS, Mutant
from tests.faults.sowing import told_anyway
from tracker.settings import Settings


async def trial(seed: int = 0, mails: int | None = None) -> list[Row]:
    """All of them."""
    caught = [await _caught(name, seed, mails) for name in MUTANTS]
    return [Row("delivery.mutants_caught", sum(caught), of=len(caught), at_least=len(caught))]


async def _caught(name: str, seed: int, mails: int | None) -> bool:
    """Whether the figure in which the mutant must show misses its bar."""
    mutant = MUTANTS[name]
    async with played() as (settings, cast):
        await _lacking(settings, mutant)
        count = mails or mutant.mails

        async def run(noted: Histories) -> list[Row]:
            if mutant.trial == "stops":
                return await stops.run(settings, cast, noted, seed, count, name)
            return await kills.run(settings, cast, noted, seed, count, name, mutant.endless)

        rows = await told_anyway(run)
    missed = [row for row in rows if not row.holds]
    found = any(row.name in mutant.seen for row in missed)
    figures = ", ".join(str(row).partition("   ")[0] for row in missed)
    print(f"mutant {name}: {'caught' if found else 'MISSED'} ({figures})", flush=True)
    return found


async def _lacking(settings: Settings, mutant: Mutant) -> None:
    if mutant.database:
        connection = await asyncpg.connect(settings.database_owner_url)
        try:
            await connection.execute(mutant.database)
        finally:
            await connection.close()
