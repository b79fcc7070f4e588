"""Who gets in, how, and how often."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from litestar import Litestar

from tests.cast import Cast, email
from tests.relay import mails
from tests.web.browser import HOST, Browser
from tests.web.conftest import SignedIn
from tracker.app import create_app
from tracker.domain.people import passwords
from tracker.domain.people.links import send_link
from tracker.domain.people.tables import Session
from tracker.settings import Limit, Limits, Settings
from tracker.throttle import throttling

GOOD = "marmot unzips 7 quiet kettles"


async def test_sign_in_goes_by_a_mailed_link_and_a_button(
    mailing: Litestar, tmp_path: Path
) -> None:
    browser = Browser(mailing)
    await browser.open("/sign-in?next=/digests")
    await browser.submit("/sign-in", email=email("seoul_mayor").upper())
    assert browser.page.status_code == 200
    await browser.open(_link(tmp_path))
    assert "session" not in browser.client.cookies, "opening the link signed in by itself"
    await browser.submit("/sign-in/redeem")
    assert browser.page.headers["location"] == "/digests"
    await browser.follow()
    assert "Seoul: mayor" in browser.text


async def test_sign_in_answers_the_same_for_an_unknown_address(
    mailing: Litestar, tmp_path: Path
) -> None:
    browser = Browser(mailing)
    await browser.open("/sign-in")
    await browser.submit("/sign-in", email=email("seoul_mayor"))
    known = browser.text.replace(email("seoul_mayor"), "…")
    await browser.open("/sign-in")
    await browser.submit("/sign-in", email="nobody@example.org")
    assert browser.text.replace("nobody@example.org", "…") == known
    assert len(mails(tmp_path)) == 1


async def test_sign_in_keeps_what_was_typed_when_it_is_no_address(browser: Browser) -> None:
    await browser.open("/sign-in")
    await browser.submit("/sign-in", email="nobody")
    assert browser.page.status_code == 422
    assert "This is no e-mail address" in browser.text
    assert 'value="nobody"' in browser.page.text


@pytest.mark.parametrize("typed", ["a\x00@example.org", "a@example.org\r\nBcc: b@example.org"])
async def test_sign_in_takes_no_control_characters(browser: Browser, typed: str) -> None:
    await browser.open("/sign-in")
    await browser.submit("/sign-in", email=typed)
    assert browser.page.status_code == 422
    assert "This is no e-mail address" in browser.text


async def test_link_works_once(browser: Browser) -> None:
    sent = await send_link(email("seoul_mayor"))
    assert sent
    path = f"/sign-in/{sent[1]}"
    await browser.open(path)
    assert (await browser.submit("/sign-in/redeem")).status_code == 303
    browser.client.cookies.clear()
    await browser.open(path)
    await browser.submit("/sign-in/redeem")
    assert browser.page.status_code == 422
    assert "used before" in browser.text


async def test_session_is_a_new_one_at_each_sign_in(browser: Browser, cast: Cast) -> None:
    await browser.sign_in(cast, "seoul_mayor")
    before = browser.client.cookies["session"]
    sent = await send_link(email("nairobi_mayor"))
    assert sent
    await browser.open(f"/sign-in/{sent[1]}")
    await browser.submit("/sign-in/redeem")
    cookie = browser.page.headers.get_list("set-cookie")
    [session] = [each for each in cookie if each.startswith("session=")]
    assert before not in session
    assert "HttpOnly" in session
    assert "SameSite=lax" in session
    assert "Path=/" in session
    assert await Session.count().where(Session.ended_at.is_null()) == 1, "the old one lives on"


async def test_session_cookie_is_bound_to_the_host_where_there_is_https(
    settings: Settings, cast: Cast, app: Litestar
) -> None:
    secure = Browser(create_app(replace(settings, base_url="https://tracker.test")))
    sent = await send_link(email("seoul_mayor"))
    assert sent
    await secure.open(f"/sign-in/{sent[1]}")
    await secure.submit("/sign-in/redeem")
    cookies = secure.page.headers.get_list("set-cookie")
    [session] = [each for each in cookies if "session=" in each]
    assert session.startswith("__Host-session=")
    assert "Secure" in session
    assert "Domain" not in session
    assert "max-age=31536000" in secure.page.headers["strict-transport-security"]


async def test_sign_out_ends_the_session_in_the_database(signed_in: SignedIn) -> None:
    browser = await signed_in("seoul_mayor")
    secret = browser.client.cookies["session"]
    await browser.open("/")
    await browser.submit("/sign-out")
    browser.client.cookies.set("session", secret)
    assert (await browser.open("/preferences")).status_code == 303


async def test_demonstration_lets_anybody_be_anybody(demonstration: Browser, cast: Cast) -> None:
    await demonstration.open("/sign-in")
    person = f"Person:{cast.nairobi_mayor.person_id}"
    await demonstration.submit("/sign-in/demonstration", person=person, next="/preferences")
    assert demonstration.page.headers["location"] == "/preferences"
    await demonstration.follow()
    assert "Nairobi: mayor" in demonstration.text


async def test_demonstration_sign_in_is_absent_elsewhere(browser: Browser, cast: Cast) -> None:
    await browser.open("/sign-in")
    assert "/sign-in/demonstration" not in browser.actions
    token = await _token(browser)
    person = f"Person:{cast.administrator.person_id}"
    answer = await browser.post("/sign-in/demonstration", person=person, csrf_token=token)
    assert answer.status_code == 404
    assert "session" not in browser.client.cookies


@pytest.mark.parametrize("next_path", ["//evil.example", "https://evil.example", "/\\evil", ""])
async def test_sign_in_sends_nobody_elsewhere(demonstration: Browser, next_path: str) -> None:
    await demonstration.open("/sign-in")
    await demonstration.submit("/sign-in/demonstration", next=next_path)
    assert demonstration.page.headers["location"] == "/projects"


@pytest.mark.parametrize("path", ["/decisions/1", "/digests", "/digests/1", "/preferences"])
async def test_personal_page_asks_to_sign_in_and_comes_back(browser: Browser, path: str) -> None:
    await browser.open(path)
    assert browser.page.status_code == 303
    assert browser.page.headers["location"] == f"/sign-in?next={path}"


async def _token(browser: Browser) -> str:
    await browser.open("/sign-in")
    return browser.page.text.split('name="csrf_token" value="')[1].split('"')[0]


def _link(folder: Path) -> str:
    [mail] = mails(folder)
    body = mail.get_body(("plain",))
    assert body
    text: str = body.get_content()
    return next(line for line in text.splitlines() if line.startswith(HOST)).removeprefix(HOST)


async def test_mails_and_tries_are_limited(settings: Settings, browser: Browser) -> None:
    few = Limits(Limit(2, 3600), Limit(3, 3600))
    async with throttling(replace(settings, limit_mail=few, limit_sign_in=few)):
        statuses = []
        for email in ("a@example.org", "A@example.org", "a@example.org", "b@example.org"):
            await browser.open("/sign-in")
            statuses.append((await browser.submit("/sign-in", email=email)).status_code)
        assert statuses == [200, 200, 429, 200]
        await browser.open("/sign-in")
        answer = await browser.submit("/sign-in", email="c@example.org")
        assert answer.status_code == 429
        assert 3600 <= int(answer.headers["retry-after"]) <= 3600 * 17 / 16 + 1
        assert "minutes, then send it again" in browser.text
        for status in (422, 422, 422, 429):
            await browser.open("/sign-in/nothing")
            assert (await browser.submit("/sign-in/redeem")).status_code == status


async def test_flood_from_one_address_keeps_nobody_else_out(app: Litestar, cast: Cast) -> None:
    """Passwords are hashed two at a time; turns go round by address."""
    await passwords.choose(cast.officer, GOOD)
    flooding, innocent = _from(app, "198.51.100.7"), _from(app, "192.0.2.9")
    async with flooding, innocent:
        tokens = [await _form_token(client) for client in (flooding, innocent)]
        tries = [
            asyncio.create_task(_try(flooding, tokens[0], f"nobody{number}@example.org"))
            for number in range(60)
        ]
        await asyncio.wait(tries, return_when=asyncio.FIRST_COMPLETED)
        answer = await _try(innocent, tokens[1], email("officer"))
        behind = sum(not each.done() for each in tries)
        said = [each.text for each in await asyncio.gather(*tries)]
    assert answer.status_code == 303
    assert behind > 10
    assert any("Many people are signing in" in each for each in said)


def _from(app: Litestar, address: str) -> httpx.AsyncClient:
    asgi: Any = app
    transport = httpx.ASGITransport(asgi, client=(address, 1))
    return httpx.AsyncClient(transport=transport, base_url=HOST)


async def _form_token(client: httpx.AsyncClient) -> str:
    page = await client.get("/sign-in")
    return page.text.split('name="csrf_token" value="')[1].split('"')[0]


async def _try(client: httpx.AsyncClient, token: str, address: str) -> httpx.Response:
    posted = {"csrf_token": token, "email": address, "password": GOOD}
    return await client.post("/sign-in", data=posted, headers={"sec-fetch-site": "same-origin"})
