"""How much of what there is to say a mail says: one screen, and where all of it stands."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf
from typing import Any

from tracker.digests.parts import Row

HEADING = 2
"""Lines that a part takes besides its entries."""

NOTICE = 1
"""Lines of "and 12 more". The last entry of a part takes so many less: it stands in its place."""


@dataclass(frozen=True)
class Part:
    """The first few of what there is to say, how many more there are, and the page that has
    them. On a screen each entry takes about so many `lines`; at `least` so many are shown."""

    entries: list[Any]
    more: int
    where: str
    lines: int = 2
    least: int = 1

    @classmethod
    def first(cls, entries: Sequence[Any], shown: int, where: str) -> "Part":
        """The first ones, in the order that they have; one more where it stands in the place of
        "and 1 more", for what takes no more room than that."""
        return cls([*entries], 0, where).cut(shown + (len(entries) == shown + 1))

    def cut(self, shown: int) -> "Part":
        """No more than the first so many; the others are counted."""
        hidden = len(self.entries[shown:])
        return Part(self.entries[:shown], self.more + hidden, self.where, self.lines, self.least)

    def __bool__(self) -> bool:
        return bool(self.entries)


@dataclass(frozen=True)
class Room:
    """The lines for what `asks` something of the reader and for what `tells` something, which is
    then the same for all of a city; of a part at `most` so many entries; how many things one entry
    lists, and the sides of how many cities are told. What is beyond is counted and linked; `whole`
    is the page that has it."""

    asks: float
    tells: float
    most: int
    listed: int
    cities: int
    whole: str = ""

    def part(
        self, name: str, entries: Iterable[Row], rank: Callable[[Row], Any], **size: int
    ) -> Part:
        """All there is to say in the part of this name, those first that rank lowest."""
        return Part(sorted(entries, key=rank), 0, self.at(name), **size)

    def shared(self, parts: Mapping[str, Part], lines: float) -> dict[str, Part]:
        """Of each part its least; what is left of the lines goes to one after the other, an entry
        at a time, the most important ones first: they are in that order. None says "and 1 more"
        where that takes as much room as the one."""
        shown, left = dict.fromkeys(parts, 0), lines
        for turn in range(self.most + 1):
            for name, part in parts.items():
                last = shown[name] + 1 == len(part.entries) > 1
                needed = part.lines + (0 if turn else HEADING) - (NOTICE if last else 0)
                free = needed == 0 or (needed <= left and turn < self.most)
                if shown[name] < len(part.entries) and (free or turn < part.least):
                    shown[name] += 1
                    left -= needed
        return {name: part.cut(shown[name]) for name, part in parts.items()}

    def at(self, name: str) -> str:
        """Where the page has the part of this name."""
        return f"{self.whole}#{name}"


WHOLE = "/digests/\x1f/whole"
"""Stands for the page that has all of a mail until it is known whose mail it is: what is told of
projects is written once for several readers. No text of people has such a character."""

SCREEN = Room(asks=10, tells=34, most=10, listed=2, cities=1, whole=WHOLE)
"""That of a mail: about 1,200 pixels on a desk, less than two screens of a phone."""

ROOMS = (SCREEN, replace(SCREEN, asks=0, tells=0, listed=1))
"""From the usual one down to that for projects and cities with the longest names."""

SHEET = Room(asks=20, tells=84, most=20, listed=3, cities=2, whole=WHOLE)
"""That of a page of paper: about what two columns of small letters hold."""

AMPLE = Room(asks=inf, tells=inf, most=100, listed=100, cities=100, whole="/projects")
"""That of the page which has all of it."""
