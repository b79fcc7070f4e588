"""A value and the one that corrects it, whether that waits or has taken its place: each leads to
the other. Values of a period are numbered in the order in which they were handed in."""

from collections.abc import Mapping
from typing import Any

Value = Mapping[str, Any]
"""A value as a document reads it, with the `values` of its period."""


def corrected(value: Value) -> Value | None:
    """The value that this one corrects, as far as the reader sees it."""
    return _numbered(value, -1)


def correction(value: Value) -> Value | None:
    """The value that corrects this one, as far as the reader sees it."""
    return _numbered(value, 1)


def _numbered(value: Value, by: int) -> Value | None:
    """Drafts have no number yet."""
    if value["state"] == "DRAFT":
        return None
    handed_in = (each for each in value["period"]["values"]["nodes"] if each["state"] != "DRAFT")
    return next((each for each in handed_in if each["number"] == value["number"] + by), None)
