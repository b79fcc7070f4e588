"""Refusals as data: what a mutation's payload says of everything that stood in its way."""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Protocol

import strawberry
from strawberry.utils.str_converters import to_camel_case

from tracker.domain.errors import Conflict, Forbidden, Invalid, NotFound, Refusal


class ProblemCode(StrEnum):
    """Why a mutation was refused."""

    INVALID = "invalid"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"


strawberry.enum(ProblemCode, description="Why a mutation was refused.")
for value, text in {
    ProblemCode.INVALID: "The input breaks a rule; put it right and send it again.",
    ProblemCode.FORBIDDEN: "You may see this but not do that; somebody else must.",
    ProblemCode.NOT_FOUND: "There is no such thing, or you may not see it.",
    ProblemCode.CONFLICT: "Somebody changed it since you looked; look again, then decide.",
}.items():
    for each in ProblemCode.__strawberry_definition__.values:  # type: ignore[attr-defined]
        if each.value is value:
            each.description = text


@strawberry.type(
    description="One thing that stood in the way. A mutation that was refused changed nothing,"
    " and names everything that was wrong at once."
)
class Problem:
    """A refusal as data."""

    field: list[str] | None = strawberry.field(
        description="Path of the argument that it is about, list items by their index from 0:"
        ' ["input", "sectors", "1", "code"]; null when it is about none of them.'
    )
    code: ProblemCode = strawberry.field(description="Why it was refused.")
    message: str = strawberry.field(
        description="For people: what is wrong, then what to do about it."
    )
    current_version: int | None = strawberry.field(
        default=None,
        description="Of a conflict: the version that the row has now. The payload shows the row.",
    )
    changed_fields: list[str] | None = strawberry.field(
        default=None,
        description="Of a conflict: the fields that changed since the version you looked at.",
    )


class Parameter(Protocol):
    """As much of an argument as a path needs."""

    @property
    def name(self) -> str:
        """Its name in the action."""

    @property
    def graphql(self) -> str:
        """Its name in the schema."""

    @property
    def draft_fields(self) -> frozenset[str]:
        """The fields that an action names without saying that they are the draft's."""


def problems_of(
    refusal: Refusal, parameters: Sequence[Parameter], own: str | None
) -> list[Problem]:
    """The refusal as data, its fields as paths into the mutation's arguments. `own` is the
    argument that names the mutation's own row."""
    return list(_problems(refusal, parameters, own))


def _problems(
    refusal: Refusal, parameters: Sequence[Parameter], own: str | None
) -> Iterator[Problem]:
    if isinstance(refusal, Invalid):
        for name, messages in refusal.fields.items():
            for message in messages:
                path = _path(name, parameters)
                yield Problem(field=path, code=ProblemCode.INVALID, message=message)
    elif isinstance(refusal, Conflict):
        yield _conflict(refusal, parameters)
    elif isinstance(refusal, NotFound):
        path = [own] if own else None
        yield Problem(field=path, code=ProblemCode.NOT_FOUND, message=str(refusal))
    else:
        assert isinstance(refusal, Forbidden)
        yield Problem(field=None, code=ProblemCode.FORBIDDEN, message=str(refusal))


def _conflict(refusal: Conflict, parameters: Sequence[Parameter]) -> Problem:
    """One without a version is about something that is there already."""
    if not refusal.version:
        return Problem(field=None, code=ProblemCode.CONFLICT, message=str(refusal))
    return Problem(
        field=["version"] if any(each.graphql == "version" for each in parameters) else None,
        code=ProblemCode.CONFLICT,
        message=str(refusal),
        current_version=refusal.version,
        changed_fields=[to_camel_case(name) for name in refusal.changed],
    )


def _path(name: str, parameters: Sequence[Parameter]) -> list[str] | None:
    """`sectors.1.code`, a field of the draft -> input, sectors, 1, code."""
    if not name:
        return None
    head, *rest = name.split(".")
    for each in parameters:
        if head == each.name:
            return [each.graphql, *(to_camel_case(step) for step in rest)]
        if head in each.draft_fields:
            return [each.graphql, *(to_camel_case(step) for step in name.split("."))]
    return [to_camel_case(step) for step in name.split(".")]
