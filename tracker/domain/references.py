"""A row of any kind, where an action takes more than one."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Reference:
    """A row, by its kind, which is its table's name, and its number: `milestone`, 12."""

    kind: str
    number: int
