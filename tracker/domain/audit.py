"""The audit trail, and the frame that every action stands in.

`change` loads a row for update through visibility, hands it to the action, and saves it with
its audit event when the action is through; `create` does the same for a new row. Both run in the
action's one transaction, so a refusal leaves no trace of either. Who should hear of the event
follows from it.
"""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any, TypeVar

import orjson
from piccolo.columns import JSONB, Array, ForeignKey, Integer, Serial, Timestamptz, Varchar
from piccolo.columns.combination import WhereRaw
from piccolo.columns.reference import LazyTableReference
from piccolo.constraints import Unique
from piccolo.table import Table

from tracker.domain import clock
from tracker.domain.actor import Actor
from tracker.domain.constraints import RESTRICT
from tracker.domain.database import DB, fetch, transaction
from tracker.domain.errors import Conflict, Invalid, NotFound
from tracker.domain.messages import Message, say, word
from tracker.domain.visibility import Predicate, bound

Row = TypeVar("Row", bound=Table)

PERSON = LazyTableReference("Person", module_path="tracker.domain.people.tables")
PROJECT = LazyTableReference("Project", module_path="tracker.domain.projects.tables")


class AuditEvent(Table, tablename="audit_event", db=DB):
    """What was done, by whom, to what. Rows are only ever added."""

    id: Serial
    at = Timestamptz(help_text="When it was done.")
    verb = Varchar(length=40, help_text="What was done, in the domain's own verb.")
    actor: ForeignKey[Any] = ForeignKey(
        PERSON, on_delete=RESTRICT, null=True, default=None, help_text="Who did it; none: system."
    )
    on_behalf_of: ForeignKey[Any] = ForeignKey(
        PERSON,
        on_delete=RESTRICT,
        null=True,
        default=None,
        help_text="The person whose right was used, where the actor holds it by delegation only.",
    )
    subject_type = Varchar(length=40, help_text="Kind of the object, such as milestone.")
    subject_id = Integer(help_text="Its number.")
    subject_version = Integer(null=True, default=None, help_text="Its version afterwards.")
    project: ForeignKey[Any] = ForeignKey(
        PROJECT,
        on_delete=RESTRICT,
        null=True,
        default=None,
        help_text="The project that it belongs to, if any.",
    )
    before = JSONB(help_text="The changed fields as they were.")
    after = JSONB(help_text="The changed fields as they are.")
    request_id = Varchar(
        length=64, null=True, default=None, help_text="The HTTP request that caused it."
    )


class Notification(Table, tablename="notification", db=DB):
    """That a person should hear of an audit event: a view (see the migration). It follows from
    who belonged to a partner city when it happened, so nobody writes it down; a person's
    notifications go by their events' numbers."""

    id: Serial
    person: ForeignKey[Any] = ForeignKey(
        PERSON, on_delete=RESTRICT, null=False, help_text="Who should hear of it."
    )
    event = ForeignKey(AuditEvent, on_delete=RESTRICT, null=False, help_text="What happened.")
    created_at = Timestamptz(help_text="When it happened.")
    read_at = Timestamptz(null=True, default=None, help_text="When it was read, if so.")


class NotificationRead(Table, tablename="notification_read", db=DB):
    """That a person has read of an audit event."""

    id: Serial
    person: ForeignKey[Any] = ForeignKey(
        PERSON, on_delete=RESTRICT, null=False, help_text="Who has read of it."
    )
    event = ForeignKey(AuditEvent, on_delete=RESTRICT, null=False, help_text="What happened.")
    read_at = Timestamptz(help_text="When it was read.")

    notification_is_read_once_per_event = Unique([person, event])


