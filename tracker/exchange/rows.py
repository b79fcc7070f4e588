"""The data of a GraphQL answer as rows: what nests becomes columns with dotted names.

`{"donorCity": {"name": "Seoul"}, "milestones": {"nodes": [{"title": "a"}, {"title": "b"}]}}` is a
row with the columns `donorCity.name` (Seoul) and `milestones.title` (a; b). A value that is not
there stays None: missing is never zero.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

JOINT = "; "
"""Between the items of a list within a cell."""

Shape = dict[str, Any]
"""Name -> the shape of what nests there; a name without any is a column."""

Cell = str | int | float | bool | None


class NotOneList(Exception):
    """The answer holds several lists, or none; one line that says which."""


def lists(data: Mapping[str, Any]) -> dict[str, list[Any]]:
    """The outermost lists, by their dotted names; those of one depth together."""
    level: list[tuple[str, Any]] = list(data.items())
    while level:
        found = {name: items for name, each in level if (items := _items(each)) is not None}
        if found:
            return found
        level = [
            (f"{name}.{inner}", value)
            for name, each in level
            if isinstance(each, Mapping)
            for inner, value in each.items()
        ]
    return {}


def the_list(data: Mapping[str, Any]) -> list[Any]:
    """The rows of the only list; an answer without any is one row itself. Raises NotOneList."""
    found = lists(data)
    if len(found) > 1:
        raise NotOneList(f"the answer has several lists ({', '.join(found)}); ask for one of them")
    return next(iter(found.values()), [data])


def flat(rows: Sequence[Any]) -> tuple[list[str], list[list[Cell]]]:
    """The names of the columns, in the order in which the answer has them, and each row's cells."""
    shape: Shape = {}
    for row in rows:
        _merge(shape, row if isinstance(row, Mapping) else {"value": row})
    paths = list(_paths(shape))
    cells = [
        [_cell(row if isinstance(row, Mapping) else {"value": row}, path) for path in paths]
        for row in rows
    ]
    return [".".join(path) for path in paths], cells


def _items(value: Any) -> list[Any] | None:
    """The rows of a list or a connection; None for anything else."""
    if isinstance(value, Mapping):
        value = value["nodes"] if "nodes" in value else value.get("edges")
    return value if isinstance(value, list) else None


def _merge(shape: Shape, row: Mapping[str, Any]) -> None:
    for name, value in row.items():
        inner = shape.setdefault(name, {})
        items = _items(value)
        if isinstance(value, Mapping):
            kept = {n: v for n, v in value.items() if items is None or n not in ("nodes", "edges")}
            _merge(inner, kept)
        for item in items or ():
            if isinstance(item, Mapping):
                _merge(inner, item)


def _paths(shape: Shape, before: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, inner in shape.items():
        if inner:
            yield from _paths(inner, (*before, name))
        else:
            yield (*before, name)


def _cell(value: Any, path: Sequence[str]) -> Cell:
    items = _items(value)
    if items is not None and not (path and isinstance(value, Mapping) and path[0] in value):
        return JOINT.join(_text(_cell(item, path)) for item in items) if items else None
    if path:
        return _cell(value.get(path[0]), path[1:]) if isinstance(value, Mapping) else None
    return str(value) if isinstance(value, Mapping) else value


def _text(cell: Cell) -> str:
    return "" if cell is None else str(cell)
