"""Events, as those would get them who follow."""

from typing import TYPE_CHECKING

import orjson

from tests.matrix.sight import seen, sees
from tracker import graphql
from tracker.graphql import READS
from tracker.graphql.planner.events import run_with

if TYPE_CHECKING:
    from tests.matrix.cells import Asking

STREAMS = {"portfolioEvents": "", "milestoneEvents": "milestone", "decisionEvents": "decision"}
"""Subscription of all that one may see -> the subject that its events are about."""


async def events(asking: "Asking") -> None:
    """Every event that ever was, as a subscriber would get it."""
    if asking.viewer.person_id is None:
        return  # refused before anything is looked at, see `sockets`
    planner = graphql.planner()
    for stream in STREAMS:
        text = f"subscription {{ {stream} {{ id verb before after event {{ id }} }} }}"
        operation = planner.prepared(text, None, None)
        coerced = planner.variables(operation, {}, None)
        numbers = list(asking.world.rows["AuditEvent"])
        given = run_with(coerced, numbers, [f"e{n}" for n in numbers])
        plan = planner.stream(operation, coerced)
        body = await READS.run(plan, given, asking.viewer, keep=False)
        asking.scan(body, stream)
        lines = [orjson.loads(line)[stream]["id"] for line in body.splitlines()]
        expected = [f"e{n}" for n in followed(asking, stream)]
        asking.tally.compare(f"{asking.name} {stream}", lines, expected)


def followed(asking: "Asking", stream: str) -> list[int]:
    """The numbers of the events that the stream shows to the viewer."""
    world, subject, rows = asking.world, STREAMS[stream], asking.world.rows["AuditEvent"]
    return [
        n
        for n in seen(world, asking.viewer, "AuditEvent")
        if rows[n]["project"] and subject in ("", rows[n]["subject_type"])
        and (subject != "decision"
             or sees(world, asking.viewer, "Decision", rows[n]["subject_id"]))
    ]  # fmt: skip
