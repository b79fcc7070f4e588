"""Whatever is sent has a limit, each a setting: a request just within it is served, one beyond it
is refused in words."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx
import pytest
from litestar import Litestar
from uvicorn import Config, Server
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from tests.cast import Cast
from tests.factories.projects import add_milestone, joint_project
from tests.web.browser import HOST, Browser, client
from tests.web.test_evidence import PDF, stored, upload
from tracker.app import create_app
from tracker.domain.people.tokens import issue_token
from tracker.settings import Limit, Limits, Settings
from tracker.throttle import throttling
from tracker.web.wire import wire

TYPENAME = {"query": "{ __typename }"}


@asynccontextmanager
async def listening(small: Litestar) -> AsyncIterator[str]:
    """The address of a real server with these limits."""
    config = Config(small, port=0, lifespan="off", log_level="error", **wire(small.state.settings))
    server, socket = Server(config), config.bind_socket()
    task = asyncio.create_task(server.serve([socket]))
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.01)
    yield f"127.0.0.1:{socket.getsockname()[1]}"
    server.should_exit = True
    await task


@pytest.fixture(scope="module")
def limited(settings: Settings, app: Litestar) -> Litestar:
    """An installation with little room."""
    little = replace(
        settings,
        base_url=HOST,
        head_bytes=4000,
        address_bytes=1000,
        connections_per_address=3,
        socket_message_bytes=1000,
        form_bytes=10_000,
        form_fields=50,
        file_mb=1,
        upload_parts=4,
        files_per_project=2,
        files_mb_per_project=1,
        graphql_json_depth=5,
        graphql_body_bytes=2000,
    )
    return create_app(little)


@pytest.fixture
def small(limited: Litestar, cast: Cast) -> Litestar:
    """The same, over a database that holds the cast."""
    return limited


async def program(small: Litestar, cast: Cast) -> httpx.AsyncClient:
    """A program that acts for Nairobi's coordinator."""
    person = cast.nairobi_coordinator.person_id
    assert person
    _, secret = await issue_token(cast.nairobi_coordinator, person)
    headers = {"Authorization": f"Bearer {secret}", "GraphQL-Require-Preflight": "1"}
    return client(small, headers)


async def test_address_has_a_limit(small: Litestar) -> None:
    browser = Browser(small)
    within = "/projects?q=" + "a" * (1000 - len("/projects?q=") - 1)
    assert (await browser.open(within)).status_code != 414
    for path in (f"/{'a' * 1000}", f"/graphql?query={'a' * 1000}", f"/static/{'a' * 1000}"):
        answer = await browser.open(path)
        assert answer.status_code == 414
        assert "more than 1,000 bytes" in answer.text
        assert answer.headers["x-content-type-options"] == "nosniff"


async def test_form_has_limits(small: Litestar) -> None:
    browser = Browser(small)
    assert (await browser.post("/sign-in", email="a" * 11_000)).status_code == 413
    many = {f"field{number}": "x" for number in range(51)}
    answer = await browser.post("/sign-in", **many)
    assert answer.status_code == 413
    assert "more than is accepted here" in browser.text


async def test_request_to_the_api_has_limits(small: Litestar) -> None:
    asking = client(small, {})
    long = await asking.post("/graphql", json={"query": "{ __typename }" + " " * 2000})
    assert long.status_code == 413

    def nested(depth: int) -> Any:
        return {"a": nested(depth - 1)} if depth else 1

    for depth, status in ((5, 200), (6, 400), (300, 400)):
        body = TYPENAME | {"variables": nested(depth)}
        assert (await asking.post("/graphql", json=body)).status_code == status, depth
    answer = await asking.post("/graphql", json=TYPENAME | {"extensions": nested(9)})
    assert "nest more than 5 levels" in answer.json()["errors"][0]["message"]
    parameters = {"query": "{ __typename }", "variables": json.dumps(nested(9))}
    assert (await asking.get("/graphql", params=parameters)).status_code == 400


