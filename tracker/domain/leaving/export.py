"""Everything that is held about a person, for the person: what the law calls a copy of their data.

Found by the tables themselves: every column that refers to a person, in whatever table. So a new
table is part of it from its first day; secrets are not, nor hashes of secrets.
"""

import json
from typing import Any

from piccolo.columns import Column
from piccolo.table import Table

from tracker.domain import clock
from tracker.domain.actor import Actor
from tracker.domain.audit import AuditEvent, load, record_attempt
from tracker.domain.database import fetch, transaction
from tracker.domain.digests.rules import readers_own
from tracker.domain.errors import Forbidden
from tracker.domain.events.personal import shown
from tracker.domain.events.subjects import of_account
from tracker.domain.messages import say
from tracker.domain.people.rules import may_manage, visible
from tracker.domain.people.tables import Person

LEFT_OUT = {("digest_issue", "html")}
"""(table, column): what says the same as another column once more; the text of a digest stays."""

OWN = {
    ("digest_issue", name): readers_own("digest_issue", "now()")
    for name in ("subject", "text", "sheet")
}
"""(table, column): where it is the person's to have, in SQL; else it is left empty."""

NOTE = (
    "Everything that the tracker holds about you, save secrets. Free text that others wrote, such"
    " as a reason or a comment that names you, cannot be found by your name and is not part of it."
    " Of a digest that never reached you, it has no words that you may not read any more."
)


async def everything(actor: Actor, person_id: int) -> dict[str, Any]:
    """What is held about the person: JSON, by table, with the columns' own names; instants in ISO
    8601. `events` is what they did, by the trail, and what was done to their account.

    Raises NotFound, or Forbidden for another's data, save to the administrator.
    """
    async with transaction():
        person = await load(actor, Person, person_id, visible)
        if not may_manage(actor, person_id):
            raise Forbidden(say("Everybody gets their own data; the administrator gets any."))
        await record_attempt(actor, person, "export_data", {})
        held = {"person": await _rows(Person, "id", person.id)}
        for column in _referring():
            table = column._meta.table
            rows = await _rows(table, column._meta.name, person.id)
            held.setdefault(table._meta.tablename, []).extend(
                row for row in rows if row not in held.get(table._meta.tablename, [])
            )
        return {
            "note": NOTE,
            "made_at": clock.now().isoformat(),
            **{name: rows for name, rows in sorted(held.items()) if name != "audit_event"},
            "events": await _events(person.id),
        }


def _referring() -> list[Column]:
    """Every column that refers to a person."""
    own = {AuditEvent._meta.tablename, "notification"}
    return [
        each
        for each in Person._meta.foreign_key_references
        if each._meta.table._meta.tablename not in own
    ]


async def _rows(table: type[Table], column: str, person_id: int) -> list[dict[str, Any]]:
    name = table._meta.tablename
    open_ = [
        _shown(name, each._meta.db_column_name)
        for each in table._meta.columns
        if not each._meta.secret and (name, each._meta.name) not in LEFT_OUT
    ]
    rows = await fetch(
        f'SELECT to_json(t) AS row FROM (SELECT {", ".join(open_)} FROM "{name}"'  # noqa: S608
        f' WHERE "{column}" = $1 ORDER BY 1) t',
        person_id,
    )
    return [json.loads(row["row"]) for row in rows]


def _shown(table: str, column: str) -> str:
    where = OWN.get((table, column))
    return f'CASE WHEN {where} THEN "{column}" END AS "{column}"' if where else f'"{column}"'


async def _events(person_id: int) -> list[dict[str, Any]]:
    rows = await fetch(
        f"""SELECT json_build_object('id', e.id, 'at', e.at, 'verb', e.verb,
            'subject_type', e.subject_type, 'subject_id', e.subject_id, 'project', e.project,
            'by_you', e.actor = $1, 'on_your_behalf', e.on_behalf_of = $1,
            'before', {shown("e", "before")}, 'after', {shown("e", "after")}) AS event
        FROM audit_event e WHERE $1 IN (e.actor, e.on_behalf_of)
           OR {of_account("e", "$1::integer")} ORDER BY e.id""",  # noqa: S608
        person_id,
    )
    return [json.loads(row["event"]) for row in rows]
