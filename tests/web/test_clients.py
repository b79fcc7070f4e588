"""Generated clients, at the application as it is served, over a few projects."""

from collections.abc import Awaitable, Callable

import pytest

from tests import clients, factories
from tests.cast import Cast
from tracker.domain.people.tokens import issue_token

pytestmark = pytest.mark.long


@pytest.mark.parametrize("client", [clients.python, clients.typescript])
async def test_generated_client_is_typed_and_right(
    served_cast: str, cast: Cast, client: Callable[[str, str], Awaitable[str]]
) -> None:
    for state in ("active", "draft", "suspended", "active"):
        await factories.joint_project(cast, state)
    assert cast.officer.person_id
    _, token = await issue_token(cast.officer, cast.officer.person_id)
    said = await client(served_cast.replace("ws://", "http://"), token)
    assert "projects, ES-" in said
