"""`python -m tests.faults [TRIAL ...] [--seed N|random] [--mails N]`: a row per figure; exit code 1
if any bar is missed."""

import argparse
import asyncio
import importlib
import inspect
import secrets
import sys

from tests.conformance.rows import Row

TRIALS: tuple[str, ...] = ("year", "kills", "stops", "refusals", "away", "mutants")
"""Modules of this package with a coroutine function `trial()`, in the order they run. It takes
those of `seed` and `mails` that mean something to it."""


def main(argv: list[str]) -> int:
    """Run the named trials, or all."""
    chosen = _options(argv)
    rows: list[Row] = []
    print(f"seed: {chosen.seed}", flush=True)
    for name in chosen.trials or TRIALS:
        trial = importlib.import_module(f"tests.faults.{name}").trial
        takes = inspect.signature(trial).parameters
        given = {"seed": chosen.seed, "mails": chosen.mails}
        found = asyncio.run(
            trial(**{word: it for word, it in given.items() if word in takes and it is not None})
        )
        print(*found, sep="\n", flush=True)
        rows += found
    return 0 if all(row.holds for row in rows) else 1


def _options(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults")
    parser.add_argument("trials", nargs="*", metavar="TRIAL", help=f"of {', '.join(TRIALS)}")
    parser.add_argument("--seed", default=0, type=_seed, help="a number, or `random` for another")
    parser.add_argument("--mails", type=int, help="how many are owed, for longer or shorter runs")
    found = parser.parse_args(argv)
    if unknown := set(found.trials) - set(TRIALS):
        parser.error(f"no such trial: {', '.join(unknown)}; there are: {', '.join(TRIALS)}")
    return found


def _seed(text: str) -> int:
    return secrets.randbelow(2**32) if text == "random" else int(text)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
