"""`python -m benchmarks [OPERATION ...]`: every competitor side by side, a row for each figure.

Rounds are short and interleaved, so that whatever else the machine does meets all alike; what
counts are ratios of medians.
"""

import argparse
import asyncio
import json
import os
import signal
import sys
import tempfile
import time
from collections import defaultdict
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import asyncpg
import httpx

from benchmarks import chart, competitors, digests, figures, load, trail
from benchmarks.compare import require_equal
from benchmarks.competitors import Competitor
from benchmarks.figures import Cell
from benchmarks.generate import portfolio
from benchmarks.load import Generator, Round, measure
from benchmarks.operations import GROWING, OPERATIONS, requests
from benchmarks.processes import parent, resident_mb
from benchmarks.rival_documents import PG_AGGREGATES
from tracker.embedded import servers
from tracker.settings import Settings

FOLDER = Path(__file__).parent
REQUESTS = 500
"""Different requests of each operation."""

CACHED = ("portfolio", "aggregate")
NO_CACHE = {"ANSWER_CACHE_MB": "0"}
"""Without it, the exact cache would answer whatever was asked before since the last change."""

FIRST_ANSWERS = 30

TRAIL, DIGESTS = "audit", "digests"
"""No requests to anybody, and measured beside them."""


class Bench:
    """One run: its servers, what was measured so far, and how."""

    def __init__(self, options: argparse.Namespace, settings: Settings, folder: Path) -> None:
        self.options = options
        self.settings = settings
        self.folder = folder
        self.generator: Generator = load.generator()
        self.cells: dict[Cell, dict[str, float]] = {}
        self.figures: dict[str, float] = {}
        self.postgres = 0

    def run(self) -> None:
        """Everything, in the order in which a reader wants to hear of it."""
        if self.options.operations:
            self._requests()
        if self.options.trail:
            print(f"An audit trail of {trail.EVENTS:,} events …", flush=True)
            self.figures |= asyncio.run(trail.measure(self.settings, self.options.rounds))

        if self.options.digests:
            print("Digests …", flush=True)
            self.figures |= asyncio.run(
                digests.measure(self.settings, self.options.readers, self.options.many_readers,
                                self.options.rounds, self.folder)
            )  # fmt: skip

    def _requests(self) -> None:
        sizes = sorted({self.options.small, self.options.size, self.options.large})
        print(f"Portfolios of {', '.join(f'{n:,}' for n in sizes)} projects …", flush=True)
        made = {n: asyncio.run(portfolio(self.settings, n)) for n in sizes}
        self.postgres = asyncio.run(_postgres(self.settings))
        with ExitStack() as stack:
            self._rates(made[self.options.size], stack)
        if growing := [name for name in GROWING if name in self.options.operations]:
            with ExitStack() as stack:
                self._growth(growing, made[self.options.small], made[self.options.large], stack)

    def _rates(self, made: Settings, stack: ExitStack) -> None:
        ours = competitors.tracker(made, **NO_CACHE)
        postgraphile = competitors.postgraphile(made)
        rivals = [ours, competitors.written(made), postgraphile, competitors.strawberry(made)]
        if "update" in self.options.operations:
            rivals.append(competitors.postgraphile(made, pg_settings=True))
        if "aggregate" in self.options.operations:
            rivals.append(competitors.postgraphile_function(made))
        for each in rivals:
            stack.enter_context(competitors.running(each, self.folder))
        asked = {
            name: asyncio.run(requests(str(made.database_url), name, REQUESTS))
            for name in self.options.operations
        }
        require_equal(rivals, asked)
        print("All give the same answers.", flush=True)
        for operation in self.options.operations:
            if operation == "aggregate":
                self._faster_aggregate(postgraphile, asked[operation])
            self._interleaved(operation, asked[operation], rivals)
        if hasattr(made, "answer_cache_mb"):
            cached = stack.enter_context(
                competitors.running(competitors.tracker(made, "cached"), self.folder)
            )
            self._cached(cached, [postgraphile], asked)
        self.figures |= figures.ratios(self.cells)
        self.figures["graphql.first_answer_ms"] = _first_answer(ours, asked)
        self.figures["web.rss_mb"] = resident_mb(ours.pid)

    def _faster_aggregate(self, postgraphile: Competitor, asked: list[Any]) -> None:
        """PostGraphile counts in the way that suits it best."""
        rates = {}
        for document in PG_AGGREGATES:
            postgraphile.documents["aggregate"] = document
            rates[document] = self._round("aggregate", asked, postgraphile, clients=16).rate
        postgraphile.documents["aggregate"] = max(rates, key=rates.__getitem__)

    def _interleaved(self, operation: str, asked: list[Any], rivals: list[Competitor]) -> None:
        """Rounds there and back: all competitors, then all in the other direction."""
        able = [each for each in rivals if operation in each.operations]
        for clients in self.options.clients:
            rounds: dict[str, list[Round]] = defaultdict(list)
            for each in able:
                self._round(operation, asked, each, clients, seconds=1)
            for number in range(self.options.rounds):
                for each in able[:: -1 if number % 2 else 1]:
                    rounds[each.name].append(self._round(operation, asked, each, clients))
            for name, measured in rounds.items():
                self.cells[operation, clients, name] = figures.medians(measured)
            shown = {key: self.cells[key] for key in self.cells if key[:2] == (operation, clients)}
            print("\n".join(figures.profile(shown)), flush=True)

    def _round(
        self, operation: str, asked: list[Any], each: Competitor, clients: int, seconds: int = 0
    ) -> Round:
        path = load.prepare(each, operation, asked, self.folder)
        return measure(
            self.generator, each, operation, path,
            clients=clients, seconds=seconds or self.options.seconds, postgres=self.postgres,
        )  # fmt: skip

    def _cached(
        self, cached: Competitor, rivals: list[Competitor], asked: dict[str, list[Any]]
    ) -> None:
        """The same question again and again while nothing changes, asked by one person."""
        clients = max(self.options.clients)
        for operation in (name for name in CACHED if name in asked):
            same = asked[operation][:1]
            rounds: dict[str, list[Round]] = defaultdict(list)
            for number in range(self.options.rounds + 1):
                for each in (cached, *rivals):
                    measured = self._round(operation, same, each, clients, seconds=1)
                    if number:
                        rounds[each.name].append(measured)
            found = {name: figures.medians(each) for name, each in rounds.items()}
            for name, measures in found.items():
                self.cells[f"{operation}.cached", clients, name] = measures
            name = f"graphql.{operation}.cached.c{clients}.vs_postgraphile"
            self.figures[name] = found["cached"]["rate"] / found["postgraphile"]["rate"]

    def _growth(
        self, operations: list[str], small: Settings, large: Settings, stack: ExitStack
    ) -> None:
        """The same pages in the smallest and in the largest portfolio, one client."""
        pair = [
            stack.enter_context(
                competitors.running(competitors.tracker(made, name, **NO_CACHE), self.folder)
            )
            for name, made in (("small", small), ("large", large))
        ]
        sizes = f"{_thousands(self.options.small)}_{_thousands(self.options.large)}"
        for operation in operations:
            asked = asyncio.run(requests(str(small.database_url), operation, REQUESTS))
            found = self._grown(operation, asked, pair)
            self.figures[f"graphql.{operation}.growth_{sizes}"] = found

    def _grown(self, operation: str, asked: list[Any], pair: list[Competitor]) -> float:
        """How many times the small portfolio's median the large one's is."""
        rounds: dict[str, list[Round]] = defaultdict(list)
        for number in range(self.options.rounds + 1):
            for each in pair:
                measured = self._round(operation, asked, each, clients=1, seconds=2)
                if number:
                    rounds[each.name].append(measured)
        for name, all_measured in rounds.items():
            self.cells[operation, 1, name] = figures.medians(all_measured)
        return self.cells[operation, 1, "large"]["p50"] / self.cells[operation, 1, "small"]["p50"]


