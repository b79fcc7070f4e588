"""What came of a comparison: what came and should not have is a leak; what should have come and
did not is hidden."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Tally:
    """Cells that were looked at, and findings. `first` ends it with the first finding, which is
    all a mutant needs."""

    first: bool = False
    cells: int = 0
    leaks: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)

    def compare(self, what: str, found: Iterable[Any], expected: Iterable[Any]) -> None:
        """Each of both counts as a cell."""
        found, expected = set(found), set(expected)
        self.cells += max(1, len(found | expected))
        for each in found - expected:
            self._note(self.leaks, f"{what}: {each}")
        for each in expected - found:
            self._note(self.hidden, f"{what}: {each}")

    def deny(self, what: str, found: Iterable[Any], allowed: Iterable[Any]) -> None:
        """Nothing but what is allowed may come."""
        found = set(found)
        self.cells += max(1, len(found))
        for each in found - set(allowed):
            self._note(self.leaks, f"{what}: {each}")

    def add(self, other: "Tally") -> None:
        """What somebody else found."""
        self.cells += other.cells
        self.leaks += other.leaks
        self.hidden += other.hidden

    def _note(self, findings: list[str], text: str) -> None:
        findings.append(text)
        if self.first:
            raise Caught(text)


class Caught(Exception):
    """The first finding."""
