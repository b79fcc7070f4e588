"""Asking the API as somebody, and counting the statements that it took."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import orjson
import pytest

from tests.cast import Cast
from tracker.domain.actor import PUBLIC, Actor
from tracker.graphql import LIMITS, READS, respond, serving
from tracker.graphql.planner.limits import Limits
from tracker.settings import Settings


class Api:
    """The public door without the wire. `statements` holds what the last question took."""

    def __init__(self) -> None:
        self.statements: list[str] = []

    async def answer(
        self,
        document: str,
        variables: dict[str, Any] | None = None,
        actor: Actor = PUBLIC,
        limits: Limits | None = LIMITS,
    ) -> dict[str, Any]:
        """The whole response."""
        self.statements.clear()
        answer = await respond(document, variables, actor=actor, limits=limits)
        found: dict[str, Any] = orjson.loads(answer.body)
        return found

    async def data(
        self, document: str, variables: dict[str, Any] | None = None, actor: Actor = PUBLIC
    ) -> dict[str, Any]:
        """The data of a response that must have no errors; no limits apply."""
        found = await self.answer(document, variables, actor, limits=None)
        assert "errors" not in found, found
        data: dict[str, Any] = found["data"]
        return data

    async def errors(
        self, document: str, variables: dict[str, Any] | None = None, actor: Actor = PUBLIC
    ) -> list[str]:
        """The messages of a response that must have errors."""
        found = await self.answer(document, variables, actor)
        return [error["message"] for error in found["errors"]]


@pytest.fixture(scope="session")
async def reads(settings: Settings, played: Cast) -> AsyncIterator[None]:
    """Documents can be executed."""
    async with serving(settings):
        yield


@pytest.fixture
async def api(reads: None, cast: Cast) -> AsyncIterator[Api]:
    """The API over a database that holds the cast."""
    api = Api()
    listener: Callable[[str], None] = api.statements.append
    READS.listeners.append(listener)
    yield api
    READS.listeners.remove(listener)