async def test_file_and_its_request_have_limits(small: Litestar, cast: Cast) -> None:
    milestone = (await add_milestone(cast, (await joint_project(cast, "active")).id)).id
    sending = await program(small, cast)
    large = (await upload(sending, milestone, "a.pdf", PDF + b"\0" * 1_000_000)).json()
    [problem] = large["data"]["milestoneAttachFile"]["problems"]
    assert "larger than 1 MB" in problem["message"]
    parts = await upload(sending, milestone, "a.pdf", PDF, one="1", two="2")
    assert parts.status_code == 400
    before = stored(small.state.settings)
    whole = await upload(sending, milestone, "a.pdf", b"\0" * 5_000_000)
    assert whole.status_code == 400
    assert "send fewer files" in whole.json()["errors"][0]["message"]
    assert stored(small.state.settings) == before


async def test_project_holds_so_many_files_and_no_more(small: Litestar, cast: Cast) -> None:
    project = await joint_project(cast, "active")
    milestones = [(await add_milestone(cast, project.id)).id for _ in range(2)]
    sending = await program(small, cast)
    said = []
    for number, size in enumerate((500_000, 600_000, 10, 10)):
        content = PDF + b"%" * size + b"%d" % number
        answer = await upload(sending, milestones[number % 2], f"{number}.pdf", content)
        said.append(answer.json()["data"]["milestoneAttachFile"]["problems"])
    assert [bool(each) for each in said] == [False, True, False, True]
    assert "may hold 2 files and 1 MB" in said[1][0]["message"]


async def test_person_sends_so_many_files_and_no_more(small: Litestar, cast: Cast) -> None:
    milestone = (await add_milestone(cast, (await joint_project(cast, "active")).id)).id
    sending = await program(small, cast)
    few = Limits(Limit(2, 3600), Limit(9, 3600))
    async with throttling(replace(small.state.settings, limit_upload=few)):
        statuses = [(await upload(sending, milestone, "a.pdf", PDF)).status_code for _ in range(3)]
    assert statuses == [200, 200, 429]


async def test_head_has_a_limit(small: Litestar) -> None:
    async with listening(small) as address, httpx.AsyncClient() as asking:
        url = f"http://{address}/health/live"
        assert (await asking.get(url, headers={"X-A": "a" * 3000})).status_code == 200
        assert (await asking.get(url, headers={"X-A": "a" * 5000})).status_code == 431


async def test_connections_of_an_address_have_a_limit(small: Litestar) -> None:
    async with listening(small) as address:
        host, port = address.split(":")
        held = [await asyncio.open_connection(host, port) for _ in range(3)]
        reader, writer = await asyncio.open_connection(host, port)
        assert await reader.read() == b""  # nobody is there
        writer.close()
        held.pop()[1].close()
        await asyncio.sleep(0.05)
        async with httpx.AsyncClient() as asking:
            assert (await asking.get(f"http://{address}/health/live")).status_code == 200
        for _, each in held:
            each.close()


async def test_message_on_a_socket_has_a_limit(small: Litestar) -> None:
    async with listening(small) as address:
        for _ in range(5):  # each gives its connection back
            async with connect(
                f"ws://{address}/graphql",
                subprotocols=["graphql-transport-ws"],  # type: ignore[list-item]
            ) as socket:
                await socket.send('{"type":"connection_init","payload":{"a":"' + "a" * 2000 + '"}}')
                with pytest.raises(ConnectionClosed):
                    await socket.recv()
                assert socket.close_code == 1009


async def test_variables_on_a_socket_nest_so_deep_and_no_deeper(small: Litestar) -> None:
    async with (
        listening(small) as address,
        connect(
            f"ws://{address}/graphql",
            subprotocols=["graphql-transport-ws"],  # type: ignore[list-item]
        ) as socket,
    ):
        await socket.send('{"type":"connection_init"}')
        await socket.recv()
        payload = TYPENAME | {"variables": {"a": [[[[[[[1]]]]]]]}}
        await socket.send(json.dumps({"type": "subscribe", "id": "1", "payload": payload}))
        answer = json.loads(await socket.recv())
        assert answer["type"] == "error"
        assert "nest more than 5 levels" in answer["payload"][0]["message"]
