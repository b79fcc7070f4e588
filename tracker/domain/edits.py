"""Edits that change what they name, and leave the rest as it is.

An action marked `@edits` takes a draft some of whose fields may be OMITTED. It asks `completed` for
the whole draft as soon as it has the row, and judges that: so a rule sees what will be there, and
nothing is lost that nobody spoke of. Pages send whole drafts, for which this changes nothing.
"""

import dataclasses
from collections.abc import Callable, Coroutine
from typing import Any, Final, ParamSpec, TypeVar

from piccolo.table import Table

P = ParamSpec("P")
T = TypeVar("T")
Draft = TypeVar("Draft")

OMITTED: Final[Any] = object()
"""In place of a field's value: it stays as it is."""

EDITS: set[Callable[..., Any]] = set()
"""Actions whose draft may leave fields out."""


def edits(
    action: Callable[P, Coroutine[Any, Any, T]],
) -> Callable[P, Coroutine[Any, Any, T]]:
    """Say of an action that its draft may leave fields out. It stands above `@retried`."""
    EDITS.add(action)
    return action


def completed(draft: Draft, row: Table, **elsewhere: Any) -> Draft:
    """The draft with what it leaves out as the row has it, whose columns go by the names of the
    draft's fields (`person` is `person_id`); `elsewhere` is what other rows keep."""
    assert dataclasses.is_dataclass(draft)
    assert not isinstance(draft, type)
    kept = {
        name: elsewhere[name] if name in elsewhere else getattr(row, name.removesuffix("_id"))
        for name, value in vars(draft).items()
        if value is OMITTED
    }
    return dataclasses.replace(draft, **kept)
