"""The protocol graphql-transport-ws, to the letter, and who may open a socket."""

import asyncio
import json
from contextlib import suppress
from dataclasses import replace
from hashlib import sha256
from itertools import chain, count, repeat
from typing import Any

import pytest
from litestar import Litestar
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.cast import Cast
from tests.web.browser import HOST
from tests.web.talk import Talk, talking
from tracker.domain.people.sessions import end_session, open_session
from tracker.domain.people.tokens import issue_token, revoke_token
from tracker.settings import Limit, Limits, Settings
from tracker.throttle import throttling
from tracker.web import admission, sockets, wire

CITIES = "{ cities(first: 1) { nodes { name } } }"
PEOPLE = "{ people(first: 1) { nodes { name } } }"
EVENTS = "subscription { portfolioEvents { id } }"
PROPOSE = """
mutation Propose($input: ProposalInput!) {
  projectPropose(input: $input) { project { code } problems { code message } }
}
"""


async def token(cast: Cast, name: str, *, read_only: bool = False) -> tuple[int, str]:
    """A token's number, and the words with which a program shows it."""
    person_id = cast[name].person_id
    assert person_id
    row, secret = await issue_token(cast[name], person_id, read_only=read_only)
    return row.id, f"Bearer {secret}"


async def page_of(cast: Cast, name: str) -> tuple[str, dict[str, str]]:
    """A session's secret, and the headers of a page that has it."""
    person_id = cast[name].person_id
    assert person_id
    secret = await open_session(person_id)
    return secret, {"Origin": HOST, "Cookie": f"session={secret}"}


async def answer(talk: Talk, query: str, **variables: Any) -> dict[str, Any]:
    """The payload of an operation that answers once."""
    await talk.ask(query, "once", **variables)
    message = await talk.hear()
    assert message["type"] == "next", message
    assert await talk.hear() == {"id": "once", "type": "complete"}
    found: dict[str, Any] = message["payload"]
    return found


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


# --- how long, and how many


async def test_revoked_token_closes_its_socket(served_cast: str, cast: Cast) -> None:
    number, bearer = await token(cast, "officer")
    _, other = await token(cast, "officer")
    async with talking(served_cast) as talk, talking(served_cast) as stays:
        await talk.begin(Authorization=bearer)
        await stays.begin(Authorization=other)
        await revoke_token(cast.officer, number)
        assert await talk.closed() == 4403
        await answer(stays, CITIES)


async def test_ended_session_closes_its_socket(served_cast: str, cast: Cast) -> None:
    secret, headers = await page_of(cast, "officer")
    async with talking(served_cast, headers) as talk:
        await talk.begin()
        await end_session(secret)
        assert await talk.closed() == 4403


async def test_sockets_of_a_person_are_bounded(
    served_cast: str, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, bearer = await token(cast, "officer")
    talks = [talking(served_cast) for _ in range(21)]
    opened = [await talk.__aenter__() for talk in talks]
    try:
        for talk in opened[:20]:
            await talk.begin(Authorization=bearer)
        await opened[20].say(type="connection_init", payload={"Authorization": bearer})
        assert await opened[20].closed() == 1013
        await opened[0].connection.close()
        async with talking(served_cast) as again:
            await again.begin(Authorization=bearer)
    finally:
        for each in talks:
            await each.__aexit__(None, None, None)


async def test_sockets_of_an_address_are_bounded(
    served_cast: str, app: Litestar, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = replace(app.state.settings, sockets_per_address=1)
    monkeypatch.setattr(app.state, "settings", few)
    async with talking(served_cast):
        with pytest.raises(InvalidStatus) as refused:
            async with talking(served_cast):
                pass
        assert refused.value.response.status_code == 503
    for _ in range(100):
        if not admission.ADMISSION._counts.total():
            break
        await asyncio.sleep(0.05)
    async with talking(served_cast) as talk:
        await talk.begin()


async def test_client_that_does_not_read_is_dropped(
    served_cast: str, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it is sent waits in bounded buffers, and only for a while."""
    monkeypatch.setattr(sockets, "SEND_SECONDS", 0.2)
    monkeypatch.setattr(wire, "ABORT_SECONDS", 0.2)
    async with talking(served_cast) as talk:
        await talk.begin()
        transport: Any = talk.connection.transport
        transport.pause_reading()
        monkeypatch.setattr(transport, "resume_reading", lambda: None)
        # The answers fill the system's buffers, then the server's, which then stops reading.
        message = json.dumps({"type": "ping", "payload": {"filler": "x" * 90_000}})
        with pytest.raises(ConnectionClosed):
            await _send_for_ever(talk, message)


async def test_client_that_pings_and_does_not_read_is_dropped(served_cast: str) -> None:
    """Answers to pings below the protocol wait for nobody."""
    async with talking(served_cast) as talk:
        await talk.begin()
        transport: Any = talk.connection.transport
        transport.pause_reading()
        with pytest.raises(ConnectionClosed):
            await _ping_for_ever(talk)


async def _ping_for_ever(talk: Talk) -> None:
    async with asyncio.timeout(30):
        for number in count():
            await talk.connection.ping(f"{number:0120}")


async def test_message_of_countless_frames_closes(served_cast: str) -> None:
    async with talking(served_cast) as talk:
        await talk.begin()
        with suppress(ConnectionClosed):
            await talk.connection.send(chain(['{"type"'], repeat("", 5_000), [': "ping"}']))
        assert await talk.closed() == 1009


async def _send_for_ever(talk: Talk, message: str) -> None:
    async with asyncio.timeout(30):
        while True:
            await talk.connection.send(message)


async def test_operations_on_a_socket_count_like_requests(
    served_cast: str, settings: Settings
) -> None:
    few = Limits(Limit(9, 3600), Limit(2, 3600))
    async with throttling(replace(settings, limit_api=few)), talking(served_cast) as talk:
        await talk.begin()
        heard = []
        for key in ("1", "2", "3"):
            await talk.ask("{ __typename }", key)
            heard.append(await talk.hear())
            if heard[-1]["type"] == "next":
                await talk.hear()
        assert [each["type"] for each in heard] == ["next", "next", "error"]
        assert heard[2]["payload"][0]["extensions"]["code"] == "TOO_OFTEN"


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