@asynccontextmanager
async def change(
    actor: Actor,
    table: type[Row],
    row_id: int,
    visible: Predicate,
    verb: str,
    *,
    seen_version: int | None = None,
) -> AsyncIterator[Row]:
    """One action on one row: `async with change(...) as row:` check rules, assign, done.

    Raises NotFound when the row is absent or invisible to the actor, Conflict when
    `seen_version` is no longer current; whatever the body raises undoes everything. Conflict
    goes before Invalid, which may be about what has changed, but never before Forbidden: who may
    not do this is not told what others did.
    """
    async with transaction():
        row = await load(actor, table, row_id, visible)
        before = values_of(row)
        try:
            yield row
        except Invalid:
            await require_seen(row, seen_version)
            raise
        await require_seen(row, seen_version)
        await _save(actor, row, before, verb)


async def load(actor: Actor, table: type[Row], row_id: int, visible: Predicate) -> Row:
    """The row, locked until the transaction ends. Raises NotFound."""
    name = table._meta.tablename
    condition, values = bound(visible(name), actor)
    row = (
        await table.objects()
        .where(table._meta.primary_key == row_id, WhereRaw(condition, *values))
        .lock_rows("UPDATE")
        .first()
    )
    if row is None:
        raise NotFound(absent(table), f"{name}_id")
    return row


def absent(table: type[Table]) -> Message:
    """What to say of a row that is not there, or not for this actor."""
    return say(
        "There is no such {thing}, or you may not see it.", thing=word(table._meta.tablename)
    )


async def require_seen(row: Table, seen_version: int | None) -> None:
    """Raises Conflict when the actor looked at another version than the row, as loaded, has."""
    if seen_version is not None and seen_version != getattr(row, "version", seen_version):
        raise await _conflict(row, seen_version)


async def create(actor: Actor, row: Row, verb: str) -> Row:
    """Insert the row with its audit event, in the caller's transaction."""
    await row.save()
    await record_new(actor, row, verb)
    return row


async def record_new(actor: Actor, row: Table, verb: str) -> None:
    """The audit event of a row that is already inserted."""
    notes = {name: pair[1] for name, pair in row.__dict__.pop("_notes", {}).items()}
    await fetch(_RECORD, *event_values(actor, row, verb, Told({}, values_of(row) | notes)))


async def record_attempt(actor: Actor, row: Table, verb: str, told: dict[str, Any]) -> None:
    """The audit event of something that changed nothing, such as a refused sign-in."""
    await fetch(_RECORD, *event_values(actor, row, verb, Told({}, told)))


async def record_gone(actor: Actor, row: Table, verb: str) -> None:
    """The audit event of a row that is about to be removed; the object remembers that."""
    await fetch(_RECORD, *event_values(actor, row, verb, Told(values_of(row), {})))
    row._exists_in_db = False


def note(row: Table, name: str, before: Any, after: Any) -> None:
    """Have the audit event of the surrounding `change` or `create` tell of something that is kept
    in other rows, such as a project's sectors."""
    if before != after:
        row.__dict__.setdefault("_notes", {})[name] = (before, after)


async def _save(actor: Actor, row: Table, before: dict[str, Any], verb: str) -> None:
    """Write what changed. An action that changed nothing leaves no event and no new version."""
    what = told(row, before)
    if what is not None:
        await row.update_self({name: getattr(row, name) for name in what.changed})
        await fetch(_RECORD, *event_values(actor, row, verb, what))


@dataclass(frozen=True)
class Told:
    """What an action changed: the columns to write, and what the trail says of them."""

    before: dict[str, Any]
    after: dict[str, Any]
    changed: list[str] = field(default_factory=list)


QUIET = ("version", "updated_at")
"""What changes with everything."""

BY_MAIL = "by_mail"
"""What an event notes beside columns that was done through the link of a mail."""


def told(row: Table, before: dict[str, Any]) -> Told | None:
    """What differs from `before`, with the version counted up; None when nothing does."""
    notes: dict[str, tuple[Any, Any]] = row.__dict__.pop("_notes", {})
    after = values_of(row)
    changed = [name for name, value in after.items() if before[name] != value]
    if not changed and not notes:
        return None
    for column, value in (("version", None), ("updated_at", clock.now())):
        if column in after:
            setattr(row, column, value or before[column] + 1)
            changed.append(column)
    pairs = {name: (before[name], after[name]) for name in changed if name not in QUIET} | notes
    was, now = ({name: pair[index] for name, pair in pairs.items()} for index in (0, 1))
    return Told(was, now, list(dict.fromkeys(changed)))


