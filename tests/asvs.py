"""The register of OWASP ASVS 5.0.0: `python -m tests.asvs` writes docs/asvs.md from docs/asvs.txt,
with --check it says what is missing, out of date, or names a test that does not exist.

The numbers and levels are the standard's (CC BY-SA 4.0); the words are ours.
"""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
DATA, PAGE = ROOT / "docs/asvs.txt", ROOT / "docs/asvs.md"
ITEMS = {1: 70, 2: 183}
"""Level -> how many items the standard has at it."""

LINE = re.compile(r"V(?P<item>\d+\.\d+\.\d+)\|(?P<level>[12])\|(?P<asks>[^|]+)\|(?P<how>[-=!].+)")

HEAD = """# ASVS 5.0.0, levels 1 and 2

Every requirement of the
[OWASP Application Security Verification Standard 5.0.0](https://github.com/OWASP/ASVS/tree/v5.0.0)
(CC BY-SA 4.0; in our words) with the test that holds it, or why it does not apply here, or what is
open. Written by `python -m tests.asvs` from `asvs.txt`; `make check` looks whether each test
exists.

{counts}
"""


@dataclass(frozen=True)
class Item:
    """A requirement. `test` is (module, function), or `reason` says why there is none."""

    number: str
    level: int
    asks: str
    how: str

    @property
    def is_open(self) -> bool:
        """Whether something is missing."""
        return self.how.startswith("!")

    @property
    def test(self) -> tuple[Path, str] | None:
        """The module and the name of the test."""
        if not self.how.startswith("="):
            return None
        module, name = self.how[1:].split()
        return ROOT / "tests" / f"{module}.py", name


def items() -> list[Item]:
    """All of them. Raises ValueError for a line that is none."""
    found = []
    for line in DATA.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            match = LINE.fullmatch(line)
            if match is None:
                raise ValueError(f"docs/asvs.txt: {line}")
            found.append(Item(match["item"], int(match["level"]), match["asks"], match["how"]))
    return found


def problems(found: list[Item]) -> Iterator[str]:
    """What is wrong with the register."""
    if len({each.number for each in found}) != len(found):
        yield "an item is there twice"
    for level, most in ITEMS.items():
        here = sum(each.level == level for each in found)
        if here != most:
            yield f"{here} items of level {level}; the standard has {most}"
    for each in found:
        if each.test and not _exists(*each.test):
            yield f"{each.number}: there is no test {each.how[1:]}"


def page(found: list[Item]) -> str:
    """The register as people read it."""
    lines = [HEAD.format(counts=_counts(found))]
    chapter = ""
    for each in found:
        if each.number.partition(".")[0] != chapter:
            chapter = each.number.partition(".")[0]
            lines.append(f"\n## V{chapter}\n\n| item | level | asks | met by |\n|---|---|---|---|")
        lines.append(f"| {each.number} | {each.level} | {each.asks} | {_met(each)} |")
    return "\n".join(lines) + "\n"


def _counts(found: list[Item]) -> str:
    told = []
    for level in ITEMS:
        here = [each for each in found if each.level == level]
        tested, open_ = sum(bool(e.test) for e in here), sum(e.is_open for e in here)
        told.append(
            f"- Level {level}: {len(here)} items, {tested} with a test,"
            f" {len(here) - tested - open_} that do not apply or are met otherwise, {open_} open."
        )
    return "\n".join(told)


def _met(each: Item) -> str:
    if each.test:
        module, name = each.how[1:].split()
        return f"[`{name}`](../tests/{module}.py)"
    return f"**open**: {each.how[1:]}" if each.is_open else each.how[1:]


def _exists(module: Path, name: str) -> bool:
    return module.exists() and f"def {name}(" in module.read_text(encoding="utf-8")


def main(arguments: list[str]) -> int:
    """Write the page, or tell what is wrong."""
    found = items()
    wrong = list(problems(found))
    if arguments != ["--check"]:
        PAGE.write_text(page(found), encoding="utf-8")
    elif not PAGE.exists() or PAGE.read_text(encoding="utf-8") != page(found):
        wrong.append("docs/asvs.md is out of date: python -m tests.asvs")
    print("\n".join(wrong) or "ASVS register complete.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
