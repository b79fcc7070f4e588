"""`python -m tests.conformance [CHECK ...]`: a row per figure; exit code 1 if any bar is missed.

`schemathesis:decision` asks only the operations whose name begins so.
"""

import asyncio
import importlib
import sys
from collections.abc import Callable, Coroutine
from typing import Any

from tests.conformance.rows import Row
from tests.conformance.server import answers, running

Check = Callable[..., Coroutine[Any, Any, list[Row]]]

CHECKS: tuple[str, ...] = (
    *("mails", "audit", "cop", "uploads", "signin", "live", "both_ways", "clients", "tampering"),
    *("matrix", "asvs", "hostile", "schemathesis"),
)
"""Modules of this package with a coroutine function `check(server)`, in the order they run: mails
before others have some of their own sent."""


IN_PARTS = ("schemathesis",)
"""Those whose `check(server, part)` can be asked for a part alone."""


def main(names: list[str]) -> int:
    """Run the named checks, or all."""
    asked = [(name, part) for name, _, part in (each.partition(":") for each in names or CHECKS)]
    if unknown := [n for n, part in asked if n not in (IN_PARTS if part else CHECKS)]:
        print(f"no such check: {', '.join(unknown)}; there are: {', '.join(CHECKS)}")
        return 2
    rows: list[Row] = []
    with running() as server:
        for name, part in asked:
            check: Check = importlib.import_module(f"tests.conformance.{name}").check
            rows += asyncio.run(check(server, part) if part else check(server))
            rows.append(Row(f"{name}.server_answers_afterwards", int(answers(server)), at_least=1))
    for row in rows:
        print(row)
    return 0 if all(row.holds for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
