"""Actions that read, decide and write in two round trips.

`audit.change` holds a transaction and locks for as long as an action thinks: six round trips. An
action that decides by its row and the row's project alone does not need that: `weighed` reads both
without a lock, and writes change and audit event in one statement that takes effect only if neither
row has moved. If one has, the action, which must be marked `@retried`, decides
again by what is there now.
"""

import functools
import re
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import Any, ParamSpec, TypeVar

from piccolo.table import Table

from tracker.domain import audit
from tracker.domain.actor import Actor
from tracker.domain.announcing import announce
from tracker.domain.database import DB, fetch, refusing
from tracker.domain.errors import Conflict, Invalid, NotFound
from tracker.domain.messages import say
from tracker.domain.people.identities import GUARD, RightsChanged, confirmed
from tracker.domain.projects.tables import Project
from tracker.domain.visibility import PATTERN, TOKENS, Predicate

P = ParamSpec("P")
T = TypeVar("T")
Row = TypeVar("Row", bound=Table)

TRIES_MOST = 5

CONFIRMING: set[Callable[..., Any]] = set()
"""Actions that make sure of the actor's rights in the statement they read with; before all others,
`identities.confirmed` must be awaited."""


class Moved(Exception):
    """The row or its project is no longer as it was read; nothing was written."""


def retried(
    action: Callable[P, Coroutine[Any, Any, T]],
) -> Callable[P, Coroutine[Any, Any, T]]:
    """Have the action decide again when somebody else was faster.

    Raises Conflict when somebody is faster every time.
    """

    @functools.wraps(action)
    async def run(*args: P.args, **kwargs: P.kwargs) -> T:
        for _ in range(TRIES_MOST):
            try:
                return await action(*args, **kwargs)
            except Moved:
                continue
        raise Conflict(say("Somebody changed the same at the same moment; try again."), version=0)

    CONFIRMING.add(run)
    return run


@asynccontextmanager
async def weighed(
    actor: Actor,
    table: type[Row],
    row_id: int,
    visible: Predicate,
    verb: str,
    *,
    seen_version: int | None = None,
) -> AsyncIterator[tuple[Row, Project]]:
    """One action on one row of a project: check rules, assign, done. The body may look at the row
    and its project, and at nothing else that others could change.

    Raises NotFound, Conflict (before Invalid, never before Forbidden) as `audit.change` does.
    """
    row, project = await _read(actor, table, row_id, visible)
    before = audit.values_of(row)
    try:
        yield row, project
    except Invalid:
        await audit.require_seen(row, seen_version)
        raise
    await audit.require_seen(row, seen_version)
    told = audit.told(row, before)
    if told is not None:
        await _write(actor, row, project, before["version"], verb, told)


async def _read(
    actor: Actor, table: type[Row], row_id: int, visible: Predicate
) -> tuple[Row, Project]:
    """Raises RightsChanged when the actor is only a claim, and no longer right."""
    text, tokens = _reading(table, visible)
    viewer = (TOKENS[token][1](actor) for token in tokens)
    found = await fetch(text, row_id, actor.person_id, actor.rights, *viewer)
    if not found:
        await confirmed(actor)
        raise NotFound(audit.absent(table), f"{table._meta.tablename}_id")
    holds, *values = found[0].values()
    if actor.rights is not None and not holds:
        raise RightsChanged
    split = len(table._meta.columns)
    return _made(table, values[:split]), _made(Project, values[split:])


@functools.cache
def _reading(table: type[Table], visible: Predicate) -> tuple[str, tuple[str, ...]]:
    """The statement, and the viewer's tokens that it binds after the row's number and the claim."""
    tokens: list[str] = []

    def parameter(match: re.Match[str]) -> str:
        if match[1] not in tokens:
            tokens.append(match[1])
        return f"${tokens.index(match[1]) + 4}::{TOKENS[match[1]][0]}"

    condition = PATTERN.sub(parameter, visible("r"))
    columns = ", ".join([*_columns(table, "r"), *_columns(Project, "p")])
    guard = GUARD.format(person="$2::integer", stamp="$3::bigint")
    text = (
        f'SELECT {guard}, {columns} FROM "{table._meta.tablename}" r'
        f" JOIN project p ON p.id = r.project WHERE r.id = $1 AND {condition}"
    )
    return text, tuple(tokens)


def _columns(table: type[Table], alias: str) -> list[str]:
    return [f'{alias}."{column._meta.db_column_name}"' for column in table._meta.columns]


def _made(table: type[Row], values: Sequence[Any]) -> Row:
    """The row as an object. Piccolo's constructor costs more than reading it did."""
    row = table.__new__(table)
    row.__dict__.update(zip(_names(table), values, strict=True))
    row.__dict__.update(_exists_in_db=True, _was_created=None)
    return row


@functools.cache
def _names(table: type[Table]) -> tuple[str, ...]:
    return tuple(column._meta.name for column in table._meta.columns)


async def _write(
    actor: Actor, row: Table, project: Project, version: int, verb: str, told: audit.Told
) -> None:
    kept = vars(row)
    assigned = {name: kept[name] for name in told.changed}
    alone = DB.current_transaction.get() is None
    text = _writing(type(row), tuple(assigned), alone)
    with refusing():
        written = await fetch(
            text,
            *audit.event_values(actor, row, verb, told),
            *(project.version, version),
            *assigned.values(),
        )
    if not written:
        raise Moved
    if alone:
        announce()


@functools.cache
def _writing(table: type[Table], names: tuple[str, ...], alone: bool) -> str:
    """The statement; `alone`, it commits by itself, and NOTIFY is said afterwards.

    The project is locked first, as every transition of it does; a lock that had to be waited
    for looks at the versions again. A key share is enough, because transitions lock for update."""
    assigned = ", ".join(f'"{name}" = ${index}' for index, name in enumerate(names, 14))
    return f"""
WITH held AS (
    SELECT id FROM project WHERE id = $7 AND version = $12 FOR KEY SHARE
), changed AS (
    UPDATE "{table._meta.tablename}" r SET {assigned}
    FROM held WHERE r.id = $5 AND r.project = held.id AND r.version = $13
    RETURNING r.id
), {audit.recording("$1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11", "FROM changed", notify=not alone)}
"""
