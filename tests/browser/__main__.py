"""`python -m tests.browser [--shots FOLDER] [CHECK ...]`: a row per figure; exit code 1 if any bar
is missed. The checks are `mails` and `signing_in`.

Where there is no Chromium, it says so and exits 0.
"""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.browser import mails, signing_in
from tests.browser.chromium import Chromium, browsing, executable
from tests.conformance.rows import Row
from tests.conformance.server import running

CHECKS = ("mails", "signing_in")


def main(arguments: list[str]) -> int:
    """Run the named checks, or all."""
    parser = argparse.ArgumentParser(prog="python -m tests.browser")
    parser.add_argument("--shots", type=Path, help="a folder for pictures of mails and pages")
    parser.add_argument("checks", nargs="*", metavar="CHECK", help=f"of {', '.join(CHECKS)}")
    options = parser.parse_args(arguments)
    if unknown := set(options.checks) - set(CHECKS):
        parser.error(f"no such check: {', '.join(unknown)}; there are: {', '.join(CHECKS)}")
    if executable() is None:
        print("skipped: no Chromium on PATH; name one by CHROMIUM")
        return 0
    if options.shots:
        options.shots.mkdir(parents=True, exist_ok=True)
    rows = asyncio.run(_run(options.shots, options.checks or CHECKS))
    for row in rows:
        print(row)
    return 0 if all(row.holds for row in rows) else 1


async def _run(shots: Path | None, checks: Sequence[str]) -> list[Row]:
    async with browsing(shots) as chromium:
        rows = await mails.check(chromium) if "mails" in checks else []
        return rows + (await _signing_in(chromium) if "signing_in" in checks else [])


async def _signing_in(chromium: Chromium) -> list[Row]:
    """On a demonstration of its own. The provider of the test is on this machine."""
    with running(SIGN_ON_PRIVATE="1") as server:
        return await signing_in.check(chromium, server)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
