"""`python -m tests.matrix [--check]`: write docs/who-sees-what.md, or with --check say what is not
classified and whether the page is out of date."""

import sys

from tests.matrix.classified import missing
from tests.matrix.pages import PAGE, text

DO = "Say in tests/matrix/classification.toml who sees or does it, then run this without --check."


def main(arguments: list[str]) -> int:
    """1 when anything is unclassified, or the page is not as the classification says."""
    if found := missing():
        print("\n".join([*found, DO]), file=sys.stderr)
        return 1
    if arguments != ["--check"]:
        PAGE.write_text(text(), encoding="utf-8")
        return 0
    if not PAGE.exists() or PAGE.read_text(encoding="utf-8") != text():
        print(f"{PAGE.name} is out of date: run `python -m tests.matrix`.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