def event_values(actor: Actor, row: Table, verb: str, what: Told) -> list[Any]:
    """The values of an audit event's columns, in the order in which `recording` wants them."""
    subject, kept = row._meta.tablename, vars(row)
    after = {**what.after, BY_MAIL: True} if actor.by_mail else what.after
    return [
        clock.now(),
        verb,
        actor.person_id,
        subject,
        kept["id"],
        kept.get("version"),
        kept["id"] if subject == "project" else kept.get("project"),
        orjson.dumps(what.before, default=_plain).decode(),
        orjson.dumps(after, default=_plain).decode(),
        actor.request_id,
        actor.on_behalf_of,
    ]


def recording(values: str, source: str = "", *, notify: bool = True) -> str:
    """The end of a statement that writes the audit event and NOTIFY for live listeners; a row comes
    back for each event. Without `notify`, `announce` when it is committed."""
    return _RECORDING.format(values=values, source=source) + (_NOTIFY if notify else _NO_NOTIFY)


_RECORDING = """event AS (
    INSERT INTO audit_event (at, verb, actor, subject_type, subject_id, subject_version,
                             project, before, after, request_id, on_behalf_of)
    SELECT {values} {source}
    RETURNING id, project, subject_type, subject_id, verb
)
"""

_NOTIFY = """
SELECT pg_notify('tracker', json_build_object('event', id, 'verb', verb,
                 'subject', subject_type, 'id', subject_id, 'project', project)::text)
FROM event
"""

_NO_NOTIFY = "SELECT id FROM event"

_RECORD = "WITH " + recording(",".join(f"${number}" for number in range(1, 12)))


async def _conflict(row: Table, seen_version: int) -> Conflict:
    """What changed since the actor looked, from the audit trail."""
    events = await AuditEvent.select(AuditEvent.after).where(
        AuditEvent.subject_type == row._meta.tablename,
        AuditEvent.subject_id == row.id,  # type: ignore[attr-defined]
        AuditEvent.subject_version > seen_version,
    )
    changed = sorted({name for event in events for name in json.loads(event["after"])} - {BY_MAIL})
    version: int = row.version  # type: ignore[attr-defined]
    named = ", ".join(map(_words, changed)) or say("nothing you can see")
    return Conflict(
        say(
            "Somebody changed this since you looked (you saw version {seen_version}, it is "
            "now {version}; changed: {named}). Look again, then repeat what you wanted.",
            seen_version=seen_version,
            version=version,
            named=named,
        ),
        version=version,
        changed=changed,
    )


def _words(name: str) -> str:
    """A column's name as people say it: every door that shows a message has its own spelling."""
    return name.replace("_", " ")


def values_of(row: Table) -> dict[str, Any]:
    """The row's columns, secrets left out: they never reach the trail."""
    # Past the attributes: Piccolo's answer more slowly.
    kept = vars(row)
    names, lists = _open_names(type(row))
    values = {name: kept[name] for name in names}
    for name in lists:
        values[name] = kept[name] and list(kept[name])
    return values


@cache
def _open_names(table: type[Table]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The columns that are no secret, and those of them that hold lists."""
    columns = [each for each in table._meta.columns if not each._meta.secret]
    lists = [each for each in columns if isinstance(each, Array)]
    return tuple(each._meta.name for each in columns), tuple(each._meta.name for each in lists)


def _plain(value: Any) -> Any:
    """Decimals as text, so that no digit is lost; dates and instants as ISO 8601."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Table):
        return value.id  # type: ignore[attr-defined]  # of a key: nothing else of that row
    return str(value)
