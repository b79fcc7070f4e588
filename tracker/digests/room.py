"""How much of what there is to say a mail says: the first few, and where all of it stands."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from tracker.digests.parts import Row


@dataclass(frozen=True)
class Part:
    """The first few of what there is to say, how many more there are, and the page that has
    them."""

    entries: list[Any]
    more: int
    where: str

    @classmethod
    def of(
        cls, entries: Iterable[Row], rank: Callable[[Row], Any], shown: int, where: str
    ) -> "Part":
        """The entries that rank lowest."""
        return cls.first(sorted(entries, key=rank), shown, where)

    @classmethod
    def first(cls, entries: Sequence[Any], shown: int, where: str) -> "Part":
        """The first ones, in the order that they have."""
        return cls([*entries[:shown]], len(entries[shown:]), where)

    def __bool__(self) -> bool:
        return bool(self.entries)


@dataclass(frozen=True)
class Room:
    """Entries of a part that asks something of its reader, and of one that tells something. What is
    beyond them is counted and linked, so that the whole stays readable at a glance; `whole` is the
    page that has it."""

    asks: int
    tells: int
    whole: str = ""

    def asking(
        self, name: str, entries: Iterable[Row], rank: Callable[[Row], Any], times: int = 1
    ) -> Part:
        """The part of this name, where it asks something; with room for so many times as much."""
        return Part.of(entries, rank, times * self.asks, self.at(name))

    def telling(self, name: str, entries: Iterable[Row], rank: Callable[[Row], Any]) -> Part:
        """The same, where it tells something."""
        return Part.of(entries, rank, self.tells, self.at(name))

    def at(self, name: str) -> str:
        """Where the page has the part of this name."""
        return f"{self.whole}#{name}"


ROOMS = (Room(5, 3), Room(3, 2), Room(2, 1), Room(1, 1))
"""From the usual one down to those for projects and cities with the longest names."""

AMPLE = Room(100, 100, "/projects")
"""That of the page which has all of it."""
