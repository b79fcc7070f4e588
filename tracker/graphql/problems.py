"""Refusals as data: what a mutation's payload says of everything that stood in its way."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import strawberry
from strawberry.utils.str_converters import to_camel_case

from tracker.domain.errors import Conflict, Forbidden, Invalid, NotFound, Refusal, Several
from tracker.domain.meaning import Meaning
from tracker.graphql.planner import enums
from tracker.locale import Reader


class ProblemCode(Meaning):
    """Why a mutation was refused."""

    INVALID = "invalid", "The input breaks a rule; put it right and send it again."
    FORBIDDEN = "forbidden", "You may see this but not do that; somebody else must."
    UNAUTHENTICATED = "unauthenticated", "Nobody has signed in; sign in or send a valid token."
    NOT_FOUND = "not_found", "There is no such thing, or you may not see it."
    CONFLICT = "conflict", "Somebody changed it since you looked; look again, then decide."


enums.shown(ProblemCode, "Why a mutation was refused.")


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
    """As much of an argument as a path needs: see `arguments.Parameter`."""

    @property
    def name(self) -> str:
        """Its name in the action."""

    @property
    def graphql(self) -> str:
        """Its name in the schema."""

    @property
    def members(self) -> Mapping[str, str]:
        """The fields of the draft that it is, or of the drafts in it."""

    @property
    def many(self) -> bool:
        """Whether it is a list."""


@dataclass(frozen=True)
class Names:
    """What an action's names are in the schema: `whole` arguments; and the fields `inside` a draft
    at `at`, which an action names without saying so. `about` is the item of a batch that all of
    it is about; `own` names the row."""

    whole: Mapping[str, Parameter]
    inside: Mapping[str, str]
    at: Sequence[str]
    about: Sequence[str]
    own: str | None

    def knows(self, name: str | None) -> bool:
        """Whether an argument, or a field of the draft, goes by this name."""
        return name in self.whole or name in self.inside

    def path(self, name: str | None) -> list[str] | None:
        """`sectors.1.code`, a field of the draft -> input, sectors, 1, code."""
        head, *rest = (name or "").split(".")
        steps = [to_camel_case(step) for step in rest]
        if known := self.whole.get(head):
            members = known.members
            return [known.graphql, *(members.get(step, to_camel_case(step)) for step in rest)]
        if head in self.inside:
            return [*self.at, self.inside[head], *steps]
        return [*self.about, *([to_camel_case(head)] if head else []), *steps] or None


def problems_of(
    refusal: Refusal, parameters: Sequence[Parameter], own: str | None, language: str
) -> list[Problem]:
    """The refusal as data, its fields as paths into the mutation's arguments, in the language
    (BCP 47) of who asks. `own` is the parameter that names the mutation's own row."""
    found = _found(refusal, parameters, own)
    reader = Reader(language)
    return [replace(each, message=reader.say(each.message)) for each in found]


def _found(refusal: Refusal, parameters: Sequence[Parameter], own: str | None) -> list[Problem]:
    draft = next((each for each in parameters if each.members), None)
    if isinstance(refusal, Several):
        assert draft is not None
        return [
            problem
            for index, each in refusal.refusals.items()
            for problem in _problems(each, _item(draft, index))
        ]
    whole = {each.name: each for each in parameters}
    inside = draft.members if draft and not draft.many else {}
    return list(_problems(refusal, Names(whole, inside, [draft.graphql] if draft else [], (), own)))


def _item(draft: Parameter, index: int) -> Names:
    at = [draft.graphql, str(index)]
    return Names({}, draft.members, at, at, own_of(draft))


def own_of(draft: Parameter) -> str | None:
    """The field of a batch's items that names the row of each."""
    return next((name for name, graphql in draft.members.items() if graphql == "id"), None)


def _problems(refusal: Refusal, names: Names) -> Iterator[Problem]:
    if isinstance(refusal, Invalid):
        for name, messages in refusal.fields.items():
            for message in messages:
                path = names.path(name)
                yield Problem(field=path, code=ProblemCode.INVALID, message=message)
    elif isinstance(refusal, Conflict):
        yield _conflict(refusal, names)
    elif isinstance(refusal, NotFound):
        path = names.path(refusal.about if names.knows(refusal.about) else names.own)
        yield Problem(field=path, code=ProblemCode.NOT_FOUND, message=refusal.message)
    else:
        assert isinstance(refusal, Forbidden)
        yield Problem(field=names.path(None), code=ProblemCode.FORBIDDEN, message=refusal.message)


def _conflict(refusal: Conflict, names: Names) -> Problem:
    """One without a version is about something that is there already."""
    if not refusal.version:
        return Problem(field=names.path(None), code=ProblemCode.CONFLICT, message=refusal.message)
    seen = "seen_version" in names.whole or "seen_version" in names.inside
    return Problem(
        field=names.path("seen_version" if seen else None),
        code=ProblemCode.CONFLICT,
        message=refusal.message,
        current_version=refusal.version,
        changed_fields=[to_camel_case(name) for name in refusal.changed],
    )
