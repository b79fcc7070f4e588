"""`python -m tests.faults [TRIAL ...]`: a row per figure; exit code 1 if any bar is missed."""

import asyncio
import importlib
import sys

from tests.conformance.rows import Row

TRIALS: tuple[str, ...] = ("year",)
"""Modules of this package with a coroutine function `trial()`, in the order they run."""


def main(names: list[str]) -> int:
    """Run the named trials, or all."""
    if unknown := set(names) - set(TRIALS):
        print(f"no such trial: {', '.join(unknown)}; there are: {', '.join(TRIALS)}")
        return 2
    rows: list[Row] = []
    for name in names or TRIALS:
        rows += asyncio.run(importlib.import_module(f"tests.faults.{name}").trial())
    for row in rows:
        print(row)
    return 0 if all(row.holds for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
