"""Figures and their bars."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One figure; with a bar, whether it holds."""

    name: str
    value: float
    at_least: float | None = None
    at_most: float | None = None
    of: int | None = None
    """How many there were, where the figure counts some of them."""

    @property
    def holds(self) -> bool:
        """Whether the figure is on the right side of its bars."""
        low = self.at_least is None or self.value >= self.at_least
        return low and (self.at_most is None or self.value <= self.at_most)

    def __str__(self) -> str:
        value = f"{self.value:.3f}".rstrip("0").rstrip(".")
        bar = "" if self.holds else f"   <-- bar: {_bar(self)}"
        whole = "" if self.of is None else f" of {self.of}"
        return f"{self.name}: {value}{whole}{bar}"


def _bar(row: Row) -> str:
    parts = [
        f"at least {row.at_least:g}" if row.at_least is not None else "",
        f"at most {row.at_most:g}" if row.at_most is not None else "",
    ]
    return ", ".join(filter(None, parts))
