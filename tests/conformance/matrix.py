"""The authorisation matrix, whole, and with it every rule broken in turn: what it does not find
then, it would not find by accident either.

As many processes as there are processors share the work, each with servers and a world of its own;
what is done is said as it is done."""

import asyncio
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from time import monotonic
from typing import TypeVar

from tests import cast as casting
from tests.conformance.rows import Row
from tests.conformance.server import Server
from tests.conftest import owning
from tests.matrix import world as worlds
from tests.matrix.attempts import Attempts
from tests.matrix.cells import Asking
from tests.matrix.doors import knock
from tests.matrix.exports import take
from tests.matrix.following import follow
from tests.matrix.installation import installed, unlimited
from tests.matrix.lapses import lapse
from tests.matrix.mutants import caught, mutants
from tests.matrix.rights import noticed, rights
from tests.matrix.tally import Tally
from tests.matrix.ways import Ways
from tests.matrix.world import World
from tracker.app import create_app
from tracker.domain.database import connected
from tracker.embedded import servers
from tracker.graphql import serving
from tracker.graphql.registry import registry
from tracker.migrations import migrate
from tracker.settings import Settings

T = TypeVar("T")

MOST = 40
"""Rows that each mutation is attempted on by each."""

PROCESSES = max(1, min(4, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 2))


@dataclass
class Found:
    """What one process found: tallies of cells, of deeds and of real doors; mutants counted by
    what came."""

    cells: Tally = field(default_factory=Tally)
    deeds: Tally = field(default_factory=Tally)
    doors: Tally = field(default_factory=Tally)
    counts: Counter[str] = field(default_factory=Counter)
    seconds: Counter[str] = field(default_factory=Counter)

    def add(self, other: "Found") -> None:
        """What another process found."""
        self.cells.add(other.cells)
        self.deeds.add(other.deeds)
        self.doors.add(other.doors)
        self.counts += other.counts
        self.seconds += other.seconds


async def check(server: Server) -> list[Row]:
    """Over databases of its own: the demonstration's has no marks."""
    return await asyncio.to_thread(_shared)


def _shared() -> list[Row]:
    began, whole = monotonic(), Found()
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as pool:
        for found in pool.map(_share, range(PROCESSES)):
            whole.add(found)
    for each in (whole.cells, whole.deeds, whole.doors):
        for finding in [*each.leaks, *each.hidden]:
            print(finding)
    return [*_rows(whole), Row("matrix.minutes", (monotonic() - began) / 60, at_most=15)]


def _rows(whole: Found) -> list[Row]:
    counts = whole.counts
    return [
        Row("matrix.cells", whole.cells.cells, at_least=500_000),
        Row("matrix.leaks", len(whole.cells.leaks), at_most=0),
        Row("matrix.hidden", len(whole.cells.hidden), at_most=0),
        Row("matrix.mutation_cells", whole.deeds.cells, at_least=50_000),
        Row("matrix.mutation_leaks", len(whole.deeds.leaks), at_most=0),
        Row("matrix.mutations_wrongly_refused", len(whole.deeds.hidden), at_most=0),
        Row("matrix.door_cells", whole.doors.cells, at_least=50_000),
        Row("matrix.door_leaks", len(whole.doors.leaks), at_most=0),
        Row("matrix.doors_wrongly_shut", len(whole.doors.hidden), at_most=0),
        Row("matrix.mutants", counts["caught"] + counts["not caught"], at_least=130),
        Row("matrix.mutants_caught", counts["caught"]),
        Row("matrix.mutants_missed", counts["not caught"], at_most=0),
        Row("matrix.mutants_equal_and_why", counts["equal"]),
        Row("matrix.rights_changed", counts["noticed"] + counts["not noticed"], at_least=85),
        Row("matrix.rights_noticed", counts["noticed"]),
        Row("matrix.rights_missed", counts["not noticed"], at_most=0),
        *(Row(f"matrix.seconds_of_{part}", spent) for part, spent in whole.seconds.items()),
    ]


