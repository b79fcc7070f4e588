"""Requests that no page of ours makes: each is refused in words, and none tells what is inside."""

import logging
from dataclasses import replace
from typing import Any

import asyncpg
import httpx
import pytest
from litestar import Litestar

from tests.cast import Cast, email
from tests.web.browser import Browser, client
from tests.web.conftest import SignedIn
from tests.web.test_wire import said
from tracker.domain.people.tables import Person
from tracker.domain.people.tokens import issue_token
from tracker.settings import Limit, Limits, Settings
from tracker.throttle import throttling
from tracker.web import pages

INSIDE = (
    "traceback",
    'file "',
    "litestar",
    "asyncpg",
    "piccolo",
    "postgres",
    "select ",
    "/tracker/",
)
METHODS = ("TRACE", "CONNECT", "PROPFIND", "PATCH", "DELETE", "PUT", "GETT")
ADDRESSES = (
    "/%2570rojects",  # encoded twice
    "/static/%252e%252e/settings.py",
    "/static/..%2f..%2fsettings.py",
    "/static/....//settings.py",
    "/%ff%fe",
    "/%",
    "/%zz",
    "/projects/%00",
    "/projects/%0d%0aSet-Cookie:a=b",
    "/projects/%e2%80%ae",
    "/milestones/99999999999999999999",
    "/milestones/-1",
    "/evidence/1e3",
    "/.git/config",
    "/.env",
    "/static/",
    "/static",
)


def tells(answer: httpx.Response) -> list[str]:
    """What an answer says of what is inside."""
    text = answer.text.lower()
    server = "server" in answer.headers or "x-powered-by" in answer.headers
    return [word for word in INSIDE if word in text] + (["server"] if server else [])


@pytest.mark.parametrize("path", ["/projects", "/graphql", "/sign-in", "/nowhere", "/static/a.css"])
@pytest.mark.parametrize("method", METHODS)
async def test_odd_method_is_refused(browser: Browser, method: str, path: str) -> None:
    answer = await browser.client.request(method, path)
    assert answer.status_code in (404, 405)
    assert tells(answer) == []
    if answer.status_code == 405:
        assert "GET" in answer.headers["allow"] or "POST" in answer.headers["allow"]


@pytest.mark.parametrize("path", ADDRESSES)
async def test_odd_address_is_nothing(browser: Browser, path: str) -> None:
    answer = await browser.open(path)
    assert answer.status_code in (400, 404)
    assert tells(answer) == []
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/x-www-form-urlencoded", b"\xff\xfe=%zz&email=%ff%00"),
        ("application/x-www-form-urlencoded; charset=utf-7", b"email=+ADw-"),
        ("application/x-www-form-urlencoded", b"&=&=&&&"),
        ("multipart/form-data", b"--"),
        ("multipart/form-data; boundary=" + "b" * 300, b"--b"),
        ("text/plain", b"email=a"),
        (
            "application/xml",
            b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///x">]><a/>',
        ),
        ("", b"email=a"),
    ],
)
async def test_odd_form_is_refused(browser: Browser, kind: str, body: bytes) -> None:
    headers = {"Content-Type": kind} if kind else {}
    answer = await browser.client.post("/sign-in", content=body, headers=headers)
    assert 400 <= answer.status_code < 500
    assert tells(answer) == []


async def test_first_of_repeated_parameters_counts(signed_in: SignedIn) -> None:
    browser = await signed_in("seoul_coordinator")
    await browser.open("/projects?q=first&q=another")
    assert 'value="first"' in browser.page.text
    assert 'value="another"' not in browser.page.text


SMUGGLED = b"GET /sign-in HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.mark.parametrize(
    "head",
    [
        b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n",
        b"Content-Length: 4\r\nContent-Length: 50\r\n",
        b"Transfer-Encoding: identity, chunked, identity\r\n",
        b"Content-Length: +4\r\n",
        b"Transfer-Encoding : chunked\r\n",
    ],
)
async def test_request_whose_end_is_doubtful_hides_no_other(served_cast: str, head: bytes) -> None:
    request = b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" + head
    heard = await said(served_cast, request + b"\r\n0\r\n\r\n" + SMUGGLED)
    assert heard.count(b"HTTP/1.1 ") <= 2
    assert b"HTTP/1.1 500" not in heard
    if heard.count(b"HTTP/1.1 ") == 2:  # the first ended where its chunks did
        assert b"chunked" in head


async def breaks(*_: Any, **__: Any) -> Any:
    """As a fault of ours would."""
    raise asyncpg.PostgresError("SELECT secret FROM person at /srv/tracker/app.py")


@pytest.mark.parametrize("accept", ["text/html", "application/json"])
async def test_every_fault_is_told_in_its_own_kind_and_tells_nothing(
    app: Litestar, cast: Cast, settings: Settings, accept: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asking = client(app, {"Accept": accept, "Sec-Fetch-Site": "same-origin"})
    answers = [
        await asking.get("/nowhere"),
        await asking.post("/projects"),
        await asking.post("/sign-in", data={"email": "x" * 200_000}),
        await asking.post("/sign-in", json={}),
        await asking.post("/sign-in", data={"a": "b"}),
    ]
    few = Limits(Limit(1, 60), Limit(1, 60))
    token = (await asking.get("/sign-in")).text.split('csrf_token" value="')[1].split('"')[0]
    async with throttling(replace(settings, limit_sign_in=few)):
        for _ in range(2):
            form = {"csrf_token": token, "secret": "x"}
            answers.append(await asking.post("/sign-in/redeem", data=form))
    monkeypatch.setattr(pages, "execute", breaks)
    answers.append(await asking.get("/projects"))
    statuses = [each.status_code for each in answers]
    assert statuses == [404, 405, 413, 415, 403, 422, 429, 500]
    for each in answers:
        assert tells(each) == [], each.status_code
        kind = each.headers["content-type"]
        assert kind in ("application/json", "text/html; charset=utf-8")
        if each.status_code != 422:  # the form again
            assert kind.startswith(accept), each.status_code
    assert "from person" not in answers[-1].text.lower()


async def test_field_that_a_form_does_not_have_changes_nothing(
    signed_in: SignedIn, cast: Cast
) -> None:
    browser = await signed_in("seoul_coordinator")
    await browser.open("/preferences")
    more = {"email": "other@example.org", "role": "administrator", "id": "1", "secretariat": "true"}
    await browser.submit("/preferences", name="Another Name", **more)
    assert browser.page.status_code == 303
    assert cast.seoul_coordinator.person_id
    [row] = await Person.select().where(Person.id == cast.seoul_coordinator.person_id)
    assert (row["name"], row["email"]) == ("Another Name", email("seoul_coordinator"))


async def test_who_was_turned_away_is_logged(
    app: Litestar, cast: Cast, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "tracker.security")
    browser = await Browser(app).sign_in(cast, "lima_coordinator")
    await browser.post("/preferences", csrf_token="another")
    assert cast.auditor.person_id
    _, secret = await issue_token(cast.auditor, cast.auditor.person_id)
    program = client(app, {"Authorization": f"Bearer {secret}"})
    document = "mutation { cityImport(rows: []) { problems { code } } }"
    await program.post("/graphql", json={"query": document})
    await client(app, {"Authorization": "Bearer nothing"}).post("/graphql", json={"query": "{a}"})
    said = [record.getMessage() for record in caplog.records]
    assert any(text.startswith("forbidden person=") for text in said)
    assert any(text.startswith("unauthenticated person=nobody") for text in said)
