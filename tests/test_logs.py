"""What is written to the log, and what is not, whoever sends it."""

import asyncio
import json
import logging
import os
import socket
import sys
from asyncio.subprocess import PIPE, STDOUT
from dataclasses import replace
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect

from tests.cast import Cast, email
from tests.web.test_evidence import PDF
from tracker.domain.people.sessions import open_session
from tracker.domain.people.tokens import issue_token
from tracker.logs import FORMAT, Plain, masked
from tracker.settings import Settings

RANDOM = "aB3-dE5_gH7-jK9_mN1-pQ3_sT5-vW7_yZ9-bC1_eF3"


def entry(message: str, *arguments: object, error: Exception | None = None) -> str:
    """A log entry as it is written."""
    about = (type(error), error, None) if error else None
    record = logging.LogRecord("tracker", logging.INFO, "", 1, message, arguments, about)
    return Plain(FORMAT).format(record)


@pytest.mark.parametrize(
    "text",
    [
        f"Authorization: Bearer {RANDOM}",
        f"cookie: __Host-session={RANDOM}; language=ko",
        f"GET /sign-in/{RANDOM}",
        f"est_{RANDOM}",
        "postgresql://tracker:aB3dE5gH7@db.example.org/t",
        "password=aB3dE5gH7",
        "{'password': 'aB3dE5gH7'}",
        "GET /graphql?query=aB3dE5gH7",
        f"nowhere in particular: {RANDOM}",
    ],
)
def test_what_looks_like_a_secret_is_left_out(text: str) -> None:
    assert "aB3" not in masked(text)
    assert "aB3" not in entry("said %s", text)
    assert "aB3" not in entry("failed", error=ValueError(text))


def test_what_helps_is_kept() -> None:
    text = "error 0a1b2c3d at GET /projects/{code:str}: ES-2026-0001, person 12 from 203.0.113.7"
    assert masked(text) == text
    digest = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
    assert masked(digest) == digest


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\x0b", "\x0c", "\x85", "\u2028", "\x1b[2K"])
def test_nobody_who_is_quoted_can_forge_an_entry(end: str) -> None:
    forged = f"innocent{end}2026-01-01T00:00:00.000Z INFO tracker.security: signed in person=1"
    for text in (entry("said %s", forged), entry("failed", error=ValueError(forged))):
        assert not any(line.startswith("2026-01-01") for line in text.splitlines())
        assert "\x1b" not in text


def test_entry_says_when_in_utc_how_bad_and_where() -> None:
    assert entry("x").endswith("Z INFO tracker: x")
    assert entry("x")[10] == "T"


async def test_no_door_lets_a_secret_into_the_log(settings: Settings, cast: Cast) -> None:
    """Secrets through every door of a real server; then its whole output is read."""
    person = cast.nairobi_coordinator.person_id
    assert person
    _, token = await issue_token(cast.nairobi_coordinator, person)
    session = await open_session(person)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    chosen = replace(settings, port=port, base_url=f"http://127.0.0.1:{port}", log_level="info")
    server = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tracker", "serve"),
        env={"PATH": os.environ["PATH"], **chosen.to_environment()}, stdout=PIPE, stderr=STDOUT,
    )  # fmt: skip
    marks = [f"{RANDOM}{number:02}" for number in range(20)]
    try:
        await _ready(port)
        await _through_every_door(port, marks, session, token)
    finally:
        server.terminate()
        output, _ = await server.communicate()
    said = output.decode()
    assert "tracker.security: sign-in refused" in said
    assert "tracker.security: unauthenticated" in said
    for secret in (*marks, session, token, RANDOM, email("nairobi_coordinator")):
        assert secret not in said, f"{secret} stands in the log"
    assert "forged" not in said


async def _ready(port: int) -> None:
    async with httpx.AsyncClient() as client:
        for _ in range(600):
            try:
                if (await client.get(f"http://127.0.0.1:{port}/health/ready")).status_code == 200:
                    return
            except httpx.TransportError:
                await asyncio.sleep(0.1)
    raise AssertionError("the server did not start")


async def _through_every_door(port: int, marks: list[str], session: str, token: str) -> None:
    some = iter(marks)
    page = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin", "User-Agent": next(some)}
    base = f"http://127.0.0.1:{port}"
    async with httpx.AsyncClient(base_url=base, headers=page) as browser:
        for path in (
            "/sign-in/{}",
            "/sign-in/reset/{}",
            "/account/email/{}",
            "/answers/{}",
            "/nowhere/{}",
            "/?next={}",
        ):
            await browser.get(path.format(next(some)))
        await browser.get(f"/nowhere/%0d%0aforged%20{next(some)}")
        await browser.get("/preferences", headers={"Cookie": f"session={session}"})
        await browser.get("/preferences", headers={"Cookie": f"session={next(some)}"})
        form = (await browser.get("/sign-in")).text.split('name="csrf_token" value="')[1]
        csrf = {"csrf_token": form.split('"')[0]}
        await browser.post("/sign-in/redeem", data=csrf | {"secret": next(some)})
        known = {"email": email("nairobi_coordinator")}
        await browser.post("/sign-in", data=csrf | known | {"password": next(some)})
        await browser.post("/sign-in", data={"csrf_token": next(some)})
    async with httpx.AsyncClient(base_url=base) as program:
        for secret in (token, next(some)):
            headers = {"Authorization": f"Bearer {secret}", "X-Request-ID": "forged\\r\\nforged"}
            body = {"query": "{ viewer { name } }", "variables": {"a": next(some)}}
            await program.post("/graphql", json=body, headers=headers)
        await program.get("/graphql", params={"query": f'{{ a(b: "{next(some)}") }}'})
        headers = {"Authorization": f"Bearer {token}", "GraphQL-Require-Preflight": "1"}
        parts = {"operations": json.dumps({"query": "{a}"}), "map": "{}"}
        files = {"0": (f"{next(some)}.pdf", PDF)}
        await program.post("/graphql", data=parts, files=files, headers=headers)
    protocols: Any = ["graphql-transport-ws"]
    async with connect(f"ws://127.0.0.1:{port}/graphql", subprotocols=protocols) as ws:
        payload = {"Authorization": f"Bearer {next(some)}"}
        await ws.send(json.dumps({"type": "connection_init", "payload": payload}))
