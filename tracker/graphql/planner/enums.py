"""Enums in the schema. Each value says what it means, or there is no schema."""

from collections.abc import Mapping
from enum import Enum

import strawberry

UNSAID = "{}: say what these mean: {}"


def shown(kind: type[Enum], description: str, words: Mapping[str, str] | None = None) -> None:
    """Make `kind` an enum of the schema. What a value means is found in `words` by its name, else
    in its member's own `description`. Raises TypeError naming all values of which nothing is
    said."""
    if "__strawberry_definition__" in vars(kind):
        return
    words = words or {member.name: getattr(member, "description", "") for member in kind}
    missing = [member.name for member in kind if not words.get(member.name)]
    if missing:
        raise TypeError(UNSAID.format(kind.__name__, ", ".join(missing)))
    strawberry.enum(kind, description=description)
    for value in kind.__strawberry_definition__.values:  # type: ignore[attr-defined]
        value.description = words[value.name]
