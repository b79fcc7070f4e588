"""Letters that the fonts of briefings have and lack.

Those of the fonts' files are read of them, once. The setter has others of its own, which only
setting tells: these are asked for a few times, and what is not known by then counts as lacking, so
that no text of people costs more than a few tenths of a second.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from functools import cache
from itertools import groupby
from pathlib import Path
from struct import unpack_from

TRIES = 12
"""How often the setter is asked about one mail, some hundredths of a second each time."""

DEEPEST = 8
"""Of these, how many lead from a block of 128 letters to one of them, by halves."""

ASKED = 128
"""Characters that it is asked about at the most."""

_HAVE, _LACK = set("\u200b\u200e\u200f\u2066\u2067\u2068\u2069"), set[str]()
"""Characters that the setter was asked about before, and those that mails themselves write."""


def lacking(
    characters: Collection[str], files: tuple[Path, ...], sets: Callable[[str], bool]
) -> set[str]:
    """Those that the fonts of these files lack, and the setter too: `sets` says whether it has all
    of some."""
    in_files = read(files)
    unknown = {each for each in characters if not in_files[ord(each)]} - _HAVE - _LACK
    asked = sorted(unknown)[:ASKED]
    _ask(["".join(block) for _, block in groupby(asked, lambda each: ord(each) // 128)], sets)
    return ({*characters} & _LACK) | (unknown - _HAVE)


def _ask(blocks: Sequence[str], sets: Callable[[str], bool]) -> None:
    """Learn of some of their letters whether the setter has them. Several blocks are tried whole,
    so that what is lacking of one takes no other along; then one is searched to its letters, so
    that every mail learns some, and those that say the same cost nothing in the end."""
    whole, halves = list(reversed(blocks)), list[str]()
    for left in range(TRIES, 0, -1):
        if not whole and not halves:
            break
        group = (whole if whole and (left > DEEPEST or not halves) else halves).pop()
        if sets(" ".join(group)):
            _HAVE.update(group)
        elif len(group) == 1:
            _LACK.add(group)
        else:
            middle = len(group) // 2
            halves += (group[middle:], group[:middle])


@cache
def read(files: tuple[Path, ...]) -> bytes:
    """For each code point, whether one of the files has it."""
    found = bytearray(0x110000)
    for file in files:
        for first, last in _ranges(file.read_bytes()):
            found[first : last + 1] = b"\1" * (last + 1 - first)
    return bytes(found)


def _ranges(font: bytes) -> Iterator[tuple[int, int]]:
    """The code points that its table "cmap" maps (ISO/IEC 14496-22, 5.2.1), first and last of each
    range; of a collection, those of the first font."""
    start: int = unpack_from(">I", font, 12)[0] if font.startswith(b"ttcf") else 0
    tables = [start + 12 + 16 * n for n in range(unpack_from(">H", font, start + 4)[0])]
    [table] = [unpack_from(">8xI", font, at)[0] for at in tables if font[at : at + 4] == b"cmap"]
    for number in range(unpack_from(">H", font, table + 2)[0]):
        at = table + unpack_from(">I", font, table + 8 + 8 * number)[0]
        kind = unpack_from(">H", font, at)[0]
        if kind == 4:
            size = unpack_from(">H", font, at + 6)[0]
            ends = unpack_from(f">{size // 2}H", font, at + 14)
            yield from zip(unpack_from(f">{size // 2}H", font, at + 16 + size), ends, strict=True)
        elif kind == 12:
            for group in range(unpack_from(">I", font, at + 12)[0]):
                yield unpack_from(">II", font, at + 16 + 12 * group)
