"""`python -m tracker.settings` prints the table; `--check FILE` says which rows that file lacks."""

import sys
from pathlib import Path

from tracker.settings.table import table, undocumented


def main(arguments: list[str]) -> int:
    """Print the table, or 1 and the missing rows for a document that lacks some."""
    if arguments[:1] != ["--check"]:
        print(table())
        return 0
    missing = undocumented(Path(arguments[1]).read_text(encoding="utf-8"))
    print("\n".join([f"{arguments[1]} lacks:", *missing] if missing else ["Settings documented."]))
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
