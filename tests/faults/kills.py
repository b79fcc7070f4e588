"""Workers killed with -9 at every phase, again and again, while mails are owed and the relay goes
wrong in every way."""

import asyncio
import random
import signal
import time
from collections.abc import Callable
from multiprocessing.context import ForkServerProcess

from tests.cast import Cast
from tests.conformance.rows import Row
from tests.faults import checker, histories
from tests.faults.ground import played
from tests.faults.histories import Histories
from tests.faults.lives import POINTS, Crew, Life, crew
from tests.faults.relay import FOR_GOOD, PASSING, Fault, relaying
from tests.faults.sowing import hurried, sown, told
from tracker.domain.deliveries.queries import unsettled
from tracker.domain.deliveries.tables import Delivery
from tracker.settings import Settings

MAILS = 200
WORKERS = 3
PATIENCE_SECONDS = 180
"""Without a mail that comes to its end: on a busy machine workers begin slowly, and die young."""


async def trial(seed: int = 0, mails: int = MAILS) -> list[Row]:
    """The whole run."""
    async with played() as (settings, cast):
        return await told(lambda found: run(settings, cast, found, seed, mails))


async def run(
    settings: Settings, cast: Cast, noted: Histories, seed: int, mails: int,
    mutant: str = "", endless: bool = False,
) -> list[Row]:  # fmt: skip
    """Send `mails` digests past the nemesis, and tell what the histories say. What is `endless` is
    over when a mail has come twice."""
    await histories.watch(settings)
    for address in (await sown(cast, mails)).values():
        noted.note("owed", to=address)
    with (
        relaying(noted, lambda address: planned(seed, address)) as url,
        crew(hurried(settings, url, noted), noted.folder) as workers,
    ):
        nemesis = Nemesis(workers, noted, random.Random(seed), mutant)  # noqa: S311 - repeatable
        await nemesis.haunt(mails, lambda: endless and checker.doubled(noted) > 0)
    await histories.tell(settings, noted)
    kills = noted.read("kills")
    phases = {line["point"] for line in kills if line["point"]}
    return [
        *checker.judged(noted),
        Row("delivery.kills", len(kills), at_least=mails // 15),
        Row("delivery.phases_killed_at", len(phases), of=len(POINTS),
            at_least=len(POINTS) if mails >= MAILS else None),
    ]  # fmt: skip


def planned(seed: int, address: str) -> list[Fault]:
    """Up to two faults that pass; for one address in fifteen, one that does not."""
    chance = random.Random(f"{seed} {address}")  # noqa: S311 - repeatable
    if chance.random() < 1 / 15:
        return [chance.choice(list(FOR_GOOD))] * 99
    return [chance.choice(PASSING) for _ in range(chance.choice((0, 0, 1, 1, 2)))]


class Nemesis:
    """Kills workers, each at a moment that its dice choose, and has another take its place."""

    def __init__(self, workers: Crew, noted: Histories, chance: random.Random, mutant: str) -> None:
        self._workers, self._noted = workers, noted
        self._chance, self._mutant = chance, mutant
        self._deaths: list[str] = []
        self._rounds = 0
        self._alive: list[tuple[ForkServerProcess, Life]] = []

    async def haunt(self, mails: int, over: Callable[[], bool]) -> None:
        """Go on until all is settled, or it is over, or nothing has been settled for as long as
        patience lasts."""
        left, latest = mails + 1, time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < latest:
            # Counted first: what is owed between the two reads would be in neither.
            to_come = max(0, mails - await Delivery.count())
            now_left = to_come + await unsettled()
            if not now_left or over():
                return
            if now_left < left:
                left, latest = now_left, time.monotonic() + PATIENCE_SECONDS
            self._replace()
            if self._alive and self._chance.random() < 0.03:
                self._chance.choice(self._alive)[0].kill()
            await asyncio.sleep(0.1)

    def _replace(self) -> None:
        for each in list(self._alive):
            process, life = each
            if not process.is_alive():
                self._alive.remove(each)
                self._bury(process, life)
        while len(self._alive) < WORKERS:
            life = self._life()
            self._alive.append((self._workers.begin(life), life))

    def _life(self) -> Life:
        """Each phase in its turn, as shuffled cards are dealt: at first the first time that it
        comes, so that a short run has died of all of them."""
        if not self._deaths:
            self._deaths = self._chance.sample(list(POINTS), len(POINTS))
            self._rounds += 1
        times = self._chance.randint(1, 1 if self._rounds == 1 else 4)
        return Life(self._deaths.pop(), times, mutant=self._mutant)

    def _bury(self, process: ForkServerProcess, life: Life) -> None:
        if process.exitcode == -signal.SIGKILL:
            self._noted.note("kills", point=life.point)
        else:
            self._noted.note("ends", code=process.exitcode)
