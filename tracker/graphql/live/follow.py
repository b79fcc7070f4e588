"""One subscription: from its document to the lines that are sent."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import asyncpg
from graphql import GraphQLError

from tracker import graphql
from tracker.domain.actor import Actor
from tracker.graphql import events
from tracker.graphql.live.feed import FEED, Entry, Follower, TooFarBehind
from tracker.graphql.live.position import BadPosition, Position
from tracker.graphql.planner.codes import ErrorCode
from tracker.graphql.planner.compile import Plan
from tracker.graphql.planner.events import arguments, run_with
from tracker.graphql.planner.limits import Limits
from tracker.graphql.planner.run import GraphQLErrors, Operation
from tracker.graphql.planner.values import Variables
from tracker.graphql.reading import READS

AT_ONCE = 20
"""Events that one statement selects."""

Rights = Callable[[], Awaitable[Actor | None]]
"""Who follows, with their rights at this moment; None once they may not any more."""


class Interrupted(Exception):
    """The subscription cannot go on now; a client that resumes from its last event misses
    nothing."""


class Unauthorised(Exception):
    """Whoever followed may not any more."""


@dataclass
class Following:
    """A subscription that has begun. Iterate over it, and `end` it."""

    plan: Plan
    variables: Variables
    rights: Rights
    follower: Follower

    def end(self) -> None:
        """Nothing more is wanted."""
        FEED.leave(self.follower)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """The response body of each event, as committed; endless.

        Raises Interrupted, Unauthorised, and GraphQLError for what cannot be selected.
        """
        while entries := await self.follower.take(AT_ONCE):
            for line in await self._lines(entries):
                yield b'{"data":' + line + b"}"
        raise Interrupted("too many events wait to be read")

    async def _lines(self, entries: list[Entry]) -> list[bytes]:
        """What may be seen of the events at this moment, by one statement."""
        try:
            actor = await self.rights()
            if actor is None:
                raise Unauthorised
            places = [str(entry.position) for entry in entries]
            numbers = [entry.number for entry in entries]
            variables = run_with(self.variables, numbers, places)
            found = await READS.run(self.plan, variables, actor, keep=False)
        except (OSError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError) as error:
            raise Interrupted("the database is away") from error
        return found.split(b"\n") if found else []


def subscription(document: str, operation_name: str | None, limits: Limits) -> Operation | None:
    """The operation, where it is a subscription; None for all else, mistakes included."""
    try:
        operation = graphql.planner().prepared(document, operation_name, limits)
    except (GraphQLError, GraphQLErrors):
        return None
    return operation if operation.is_subscription else None


async def follow(
    operation: Operation, variables: Mapping[str, Any] | None, rights: Rights
) -> Following:
    """Begin the subscription.

    Raises GraphQLErrors or GraphQLError with what is wrong with it, Unauthorised.
    """
    actor = await rights()
    if actor is None:
        raise Unauthorised
    if actor.person_id is None:
        raise GraphQLError(
            "Events are for people of the tracker: sign in, or give an API token.",
            extensions={"code": ErrorCode.UNAUTHENTICATED},
        )
    planner, limits = graphql.planner(), graphql.limits_of(actor)
    coerced = planner.variables(operation, variables or {}, limits)
    plan = planner.stream(operation, coerced)
    planner.check_size(plan, coerced, limits)
    stream, given = arguments(planner.compiler(operation.fragments, coerced), operation.node)
    topic = await events.topic_of(stream, given, actor)
    try:
        after = Position.read(given["after"]) if "after" in given else None
        follower = await FEED.follow(topic, after)
    except BadPosition as error:
        raise GraphQLError(str(error)) from error
    except TooFarBehind as error:
        raise GraphQLError(str(error), extensions={"code": ErrorCode.REFETCH}) from error
    return Following(plan, coerced, rights, follower)
