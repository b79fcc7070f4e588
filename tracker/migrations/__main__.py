"""`python -m tracker.migrations --check` or `… new DESCRIPTION`. Needs no database."""

import asyncio
import sys

from tracker.migrations import drift, new


def main(arguments: list[str]) -> int:
    """0 when the history matches the tables, or when the new migration is written."""
    if arguments[:1] == ["new"] and len(arguments) == 2:
        print(asyncio.run(new(arguments[1])))
        return 0
    if arguments != ["--check"]:
        print("usage: python -m tracker.migrations --check | new DESCRIPTION", file=sys.stderr)
        return 2
    missing = asyncio.run(drift())
    for statement in missing:
        print(statement.strip(), file=sys.stderr)
    if missing:
        print("Tables changed: run `python -m tracker.migrations new WHAT`.", file=sys.stderr)
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
