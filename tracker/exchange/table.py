"""A table for a terminal: columns line up, whatever script the cells are in."""

import unicodedata
from collections.abc import Sequence

from tracker.exchange.rows import Cell

WIDTH_MOST = 48
"""Places of a column; what is longer ends with an ellipsis, because a table is for looking."""

GAP = "  "


def drawn(columns: Sequence[str], rows: Sequence[Sequence[Cell]]) -> str:
    """Headings, a line, and the rows; numbers at the right."""
    lines = [[_shown(name) for name in columns], *([_shown(cell) for cell in row] for row in rows)]
    widths = [max(width(line[at]) for line in lines) for at in range(len(columns))]
    right = [
        all(isinstance(row[at], int | float) or row[at] is None for row in rows) and bool(rows)
        for at in range(len(columns))
    ]
    lines.insert(1, ["─" * width for width in widths])
    return "\n".join(_line(line, widths, right) for line in lines) + "\n"


def width(text: str) -> int:
    """How many places of a terminal the text takes (Unicode Standard Annex 11)."""
    return sum(map(_places, text))


def _places(letter: str) -> int:
    if unicodedata.category(letter) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1


def _line(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    padded = [
        " " * (most - width(cell)) + cell if at_right else cell + " " * (most - width(cell))
        for cell, most, at_right in zip(cells, widths, right, strict=True)
    ]
    return GAP.join(padded).rstrip()


def _shown(cell: Cell) -> str:
    """On one line, without what would steer the terminal."""
    if cell is None:
        return ""
    text = str(cell).lower() if isinstance(cell, bool) else str(cell)
    text = "".join(" " if unicodedata.category(x) in ("Cc", "Zl", "Zp") else x for x in text)
    return _cut(text) if width(text) > WIDTH_MOST else text


def _cut(text: str) -> str:
    kept, places = "", 1
    for letter in text:
        places += _places(letter)
        if places > WIDTH_MOST:
            break
        kept += letter
    return f"{kept}…"
