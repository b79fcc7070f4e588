"""The protocol graphql-transport-ws, to the letter, and who may open a socket."""

from hashlib import sha256
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus

from tests.cast import Cast
from tests.web.browser import HOST
from tests.web.talk import CITIES, Talk, answer, page_of, talking, token
from tracker.web import sockets

PEOPLE = "{ people(first: 1) { nodes { name } } }"
EVENTS = "subscription { portfolioEvents { id } }"
PROPOSE = """
mutation Propose($input: ProposalInput!) {
  projectPropose(input: $input) { project { code } problems { code message } }
}
"""


async def test_query_is_answered_once_and_completed(served_cast: str) -> None:
    async with talking(served_cast) as talk:
        await talk.begin()
        found = await answer(talk, CITIES)
        assert found == {"data": {"cities": {"nodes": [{"name": "Lima"}]}}}
        assert await answer(talk, CITIES) == found


async def test_ping_is_answered_before_and_after_initialisation(served_cast: str) -> None:
    async with talking(served_cast) as talk:
        await talk.say(type="ping", payload={"any": 1})
        assert await talk.hear() == {"type": "pong", "payload": {"any": 1}}
        await talk.begin()
        await talk.say(type="ping")
        assert await talk.hear() == {"type": "pong"}
        await talk.say(type="pong")
        await answer(talk, CITIES)


async def test_mistake_in_a_document_is_an_error_of_its_operation(served_cast: str) -> None:
    async with talking(served_cast) as talk:
        await talk.begin()
        for document in ("{ nope }", "{ nope", "", "subscription { nope }"):
            await talk.ask(document, "wrong")
            message = await talk.hear()
            assert (message["type"], message["id"]) == ("error", "wrong")
            assert all(error["message"] for error in message["payload"])
        await answer(talk, CITIES)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("nonsense", 4400),
        ("[]", 4400),
        ("[" * 50_000, 4400),
        ("{}", 4400),
        ('{"type": "start"}', 4400),
        ('{"type": "next", "id": "1"}', 4400),
        ('{"type": "connection_ack"}', 4400),
        ('{"type": "connection_init", "payload": "text"}', 4400),
        ('{"type": "subscribe", "id": "1"}', 4400),
        ('{"type": "subscribe", "id": 1, "payload": {"query": "{__typename}"}}', 4400),
        ('{"type": "subscribe", "id": "1", "payload": {"query": 1}}', 4400),
        ('{"type": "complete"}', 4400),
        (b'{"type": "ping"}', 4400),
        ('{"type": "subscribe", "id": "1", "payload": {"query": "{__typename}"}}', 4401),
        ('{"type": "ping", "payload": {"a": "' + "x" * 100_000 + '"}}', 1009),
    ],
)
async def test_message_that_breaks_the_protocol_closes_with_its_code(
    served_cast: str, said: str | bytes, code: int
) -> None:
    async with talking(served_cast) as talk:
        await talk.connection.send(said)
        assert await talk.closed() == code


async def test_message_after_initialisation_that_breaks_the_protocol_closes(
    served_cast: str, cast: Cast
) -> None:
    _, bearer = await token(cast, "officer")
    async with talking(served_cast) as talk:
        await talk.begin()
        await talk.say(type="connection_init")
        assert await talk.closed() == 4429
    async with talking(served_cast) as talk:
        await talk.begin(Authorization=bearer)
        await talk.ask(EVENTS)
        await talk.ask(EVENTS)
        assert await talk.closed() == 4409
    async with talking(served_cast) as talk:
        await talk.begin()
        await talk.ask(CITIES, "")
        assert await talk.closed() == 4400


@pytest.mark.parametrize("protocol", [None, "graphql-ws", "chat"])
async def test_other_subprotocol_closes_with_4406(served_cast: str, protocol: str | None) -> None:
    async with talking(served_cast, protocol=protocol) as talk:
        assert await talk.closed() == 4406


async def test_silent_client_is_closed_with_4408(
    served_cast: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "INIT_SECONDS", 0.05)
    async with talking(served_cast) as talk:
        assert await talk.closed() == 4408


async def test_completed_subscription_frees_its_id_and_its_place(
    served_cast: str, cast: Cast
) -> None:
    _, bearer = await token(cast, "officer")
    async with talking(served_cast) as talk:
        await talk.begin(Authorization=bearer)
        for number in range(sockets.OPERATIONS_MOST):
            await talk.ask(EVENTS, str(number))
        await talk.ask(EVENTS, "one more")
        message = await talk.hear()
        assert (message["type"], message["id"]) == ("error", "one more")
        assert "At most 10" in message["payload"][0]["message"]
        await talk.say(type="complete", id="3")
        await talk.say(type="complete", id="never was")
        await talk.ask(CITIES, "3")
        assert (await talk.hear())["type"] == "next"


