"""`python -m tests.browser [--shots FOLDER]`: a row per figure; exit code 1 if any bar is missed.

Where there is no Chromium, it says so and exits 0.
"""

import argparse
import asyncio
import sys
from pathlib import Path

from tests.browser import signing_in
from tests.browser.chromium import browsing, executable
from tests.conformance.rows import Row
from tests.conformance.server import running


def main(arguments: list[str]) -> int:
    """Run everything on a demonstration of its own."""
    parser = argparse.ArgumentParser(prog="python -m tests.browser")
    parser.add_argument("--shots", type=Path, help="a folder for pictures of the pages")
    options = parser.parse_args(arguments)
    if executable() is None:
        print("skipped: no Chromium on PATH; name one by CHROMIUM")
        return 0
    if options.shots:
        options.shots.mkdir(parents=True, exist_ok=True)
    rows = asyncio.run(_run(options.shots))
    for row in rows:
        print(row)
    return 0 if all(row.holds for row in rows) else 1


async def _run(shots: Path | None) -> list[Row]:
    # The provider of the test is on this machine.
    with running(SIGN_ON_PRIVATE="1") as server:
        async with browsing(shots) as chromium:
            return await signing_in.check(chromium, server)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
