"""Generated clients, at the application as it is served, over the demonstration portfolio."""

from collections.abc import Awaitable, Callable

import pytest

from tests import clients
from tracker.demo.people import SECRETARIAT, address
from tracker.demo.portfolio import plant
from tracker.domain.actor import Role
from tracker.domain.people.queries import actor_by_email
from tracker.domain.people.tokens import issue_token


@pytest.mark.parametrize("client", [clients.python, clients.typescript])
async def test_generated_client_is_typed_and_right(
    served_cast: str, client: Callable[[str, str], Awaitable[str]]
) -> None:
    await plant()
    officer = await actor_by_email(address(SECRETARIAT, Role.OFFICER))
    assert officer
    assert officer.person_id
    _, token = await issue_token(officer, officer.person_id)
    said = await client(served_cast.replace("ws://", "http://"), token)
    assert "projects, ES-" in said
