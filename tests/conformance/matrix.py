"""The authorisation matrix, whole, and with it every rule broken in turn: what it does not find
then, it would not find by accident either."""

import asyncio
import shutil
import tempfile
from pathlib import Path

from tests import cast as casting
from tests.conformance.rows import Row
from tests.conformance.server import Server
from tests.conftest import owning
from tests.matrix import world as worlds
from tests.matrix.attempts import Attempts
from tests.matrix.cells import Asking, Tally
from tests.matrix.mutants import caught, mutants
from tests.matrix.rights import noticed, rights
from tests.matrix.world import World
from tracker.domain.database import connected
from tracker.embedded import servers
from tracker.graphql import serving
from tracker.migrations import migrate
from tracker.settings import Settings

MOST = 40
"""Rows that each mutation is attempted on by each."""


async def check(server: Server) -> list[Row]:
    """Over a database of its own: the demonstration's has no marks."""
    return await asyncio.to_thread(_apart)


def _apart() -> list[Row]:
    folder = Path(tempfile.mkdtemp(prefix="tracker-matrix-"))
    folder.chmod(0o711)
    environment = {"DATA_DIR": str(folder), "LOG_LEVEL": "error"}
    try:
        with servers(Settings.from_environment(environment), durable=False) as started:
            return asyncio.run(_checked(started))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _checked(settings: Settings) -> list[Row]:
    await migrate(settings)
    async with connected(settings), owning(settings) as owner, serving(settings):
        world = await worlds.make(await casting.make(), owner)
        tally = Tally()
        for name in world.viewers:
            await Asking(world, name, tally).everything()
        deeds = await _deeds(world)
        for each in [*tally.leaks, *tally.hidden, *deeds.leaks, *deeds.hidden]:
            print(each)
        return [
            Row("matrix.cells", tally.cells, at_least=100_000),
            Row("matrix.leaks", len(tally.leaks), at_most=0),
            Row("matrix.hidden", len(tally.hidden), at_most=0),
            Row("matrix.mutation_cells", deeds.cells, at_least=50_000),
            Row("matrix.mutation_leaks", len(deeds.leaks), at_most=0),
            Row("matrix.mutations_wrongly_refused", len(deeds.hidden), at_most=0),
            *await _mutants(world),
            *await _rights(world),
        ]


async def _deeds(world: World) -> Tally:
    """Every mutation by everybody, by their tokens, and with others' idempotency keys."""
    tally = Tally()
    for name in world.viewers:
        attempts = Attempts(Asking(world, name, tally), MOST)
        await attempts.everything()
        await attempts.by_token()
        for other in ("administrator", "nairobi_coordinator", "seoul_mayor"):
            await attempts.with_key_of(Asking(world, other, Tally()))
    return tally


async def _mutants(world: World) -> list[Row]:
    """Each is caught, save those that say why nobody can tell them from the rule."""
    equal = found = missed = 0
    for mutant in mutants():
        if mutant.equal:
            equal += 1
        elif await caught(world, mutant):
            found += 1
        else:
            missed += 1
            print(f"not caught: {mutant.name}")
    return [
        Row("matrix.mutants", found + missed, at_least=100),
        Row("matrix.mutants_caught", found),
        Row("matrix.mutants_missed", missed, at_most=0),
        Row("matrix.mutants_equal_and_why", equal),
    ]


async def _rights(world: World) -> list[Row]:
    """Each permission given and taken away in turn, and nobody's own judged by themselves."""
    found = missed = 0
    for mutant, role, permission in rights():
        if mutant.equal:
            continue
        if await noticed(world, mutant, role, permission):
            found += 1
        else:
            missed += 1
            print(f"not noticed: {mutant.name}")
    return [
        Row("matrix.rights_changed", found + missed, at_least=75),
        Row("matrix.rights_noticed", found),
        Row("matrix.rights_missed", missed, at_most=0),
    ]
