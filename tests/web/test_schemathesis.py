"""A slice of `make conformance ARGS=schemathesis`: some operations, and the check's own honesty."""

import asyncio

import httpx
from litestar import Litestar

from tests.cast import Cast
from tests.conformance.schemathesis import Tally, judged, operations, throw
from tests.web.browser import client
from tracker.domain.people.tokens import issue_token

EVERY = 5


async def test_generated_operation_is_answered(app: Litestar, cast: Cast) -> None:
    person = cast.nairobi_coordinator.person_id
    assert person
    _, secret = await issue_token(cast.nairobi_coordinator, person)
    loop, program = asyncio.get_running_loop(), client(app, {})

    def send(document: str, signed_in: bool) -> httpx.Response:
        headers = {"authorization": f"Bearer {secret}"} if signed_in else {}
        asked = program.post("/graphql", json={"query": document}, headers=headers)
        return asyncio.run_coroutine_threadsafe(asked, loop).result()

    tally = Tally()
    drawn = await asyncio.to_thread(operations, send)
    for operation in drawn[::EVERY]:
        await asyncio.to_thread(throw, operation, send, 1, tally, same=True)
    assert tally.failures == {}
    assert len(tally.sent) == len(drawn[::EVERY])


def test_fault_of_the_server_is_no_answer() -> None:
    fault = {"errors": [{"message": "Something went wrong here, not with you (error 1)."}]}
    assert judged(None, httpx.Response(200, json=fault))
    assert judged(None, httpx.Response(503, json={"errors": []}))
    refusal = {"errors": [{"message": "No.", "extensions": {"code": "BAD_ARGUMENT"}}]}
    assert judged(None, httpx.Response(200, json=refusal)) is None