def _share(number: int) -> Found:
    """One process's part of everything: every so manieth viewer and mutant."""
    folder = Path(tempfile.mkdtemp(prefix="tracker-matrix-"))
    folder.chmod(0o711)
    environment = {"DATA_DIR": str(folder), "LOG_LEVEL": "error"}
    try:
        with servers(Settings.from_environment(environment), durable=False) as started:
            return asyncio.run(Share(number).run(started))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Share:
    """What one process does."""

    def __init__(self, number: int) -> None:
        self.number, self.found = number, Found()
        self.began = monotonic()

    async def run(self, settings: Settings) -> Found:
        """In a database of its own."""
        await migrate(settings)
        async with (
            connected(settings),
            owning(settings) as owner,
            serving(settings),
            installed(settings) as self.address,
        ):
            world = await worlds.make(await casting.make(), owner)
            self.app, self.settings = create_app(unlimited(settings)), settings
            for part in (self.cells, self.deeds, self.mutants, self.rights, self.doors):
                self.say(f"{part.__name__} begin")
                since = monotonic()
                await part(world)
                self.found.seconds[part.__name__] += round(monotonic() - since)
        return self.found

    def say(self, text: str) -> None:
        """What is done, and when since the start."""
        minutes, seconds = divmod(round(monotonic() - self.began), 60)
        print(f"matrix {self.number + 1}/{PROCESSES} {minutes}:{seconds:02d} {text}", flush=True)

    def mine(self, all_of_them: list[T]) -> Iterator[T]:
        """This process's part of a list that is the same in all."""
        yield from all_of_them[self.number :: PROCESSES]

    async def cells(self, world: World) -> None:
        """What everybody sees, with all of their rights and with what tokens leave of them."""
        for name in self.mine([*world.viewers, *world.keys.limited]):
            await Asking(world, name, tally := Tally()).everything()
            self.note(f"{name} sees", self.found.cells, tally)

    async def deeds(self, world: World) -> None:
        """Every mutation by everybody, by their tokens, and with others' idempotency keys."""
        for name in self.mine([*world.viewers]):
            attempts = Attempts(Asking(world, name, tally := Tally()), MOST)
            await attempts.everything()
            await attempts.by_token()
            for other in ("administrator", "nairobi_coordinator", "seoul_mayor"):
                await attempts.with_key_of(Asking(world, other, Tally()))
            self.note(f"{name} does", self.found.deeds, tally)

    async def doors(self, world: World) -> None:
        """Real doors, over the wire. They leave traces, so they come last."""
        kinds = list(self.mine([*registry.declarations]))
        names = list(self.mine([*world.viewers]))
        ways = Ways(world, self.address, self.found.doors)
        for kind in kinds:
            await ways.over_http([kind])
            self.say(f"{kind} over HTTP")
        await ways.over_sockets(kinds)
        self.say("sockets")
        await Ways(world, self.address, self.found.doors, names).from_shells()
        self.say("shells")
        await follow(world, self.address, self.found.doors, names)
        self.say("followers")
        for name in names:
            await take(world, self.address, self.found.doors, [name])
            await knock(Asking(world, name, self.found.doors), self.app, self.settings)
            self.say(f"{name} took exports and knocked at every address")
        await lapse(world, self.address, self.found.doors)

    def note(self, what: str, whole: Tally, tally: Tally) -> None:
        """Add a part to the whole, and say what it was."""
        whole.add(tally)
        self.say(
            f"{what}: {tally.cells} cells, {len(tally.leaks)} leaks, {len(tally.hidden)} hidden"
        )

    async def mutants(self, world: World) -> None:
        """Each is caught, save those that say why nobody can tell them from the rule."""
        for mutant in self.mine(list(mutants())):
            came = "equal" if mutant.equal else (
                "caught" if await caught(world, mutant) else "not caught"
            )  # fmt: skip
            self.found.counts[came] += 1
            self.say(f"{came}: {mutant.name}")

    async def rights(self, world: World) -> None:
        """Each permission given and taken away in turn, and nobody's own judged by themselves."""
        for right in self.mine(list(rights())):
            if right.mutant.equal:
                continue
            came = "noticed" if await noticed(world, right) else "not noticed"
            self.found.counts[came] += 1
            self.say(f"{came}: {right.mutant.name}")
