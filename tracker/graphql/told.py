"""What the audit trail and plan changes tell of rows, in the names of this schema. They keep
columns as the database calls them, which is sealed and stays as it is; who reads them gets `dueOn`
for `due_on`, `UNDER_REVIEW` for `under_review` and `City:3` for 3.

What a column holds comes from its table: an enum, or a row of a declared type. PostgreSQL puts the
names in (`in_names`, a function of the migrations), by what the parameter `:kinds` says.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson
from piccolo.columns import Array, Column, ForeignKey
from piccolo.table import Table
from strawberry.utils.str_converters import to_camel_case

from tracker.graphql.planner import Registry

ENUM, SUBJECT = "ENUM", "SUBJECT"
Kind = str | dict[str, Any]
"""`ENUM`; the type of the row that a number refers to; `SUBJECT` for a number whose type stands
beside it in `subject_type`; or the kinds of objects, one or a list of them, by column."""

PARTS = ("milestone", "indicator", "period", "budget_line")
"""Tables whose rows a plan change changes or adds, beside its project."""

NOTES: dict[str, dict[str, Kind]] = {
    "comment": {"mentions": "Person"},
    "value": {"verdict": ENUM},
    "person": {"method": ENUM},
    **{each: {"plan_change": "PlanChange"} for each in ("project", *PARTS)},
}
"""What actions note in the trail beside columns, by table."""

_ITEMS, _SIDES = "plan_change_item", ("before", "after")


AS_NAMED = "named as in this schema, enums and ids as well"


def told(side: str, *path: str) -> str:
    """SQL: the object `side` in the schema's names, by the kinds at `path`: all of it is SQL."""
    kinds = "".join(f" -> {step}" for step in path)
    return f"in_names({side}, coalesce(:kinds{kinds}, '{{}}'))"


def bound(registry: Registry) -> str:
    """The parameter `:kinds`, JSON: table -> kinds by column. Plain columns are left out."""
    types = {each.table._meta.tablename: name for name, each in registry.declarations.items()}
    found = {
        table._meta.tablename: NOTES.get(table._meta.tablename, {})
        | _kinds(table._meta.columns, types)
        for table in _tables(Table)
        if table.__module__.startswith("tracker.")
    }
    sides = {name: kind for each in ("project", *PARTS) for name, kind in found[each].items()}
    found[_ITEMS] |= dict.fromkeys(_SIDES, sides | {"periods": found["period"]})
    found["plan_change"]["items"] = found[_ITEMS]
    return orjson.dumps(found).decode()


def references(registry: Registry) -> dict[tuple[str, str], str]:
    """(Table, field as it is told) -> the type of the row that it names."""
    known = registry.declarations.keys()
    return {
        (table, to_camel_case(column)): kind
        for table, columns in orjson.loads(bound(registry)).items()
        for column, kind in columns.items()
        if isinstance(kind, str) and kind in known
    }


def _kinds(columns: Sequence[Column], types: Mapping[str, str]) -> dict[str, Kind]:
    held = ((each._meta.name, _kind(each, types)) for each in columns)
    named: dict[str, Kind] = {name: kind for name, kind in held if kind}
    if {"subject_type", "subject_id"} <= {each._meta.name for each in columns}:
        named["subject_id"] = SUBJECT
    return named


def _kind(column: Column, types: Mapping[str, str]) -> str | None:
    if isinstance(column, ForeignKey):
        return types.get(column._foreign_key_meta.resolved_references._meta.tablename)
    inner = column.base_column if isinstance(column, Array) else column
    return ENUM if inner._meta.choices else None


def _tables(of: type[Table]) -> Iterator[type[Table]]:
    for each in of.__subclasses__():
        yield each
        yield from _tables(each)
