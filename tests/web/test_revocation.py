"""What ends somebody's rights takes effect with their next request, though we remember them."""

import asyncio
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from asyncpg import Connection
from litestar import Litestar

from tests.cast import Cast
from tests.factories.projects import add_milestone, joint_project
from tests.web.browser import client
from tests.web.conftest import SignedIn
from tracker.domain import clock
from tracker.domain.actor import Role
from tracker.domain.database import DB
from tracker.domain.leaving.actions import end_membership
from tracker.domain.people.actions import grant
from tracker.domain.people.tables import ApiToken, Membership
from tracker.domain.people.tokens import issue_token

VIEWER = {"query": "{ viewer { name } projects { totalCount } }"}


@pytest.fixture
async def program(app: Litestar, cast: Cast) -> httpx.AsyncClient:
    """A program that acts for Nairobi's coordinator, remembered since it asked once."""
    person_id = cast.nairobi_coordinator.person_id
    assert person_id
    _, secret = await issue_token(cast.nairobi_coordinator, person_id, days=7)
    program = client(app, {"Authorization": f"Bearer {secret}"})
    assert (await ask(program))["viewer"]
    return program


async def ask(program: httpx.AsyncClient) -> dict[str, dict[str, object]]:
    """The data that it gets."""
    answer = await program.post("/graphql", json=VIEWER)
    assert answer.status_code == 200, answer.text
    data: dict[str, dict[str, object]] = answer.json()["data"]
    return data


async def test_revoked_token(program: httpx.AsyncClient, connection: Connection) -> None:
    await connection.execute("UPDATE api_token SET revoked_at = now()")
    assert (await program.post("/graphql", json=VIEWER)).status_code == 401
    assert (await program.post("/graphql", json={"query": "mutation { x }"})).status_code == 401


async def test_expired_token(program: httpx.AsyncClient) -> None:
    with clock.at(datetime.now(UTC) + timedelta(days=7, seconds=1)):
        assert (await program.post("/graphql", json=VIEWER)).status_code == 401


async def test_membership_that_ends_and_one_that_begins(
    program: httpx.AsyncClient, cast: Cast
) -> None:
    project = await joint_project(cast)
    assert (await ask(program))["projects"] == {"totalCount": 1}
    person_id = cast.nairobi_coordinator.person_id
    assert person_id
    membership = await Membership.objects().get(Membership.person == person_id)
    assert membership
    await end_membership(cast.administrator, membership.id, left_to_city=True)
    assert (await ask(program))["projects"] == {"totalCount": 0}
    submit = f'mutation {{ projectSubmit(id: "Project:{project.id}") {{ problems {{ code }} }} }}'
    answer = (await program.post("/graphql", json={"query": submit})).json()
    assert answer["data"]["projectSubmit"]["problems"] == [{"code": "NOT_FOUND"}]
    # A token covers the roles held when it was issued, and grows by none that comes later.
    await grant(cast.administrator, person_id, cast.nairobi, Role.CIO)
    assert (await ask(program))["projects"] == {"totalCount": 0}


@pytest.mark.parametrize("public", [True, False])
async def test_rights_that_end_before_a_change_that_confirms_them_itself(
    program: httpx.AsyncClient, cast: Cast, connection: Connection, public: bool
) -> None:
    project = await joint_project(cast, "active")
    milestone = await add_milestone(cast, project.id)
    if not public:
        await connection.execute("UPDATE project SET confidential = true")
    move = (
        f'mutation {{ milestoneMove(id: "Milestone:{milestone.id}", dueOn: "2027-05-05",'
        ' reason: "Late.") { problems { code } } }'
    )
    await connection.execute("UPDATE membership SET ended_at = now() WHERE city IS NOT NULL")
    answer = (await program.post("/graphql", json={"query": move})).json()
    code = "FORBIDDEN" if public else "NOT_FOUND"
    assert answer["data"]["milestoneMove"]["problems"] == [{"code": code}]
    await connection.execute("UPDATE api_token SET revoked_at = now()")
    assert (await program.post("/graphql", json={"query": move})).status_code == 401


async def test_token_that_revokes_itself_by_a_mutation(
    program: httpx.AsyncClient, cast: Cast
) -> None:
    row = await ApiToken.objects().first()
    assert row
    revoke = (
        f'mutation {{ apiTokenRevoke(id: "ApiToken:{row.id}") {{ apiToken {{ revokedAt }} }} }}'
    )
    answer = (await program.post("/graphql", json={"query": revoke})).json()
    assert answer["data"]["apiTokenRevoke"]["apiToken"]["revokedAt"]
    assert (await program.post("/graphql", json=VIEWER)).status_code == 401


async def test_session_that_was_ended_elsewhere(
    signed_in: SignedIn, connection: Connection
) -> None:
    browser = await signed_in("officer")
    headers = {"Accept": "*/*"}
    for name in ("Secretariat: officer", None):
        answer = await browser.client.post("/graphql", json=VIEWER, headers=headers)
        found = answer.json()["data"]["viewer"]
        assert (found and found["name"]) == name
        await connection.execute("UPDATE session SET ended_at = now()")


async def test_signed_in_read_is_one_statement(
    program: httpx.AsyncClient, statements: list[str]
) -> None:
    assert DB.pool
    async with AsyncExitStack() as stack:
        # Whoever needs another connection for a second statement now waits for ever.
        for _ in range(DB.pool.get_max_size()):
            await stack.enter_async_context(DB.pool.acquire())
        async with asyncio.timeout(30):
            assert (await ask(program))["viewer"] == {"name": "Nairobi: coordinator"}
    assert len(statements) == 1
