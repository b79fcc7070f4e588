"""Proposed changes of the agreed plan in the history of a milestone. The trail keeps them as what
was done to the plan; what both agreed on is there as done to the milestone, too."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from tracker.web.templates import number_of

Event = dict[str, Any]

UNAGREED = {"REFUSED": "refuse", "WITHDRAWN": "withdraw"}
"""What became of a proposal that left the milestone as it was -> the verb for it."""


def with_proposals(milestone: Mapping[str, Any], events: list[Event]) -> list[Event]:
    """The events, the newest first, with those of each proposal about the milestone; all as an
    audit event tells itself."""
    found = [
        event
        for item in milestone["planChangeItems"]["nodes"]
        for event in _told(milestone, item, item["planChange"])
    ]
    # Sorting leaves those of one second as they are: the last is to be the first.
    return sorted([*found[::-1], *events], key=_at, reverse=True)


def _at(event: Event) -> datetime:
    return datetime.fromisoformat(event["at"])


def _told(
    milestone: Mapping[str, Any], item: Mapping[str, Any], change: Mapping[str, Any]
) -> Iterator[Event]:
    moved = "dueOn" in (item["after"] or {})
    proposed = {
        "at": change["createdAt"],
        "verb": "propose",
        "actor": change["proposedBy"],
        "before": item["before"],
        "after": {**(item["after"] or {}), "reason": change["reason"]},
    }
    yield _event(change, milestone["title"], "milestone" if moved else "plan_change", proposed)
    if verb := UNAGREED.get(change["state"]):
        answer = {"at": change["decidedAt"], "verb": verb, "actor": change["decidedBy"]}
        after = {"refusalReason": change["refusalReason"]}
        yield _event(change, change["reason"], "plan_change", {**answer, "after": after})


def _event(change: Mapping[str, Any], title: str, kind: str, told: Mapping[str, Any]) -> Event:
    return {
        "id": change["id"],
        "subjectType": kind,
        "subjectId": number_of(change["id"]),
        "about": {"title": title},
        "before": {},
        "requestId": None,
        "onBehalfOf": None,
        "project": None,
        **told,
    }
