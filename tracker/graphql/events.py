"""Live events: the audit trail as it grows, each event with its subject as it is when sent."""

from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from graphql import GraphQLError

from tracker import graphql
from tracker.domain import audit as tables
from tracker.domain.actor import Actor
from tracker.domain.events import rules
from tracker.graphql.live.feed import Topic
from tracker.graphql.live.position import SQL
from tracker.graphql.planner import Pointer, auto, computed, one
from tracker.graphql.planner.codes import ErrorCode
from tracker.graphql.planner.declare import Argument, Scalar, Stream
from tracker.graphql.planner.kinds import POSITION, TEXT, Json, identity
from tracker.graphql.registry import registry
from tracker.graphql.told import AS_NAMED, told

PLACE = Scalar(
    POSITION,
    "{t}.stream_position",
    False,
    "A place in the stream, no identity: the same event may come with another one when it is"
    " replayed. Pass the last one you saw as after to miss nothing; the event's own id is in"
    " event.",
)

SAME = (
    "The event as the audit trail keeps it: its id stays the same, however often and wherever it"
    " is read. Null once you may not see it any more."
)

AFTER = Argument(
    POSITION,
    "The id of the last event that you saw, or a query's livePosition: what happened since comes"
    " first, nothing twice. Without it, only what happens from now on.",
)


def _told(side: str, stood: str) -> Any:
    """`before` or `after`; of projects nothing personal is told."""
    return computed(
        Json,
        told(f"{{t}}.{side}", "{t}.subject_type"),
        f"The changed fields as they {stood}, {AS_NAMED}.",
    )


@registry.event(tables.AuditEvent, visible=rules.project_event_visible, position=PLACE)
class ProjectEvent:
    """Something was done to a project or to a part of it."""

    at: auto
    verb: auto
    subject_type: auto
    subject_id: auto
    subject_version: auto
    subject = Pointer("What it was done to, as it is now; null where you may not see it.")
    before = _told("before", "were")
    after = _told("after", "are")
    actor = one("Person", null=True)
    on_behalf_of = one("Person", null=True)
    event = one("AuditEvent", SAME, on="{c}.id = {p}.id", null=True)
    project = one("Project", "The project as it is now.", null=False)


registry.deprecate("ProjectEvent.subjectId", until="2027-12-31", reason="Use subject.")


@registry.event(tables.AuditEvent, visible=rules.milestone_event_visible, position=PLACE)
class MilestoneEvent:
    """Something was done to a milestone."""

    at: auto
    verb: auto
    subject_version: auto
    before = _told("before", "were")
    after = _told("after", "are")
    actor = one("Person", null=True)
    on_behalf_of = one("Person", null=True)
    event = one("AuditEvent", SAME, on="{c}.id = {p}.id", null=True)
    project = one("Project", "Its project as it is now.", null=False)
    milestone = one(
        "Milestone",
        "The milestone as it is now; null once it is gone from the plan.",
        on="{c}.id = {p}.subject_id",
        null=True,
    )


@registry.event(tables.AuditEvent, visible=rules.decision_event_visible, position=PLACE)
class DecisionEvent:
    """Something was done about a decision that a mayor is asked for."""

    at: auto
    verb: auto
    subject_version: auto
    before = _told("before", "were")
    after = _told("after", "are")
    actor = one("Person", null=True)
    on_behalf_of = one("Person", null=True)
    event = one("AuditEvent", SAME, on="{c}.id = {p}.id", null=True)
    project = one("Project", "Its project as it is now.", null=False)
    decision = one("Decision", "The decision as it is now.", on="{c}.id = {p}.subject_id")


_PROJECT_ID = identity("Project")

registry.streams.update(
    projectEvents=Stream(
        "ProjectEvent",
        "What is done to one project and to all that belongs to it; give its id or its code.",
        {
            "id": Argument(_PROJECT_ID, "The project."),
            "code": Argument(TEXT, "The project's code, such as ES-2026-0042."),
            "after": AFTER,
        },
    ),
    milestoneEvents=Stream(
        "MilestoneEvent",
        "What is done to milestones, of one project or of all that you may see.",
        {"projectId": Argument(_PROJECT_ID, "Only this project's."), "after": AFTER},
    ),
    decisionEvents=Stream(
        "DecisionEvent",
        "What mayors are asked and what they answer, for one city or for all that you may see.",
        {
            "cityId": Argument(
                identity("City"),
                "Only this city's.",
                "EXISTS (SELECT 1 FROM decision d WHERE d.id = {c}.subject_id"
                " AND d.city = {value})",
            ),
            "after": AFTER,
        },
    ),
    portfolioEvents=Stream(
        "ProjectEvent",
        "What is done to any project that you may see.",
        {"after": AFTER},
        filtered="project",
    ),
)

registry.values["livePosition"] = Scalar(
    POSITION,
    SQL,
    False,
    "The place among live events that this answer is up to: subscribe after it, and you miss"
    " nothing that happens to what you have just read, and get nothing twice.",
)


async def topic_of(stream: str, given: dict[str, Any], actor: Actor) -> Topic:
    """What the subscription is about. Raises GraphQLError for a project that the actor does not
    see."""
    return await _TOPICS[stream](given, actor)


async def _one_project(given: dict[str, Any], actor: Actor) -> Topic:
    if len(given.keys() & {"id", "code"}) != 1:
        raise GraphQLError("Give either the id or the code of the project to follow.")
    return Topic(project=await _project(given, actor))


async def _milestones(given: dict[str, Any], actor: Actor) -> Topic:
    if "projectId" not in given:
        return Topic(subject="milestone")
    project = await _project({"id": given["projectId"]}, actor)
    return Topic(project=project, subject="milestone")


async def _decisions(given: dict[str, Any], actor: Actor) -> Topic:
    return Topic(subject="decision")


async def _portfolio(given: dict[str, Any], actor: Actor) -> Topic:
    return Topic()


_TOPICS: dict[str, Callable[[dict[str, Any], Actor], Awaitable[Topic]]] = {
    "projectEvents": _one_project,
    "milestoneEvents": _milestones,
    "decisionEvents": _decisions,
    "portfolioEvents": _portfolio,
}

_BY_ID = "query Followed($id: ID!) { project(id: $id) { id } }"
_BY_CODE = "query Followed($code: String!) { project: projectByCode(code: $code) { id } }"


async def _project(given: dict[str, Any], actor: Actor) -> int:
    """The number of the project that is followed, through visibility."""
    by: dict[str, Any] = {name: given[name] for name in ("id", "code") if name in given}
    answer = await graphql.respond(_BY_ID if "id" in by else _BY_CODE, by, actor=actor)
    found = orjson.loads(answer.body)
    if found.get("errors"):
        raise GraphQLError(found["errors"][0]["message"])
    if found["data"]["project"] is None:
        raise GraphQLError(
            "There is no such project, or you may not see it.",
            extensions={"code": ErrorCode.NOT_FOUND},
        )
    return int(found["data"]["project"]["id"].partition(":")[2])