# --- who


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://tracker.test.evil"])
async def test_page_of_another_site_opens_no_socket(
    served_cast: str, cast: Cast, origin: str
) -> None:
    _, headers = await page_of(cast, "officer")
    for given in (headers | {"Origin": origin}, {"Origin": origin}):
        with pytest.raises(InvalidStatus) as refused:
            async with talking(served_cast, given):
                pass
        assert refused.value.response.status_code == 403


async def test_cookie_counts_from_our_own_pages_only(served_cast: str, cast: Cast) -> None:
    _, headers = await page_of(cast, "officer")
    async with talking(served_cast, headers) as talk:
        await talk.begin()
        assert (await answer(talk, PEOPLE))["data"]["people"]["nodes"]
    async with talking(served_cast, {"Cookie": headers["Cookie"]}) as talk:
        await talk.begin()
        assert (await answer(talk, PEOPLE))["data"]["people"]["nodes"] == []


async def test_token_counts_from_message_and_header(served_cast: str, cast: Cast) -> None:
    _, bearer = await token(cast, "officer")
    async with talking(served_cast, {"Authorization": bearer}) as talk:
        await talk.begin()
        assert (await answer(talk, PEOPLE))["data"]["people"]["nodes"]
    async with talking(served_cast, {"Authorization": "Bearer wrong"}) as talk:
        await talk.begin(authorization=bearer)
        assert (await answer(talk, PEOPLE))["data"]["people"]["nodes"]


async def test_bad_token_or_session_is_forbidden(served_cast: str) -> None:
    async with talking(served_cast) as talk:
        await talk.say(type="connection_init", payload={"Authorization": "Bearer wrong"})
        assert await talk.closed() == 4403
    async with talking(served_cast, {"Origin": HOST, "Cookie": "session=old"}) as talk:
        await talk.say(type="connection_init")
        assert await talk.closed() == 4403


async def test_read_only_token_changes_nothing(served_cast: str, cast: Cast) -> None:
    _, bearer = await token(cast, "nairobi_coordinator", read_only=True)
    proposal = {
        "title": "T",
        "summary": "S",
        "plannedStartOn": "2026-01-01",
        "plannedEndOn": "2027-01-01",
        "themes": ["x"],
        "sdgGoals": [11],
        "sectors": [],
        "donorCityId": f"City:{cast.seoul}",
        "recipientCityId": f"City:{cast.nairobi}",
    }
    async with talking(served_cast) as talk:
        await talk.begin(Authorization=bearer)
        found = await answer(talk, PROPOSE, input=proposal)
        [problem] = found["data"]["projectPropose"]["problems"]
        assert problem["code"] == "FORBIDDEN"


async def test_public_follows_nothing(served_cast: str) -> None:
    async with talking(served_cast) as talk:
        await talk.begin()
        await talk.ask(EVENTS)
        message = await talk.hear()
        assert message["type"] == "error"
        assert "sign in" in message["payload"][0]["message"]


# --- documents by their hash


async def test_document_is_asked_for_by_its_hash(served_cast: str, cast: Cast) -> None:
    """As over HTTP, subscriptions included."""
    _, bearer = await token(cast, "officer")
    for document, first in ((CITIES, "next"), (EVENTS, "silence")):
        digest = sha256(document.encode()).hexdigest()
        apollo = {"persistedQuery": {"version": 1, "sha256Hash": digest}}
        async with talking(served_cast) as talk:
            await talk.begin(Authorization=bearer)

            async def asked(talk: Talk = talk, **payload: Any) -> None:
                await talk.say(type="subscribe", id="1", payload=payload)

            await asked(query=document, extensions=apollo)
            if first == "next":
                found = await talk.hear()
                assert await talk.hear() == {"id": "1", "type": "complete"}
                for by in ({"documentId": f"sha256:{digest}"}, {"extensions": apollo}):
                    await asked(**by)
                    assert await talk.hear() == found
                    assert await talk.hear() == {"id": "1", "type": "complete"}
                continue
            await talk.silence()
            await talk.say(type="complete", id="1")
            await asked(documentId=f"sha256:{digest}")
            await talk.silence()


async def test_unknown_or_malformed_hash_is_an_error_of_its_operation(served_cast: str) -> None:
    async with talking(served_cast) as talk:
        await talk.begin()
        payloads: list[tuple[dict[str, Any], str]] = [
            ({"documentId": f"sha256:{'0' * 64}"}, "No document with this id"),
            ({"documentId": "md5:1"}, "write sha256:"),
            (
                {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "0" * 64}}},
                "PersistedQueryNotFound",
            ),
            ({}, "Send a GraphQL document"),
        ]
        for payload, words in payloads:
            await talk.say(type="subscribe", id="1", payload=payload)
            message = await talk.hear()
            assert (message["type"], message["id"]) == ("error", "1")
            assert words in message["payload"][0]["message"]
        await answer(talk, CITIES)
