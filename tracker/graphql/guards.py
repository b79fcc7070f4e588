"""A plan's statement with what it has to check as well: that the viewer's rights are still what
they were when they were read, and whether anything has changed since an answer was kept."""

from collections.abc import Sequence
from typing import Any

from tracker.domain.people.identities import GUARD
from tracker.graphql.planner.compile import Plan

Claim = tuple[int | None, int]
"""A person and the stamp of their rights."""

Bound = tuple[str, Sequence[Any]]
"""A statement and the values of its parameters."""

LAPSED = b"!"
"""The answer when the claim does not hold; no JSON text begins like this."""

_ELSE = f"ELSE '{LAPSED.decode()}' END"
_SNAPSHOT = "pg_current_snapshot()::text"


def guarded(plan: Plan, values: Sequence[Any], claim: Claim | None) -> Bound:
    """The plan's statement; its one value is LAPSED when the claim does not hold."""
    if claim is None:
        return plan.sql, values
    text = plan.texts.get("guarded")
    if text is None:
        text = f"SELECT CASE WHEN {_guard(len(values))} THEN ({plan.sql}) {_ELSE}"
        plan.texts["guarded"] = text
    return text, (*values, *claim)


def guarded_and_kept(
    plan: Plan, values: Sequence[Any], claim: Claim | None, snapshot: str
) -> Bound:
    """The statement gives (snapshot, answer): the answer is null when the snapshot is still that
    one, and LAPSED when the claim does not hold. Under an equal snapshot the claim holds as it
    did before, so it is not looked at."""
    name = "kept" if claim is None else "guarded and kept"
    text = plan.texts.get(name)
    if text is None:
        number = len(values) + 1
        fresh = (
            f"WHEN {_guard(number)} THEN ({plan.sql}) {_ELSE}"
            if claim
            else (f"ELSE ({plan.sql}) END")
        )
        text = f"SELECT {_SNAPSHOT}, CASE WHEN {_SNAPSHOT} = ${number}::text THEN NULL {fresh}"
        plan.texts[name] = text
    return text, (*values, snapshot, *(claim or ()))


def _guard(count: int) -> str:
    return GUARD.format(person=f"${count + 1}::integer", stamp=f"${count + 2}::bigint")
