"""The history of a page, with what the trail refers to by name: rows that the reader may
see, as they are called today."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tracker.graphql import execute
from tracker.web.forgotten import reword
from tracker.web.history import REFERENCES, Event, Names, told
from tracker.web.identity import actor_of
from tracker.web.pages import AnyRequest, reader_of
from tracker.web.templates import document_of

MOST = 100
"""Rows of a kind that are named on a page; a page of history refers to fewer."""

KINDS = {
    "Person": "people",
    "City": "cities",
    "Milestone": "milestones",
    "Practice": "practices",
    "Request": "requests",
    "Result": "results",
    "Indicator": "indicators",
}
"""Type -> field of the document."""


async def history(request: AnyRequest, events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Events as `told` makes them, with names. Costs one read more, where there are events."""
    return told(reader_of(request), events, await _names(request, events))


async def _names(request: AnyRequest, events: Sequence[Event]) -> Names:
    wanted: dict[str, set[str]] = {field: set() for field in KINDS.values()}
    for event in events:
        for field, named in _referred(event):
            wanted[field].add(named)
    if not events:
        return {}
    variables = {field: sorted(named)[:MOST] for field, named in wanted.items()}
    found = await execute(document_of("audit/names"), variables, await actor_of(request))
    reword(found, reader_of(request))
    return {
        node["id"]: node.get("title") or node["name"]
        for field in KINDS.values()
        for node in found[field]["nodes"]
    }


def _referred(event: Event) -> Iterable[tuple[str, str]]:
    sides: list[Mapping[str, Any]] = [event["before"] or {}, event["after"] or {}]
    for side in sides:
        for name, value in side.items():
            kind = REFERENCES.get((event["subjectType"], name))
            if kind in KINDS and isinstance(value, str):
                yield KINDS[kind], value
