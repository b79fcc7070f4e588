"""Hostile requests: each is refused or answered. What they cost, `make conformance` tells."""

import httpx
import pytest
from litestar import Litestar

from tests.cast import Cast
from tests.conformance.hostile import good
from tests.conformance.hostile_documents import everything
from tests.web.browser import client


@pytest.fixture
def program(app: Litestar, cast: Cast) -> httpx.AsyncClient:
    """A client that nobody has signed in."""
    return client(app, {})


async def test_hostile_request_is_refused_or_answered(program: httpx.AsyncClient) -> None:
    bad = {}
    for each in everything():
        answer = await program.post(
            "/graphql", content=each.body, headers={"content-type": "application/json"}
        )
        if not good(each, answer.status_code, answer.content):
            bad[each.name] = (answer.status_code, answer.text[:300])
    assert bad == {}


def test_hostile_requests_are_told_apart() -> None:
    """The check itself can fail: data where it must be refused, a fault, no GraphQL at all."""
    [first, *_] = everything()
    assert first.refused
    assert not good(first, 200, b'{"data":{}}')
    assert not good(first, 500, b'{"errors":[{}]}')
    assert not good(first, 200, b'{"errors":[{"message":"Something went wrong here, not with"}]}')
    assert not good(first, 200, b"<html>")
    assert good(first, 400, b'{"errors":[{"message":"Syntax Error"}]}')
