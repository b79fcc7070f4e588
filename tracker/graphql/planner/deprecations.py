"""Deprecations: what goes, after which day, and what to use instead.

    registry.deprecate("Project.code", until="2027-06-30", reason="Use number.")

They are written into the finished schema by their coordinates, so that whatever has one can be
deprecated. What follows from a deprecated field, its filter and its order, goes with it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLInputField,
    GraphQLSchema,
    is_required_argument,
    is_required_input_field,
)

from tracker.graphql.planner.kinds import constant


@dataclass(frozen=True)
class Deprecation:
    """Served as before up to the end of the day `until`; `reason` says what to use instead."""

    until: date
    reason: str

    def __str__(self) -> str:
        return f"{self.reason} Served until {self.until}."


def deprecation(coordinate: str, until: str, reason: str) -> Deprecation:
    """Read what a declaration says. Raises ValueError for a day that is none, and for a reason
    that is no sentence."""
    try:
        day = date.fromisoformat(until)
    except ValueError:
        raise ValueError(
            f"{coordinate}: until={until!r} is not a day; write it as YYYY-MM-DD"
        ) from None
    if len(reason.split()) < 2 or not reason.endswith("."):
        raise ValueError(f"{coordinate}: say in a sentence what to use instead, not {reason!r}")
    return Deprecation(day, reason)


def announce(schema: GraphQLSchema, deprecations: Mapping[str, Deprecation]) -> None:
    """Write them into the schema. Raises TypeError naming every coordinate that is not there, or
    that clients must give and so could not stop using."""
    wrong = []
    for coordinate, each in deprecations.items():
        found = _found(schema, coordinate)
        if found is None:
            wrong.append(f"{coordinate}: there is nothing of this name")
        elif _required(found):
            wrong.append(f"{coordinate}: make it optional first")
        else:
            for part in (found, *_following(schema, coordinate)):
                part.deprecation_reason = str(each)
    if wrong:
        raise TypeError("; ".join(wrong))


def _found(schema: GraphQLSchema, coordinate: str) -> Any:
    """The field, argument, input field or value: `Type.field`, `Type.field(argument:)`."""
    name, _, member = coordinate.partition(".")
    kind = schema.type_map.get(name)
    field, _, argument = member.removesuffix(":)").partition("(")
    found = {**getattr(kind, "fields", {}), **getattr(kind, "values", {})}.get(field)
    return getattr(found, "args", {}).get(argument) if argument else found


def _following(schema: GraphQLSchema, coordinate: str) -> Iterator[Any]:
    """The conditions on a field, and the key that orders by it."""
    kind, _, field = coordinate.partition(".")
    for each in (f"{kind}Filter.{field}", f"{kind}OrderField.{constant(field)}"):
        found = _found(schema, each)
        if found is not None:
            yield found


def _required(found: Any) -> bool:
    if isinstance(found, GraphQLArgument):
        return is_required_argument(found)
    return isinstance(found, GraphQLInputField) and is_required_input_field(found)
