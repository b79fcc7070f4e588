"""Comma-separated values after RFC 4180, in UTF-8, safe to open in a spreadsheet."""

import csv
import io
import re
from collections.abc import Sequence

from tracker.exchange.rows import Cell

DANGEROUS = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n", "\x00")
"""A spreadsheet takes a text that begins so for a formula, or for something to clean up first."""

NUMBER = re.compile(r"-?\d+(\.\d+)?")


def written(columns: Sequence[str], rows: Sequence[Sequence[Cell]]) -> str:
    """The header and the rows. What is missing is empty."""
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow([harmless(name) for name in columns])
    writer.writerows([[harmless(cell) for cell in row] for row in rows])
    return file.getvalue()


def harmless(cell: Cell) -> str | int | float:
    """The cell, behind an apostrophe where a spreadsheet would run it. A plain number, however it
    was sent, stays one."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, str) and cell.startswith(DANGEROUS) and not NUMBER.fullmatch(cell):
        return f"'{cell}"
    return cell
