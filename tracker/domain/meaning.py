"""Enums whose members say what they mean: in the schema, its documentation and the explorer.

class PracticeState(Meaning):
    DRAFT = "draft", "Being written; only its city sees it."
"""

from enum import StrEnum


class Meaning(StrEnum):
    """Text like any StrEnum's, its value alone, in columns, JSON and comparisons; what it means
    stands beside it."""

    _value_: str
    description: str

    def __new__(cls, value: str, description: str = "") -> "Meaning":
        """A member: its value, and what whoever meets it needs to know beyond its name; without
        that, the schema refuses it. (A look-up by value, which gives no more, goes past here.)"""
        member = str.__new__(cls, value)
        member._value_ = value
        member.description = description
        return member
