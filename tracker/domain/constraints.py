"""Constraints shared by tables. They are named as the sentence that they hold."""

from enum import StrEnum

from piccolo.columns import OnDelete
from piccolo.constraints import Check

from tracker.domain.problems import EARLIEST, LATEST

RESTRICT = OnDelete.restrict
"""Nothing that something else refers to is ever deleted; Piccolo's own default cascades."""


def one_of(column: str, kind: type[StrEnum]) -> Check:
    """The column holds one of the enum's values: Piccolo's `choices` alone bind only Python."""
    values = ", ".join(f"'{member.value}'" for member in kind)
    return Check(f'"{column}" IN ({values})')


def at_most(column: str, characters: int = 10_000) -> Check:
    """The text is no longer than a person would read."""
    return Check(f'char_length("{column}") <= {characters}')


def possible_day(column: str) -> Check:
    """The day is one that `Problems.day` takes; that it is finite follows."""
    return Check(f"\"{column}\" BETWEEN DATE '{EARLIEST}' AND DATE '{LATEST}'")