def _thousands(number: int) -> str:
    """1000 -> 1k: the figure's name says which sizes were compared."""
    return f"{number // 1000}k" if number % 1000 == 0 else str(number)


def _first_answer(ours: Competitor, asked: dict[str, list[Any]]) -> float:
    """Milliseconds to the whole answer to a document that was never seen, the median of some.

    The question is about one project where that is measured: what is left is parsing, validating
    and planning, and PostgreSQL's own planning.
    """
    operation = "project" if "project" in asked else next(iter(asked))
    request = asked[operation][0]
    times = []
    with httpx.Client(headers=ours.headers(request)) as client:
        for number in range(FIRST_ANSWERS):
            body = json.loads(ours.body(operation, request))
            body["query"] = body["query"].replace("{", f"{{ unseen{number}: __typename ", 1)
            started = time.perf_counter()
            client.post(ours.url(operation), json=body).raise_for_status()
            times.append((time.perf_counter() - started) * 1000)
    return sorted(times)[len(times) // 2]


async def _postgres(settings: Settings) -> int:
    connection = await asyncpg.connect(settings.database_url)
    try:
        backend: int = await connection.fetchval("SELECT pg_backend_pid()")
        return parent(backend)
    finally:
        await connection.close()


def _report(bench: Bench, options: argparse.Namespace) -> None:
    if bench.cells:
        print("\nWhere time goes")
        print("\n".join(figures.profile(bench.cells)))
    output = Path(options.output)
    whole = figures.as_json(bench.cells, bench.figures) | {
        "projects": options.size, "rounds": options.rounds, "seconds": options.seconds,
    }  # fmt: skip
    (output / "results.json").write_text(json.dumps(whole, indent=1) + "\n")
    clients = max(options.clients)
    title = f"Requests a second, {options.size:,} projects, {clients} clients"
    if bench.cells:
        (output / "results.svg").write_text(chart.svg(bench.cells, clients, title))
    print("\nFigures")
    print("\n".join(figures.row(name, value) for name, value in bench.figures.items()))
    print("\nBars")
    print("\n".join(str(each) for each in figures.verdicts(bench.figures)))


def _options(arguments: list[str]) -> argparse.Namespace:
    """The command line; each option's default comes from the environment."""
    top = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    top.add_argument("operations", nargs="*", metavar="OPERATION",
                     help=", ".join([*OPERATIONS, TRAIL, DIGESTS]))  # fmt: skip
    known = os.environ
    top.add_argument("--size", type=int, default=int(known.get("BENCH_SIZE", "10000")))
    top.add_argument("--small", type=int, default=int(known.get("BENCH_SMALL", "1000")))
    top.add_argument("--large", type=int, default=int(known.get("BENCH_LARGE", "100000")))
    top.add_argument("--rounds", type=int, default=int(known.get("BENCH_ROUNDS", "3")))
    top.add_argument("--seconds", type=int, default=int(known.get("BENCH_SECONDS", "2")))
    top.add_argument("--clients", default=known.get("BENCH_CLIENTS", "1,16"))
    top.add_argument("--data", default=known.get("BENCH_DATA", ".data/bench"))
    top.add_argument("--output", default=str(FOLDER), help="folder for results.json and .svg")
    top.add_argument("--readers", type=int, default=int(known.get("BENCH_READERS", "3000")),
                     help="who get a digest")  # fmt: skip
    top.add_argument("--many-readers", type=int, default=int(known.get("BENCH_MANY", "10000")),
                     help="the same, to see how memory grows")  # fmt: skip
    options = top.parse_args(arguments)
    if unknown := set(options.operations) - {*OPERATIONS, TRAIL, DIGESTS}:
        known_ones = ", ".join([*OPERATIONS, TRAIL, DIGESTS])
        top.error(f"no such operation: {', '.join(unknown)}; there are: {known_ones}")
    asked = options.operations or [*OPERATIONS, TRAIL, DIGESTS]
    options.operations = [name for name in asked if name in OPERATIONS]
    options.trail, options.digests = TRAIL in asked, DIGESTS in asked
    options.clients = [int(number) for number in options.clients.split(",")]
    return options


def main(arguments: list[str]) -> int:
    """Run, report; 0 unless something failed. A bar that is not met is news, not a failure."""
    options = _options(arguments)
    Path(options.output).mkdir(parents=True, exist_ok=True)  # before what takes half an hour
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    settings = Settings.from_environment(
        {"DATA_DIR": str(Path(options.data).absolute()), "LOG_LEVEL": "warning"}
    )
    try:
        with servers(settings) as running, tempfile.TemporaryDirectory() as folder:
            bench = Bench(options, running, Path(folder))
            bench.run()
            _report(bench, options)
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
