"""`python -m tracker.graphql.snapshot [--check]`: the committed schema, so that a change of the
API is seen in review."""

import sys
from pathlib import Path

from tracker.graphql.schema import schema

FILE = Path(__file__).with_name("schema.graphql")


def main(arguments: list[str]) -> int:
    """Write the snapshot, or with --check compare: 1 when it is out of date."""
    text = schema.as_str() + "\n"
    if arguments != ["--check"]:
        FILE.write_text(text, encoding="utf-8")
        return 0
    if FILE.exists() and FILE.read_text(encoding="utf-8") == text:
        return 0
    print("The schema changed: run `python -m tracker.graphql.snapshot`.", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
