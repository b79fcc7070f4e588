"""Signing in: what is used once is used once however many try, and time tells nobody who has an
account."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from statistics import median
from typing import Any

import httpx
import pyotp

from tests.conformance.rows import Row
from tests.conformance.server import Server
from tests.web.browser import BROWSER, forms
from tracker.demo.people import accounts

SAMPLES, APART_MOST = 40, 0.05
PARALLEL_LINKS, PARALLEL_CODES = 50, 20
PASSWORD = "marmot unzips 7 quiet kettles"
WRONG = "kettle marmots unzip seven quiet"
SECURITY = "/account/security"

PEOPLE = [each.email for each in accounts()]
SAFE, OPEN, BARE = PEOPLE[-1], PEOPLE[-2], PEOPLE[-3]
"""Somebody with password and app, somebody with a password, somebody with neither."""


async def check(server: Server) -> list[Row]:
    """Once-only things in parallel, then known beside unknown accounts, sample by sample."""
    return [
        Row("signin.parallel_links", await _links(server), at_least=1, at_most=1),
        *await _codes(server),
        *await _timing(server),
    ]


async def _links(server: Server) -> int:
    """Sessions that fifty parallel uses of one link open."""
    async with browser_at(server) as browser:
        await submit(browser, "/sign-in", "/sign-in", email=BARE)
        link = await _mailed(server, BARE)
        form = _form((await browser.get(link)).text, "/sign-in/redeem")
        return await _opened(browser, "/sign-in/redeem", [form] * PARALLEL_LINKS)


async def _codes(server: Server) -> list[Row]:
    """Sessions that one code, and one recovery code, open for twenty who know the password."""
    async with browser_at(server) as browser:
        await enter(server, browser, SAFE)
        await submit(browser, SECURITY, f"{SECURITY}/password", password=PASSWORD)
        await submit(browser, SECURITY, f"{SECURITY}/factor")
        page = (await browser.get(f"{SECURITY}/factor")).text
        secret = page.split("secret=")[1].split("&")[0]
        before = datetime.now(UTC) - timedelta(seconds=30)
        code = pyotp.TOTP(secret).at(before)
        confirm = f"{SECURITY}/factor/confirm"
        shown = await browser.post(confirm, data=_form(page, confirm) | {"code": code})
        recovery = shown.text.split("<li><code>")[1].split("<")[0]
    codes = {"codes": pyotp.TOTP(secret).now(), "recovery_codes": recovery}
    return [
        Row(f"signin.parallel_{name}", await _tried(server, code), at_least=1, at_most=1)
        for name, code in codes.items()
    ]


async def _tried(server: Server, code: str) -> int:
    halves = [await _half(server) for _ in range(PARALLEL_CODES)]
    pages = [(await half.get("/sign-in/code")).text for half in halves]
    try:
        tries = (
            _opened(half, "/sign-in/code", [_form(page, "/sign-in/code") | {"code": code}])
            for half, page in zip(halves, pages, strict=True)
        )
        return sum(await asyncio.gather(*tries))
    finally:
        for half in halves:
            await half.aclose()


async def _half(server: Server) -> httpx.AsyncClient:
    """A browser in which the password was given and the code is owed."""
    browser = browser_at(server)
    await submit(browser, "/sign-in", "/sign-in", email=SAFE, password=PASSWORD)
    return browser


async def _timing(server: Server) -> list[Row]:
    """How far the median answers to known and unknown accounts lie apart, on each way in."""
    async with browser_at(server) as owner:
        await enter(server, owner, OPEN)
        await submit(owner, SECURITY, f"{SECURITY}/password", password=PASSWORD)
    ways: dict[str, tuple[str, dict[str, str], list[str]]] = {
        "password": ("/sign-in", {"password": WRONG}, [OPEN]),
        "no_password": ("/sign-in", {"password": WRONG}, [BARE]),
        "link": ("/sign-in", {}, PEOPLE),
        "reset": ("/sign-in/forgotten", {}, PEOPLE),
    }
    apart = {name: await _apart(server, *way) for name, way in ways.items()}
    rows = [Row(f"signin.timing_{name}", each) for name, each in apart.items()]
    worst = max(apart.values())
    return [*rows, Row("signin.timing_known_vs_unknown", worst, at_most=APART_MOST)]


async def _apart(server: Server, path: str, typed: dict[str, str], known: list[str]) -> float:
    """Known and unknown in turn, now this one first and now that, in a browser each."""
    times: dict[bool, list[float]] = {True: [], False: []}
    async with browser_at(server) as one, browser_at(server) as other:
        sent = {}
        for is_known, browser in ((True, one), (False, other)):
            sent[is_known] = browser, _form((await browser.get(path)).text, path)
        for number in range(SAMPLES):
            for is_known in (number % 2 == 0, number % 2 == 1):
                browser, form = sent[is_known]
                email = known[number % len(known)] if is_known else f"nobody{number}@city.example"
                began = time.perf_counter()
                await browser.post(path, data=form | typed | {"email": email})
                times[is_known].append(time.perf_counter() - began)
                await asyncio.sleep(0.25)  # for the mail, if there is one, to go out
    return abs(median(times[True]) / median(times[False]) - 1)


async def enter(server: Server, browser: httpx.AsyncClient, email: str) -> None:
    """Sign in by a mailed link."""
    await submit(browser, "/sign-in", "/sign-in", email=email)
    link = await _mailed(server, email)
    await submit(browser, link, "/sign-in/redeem")


async def submit(browser: httpx.AsyncClient, page: str, action: str, **typed: str) -> None:
    form = _form((await browser.get(page)).text, action)
    answer = await browser.post(action, data=form | typed)
    assert answer.status_code in (200, 303), answer.text


def _form(page: str, action: str) -> dict[str, Any]:
    return next(dict(each.fields) for each in forms(page) if each.action == action)


async def _opened(browser: httpx.AsyncClient, path: str, posts: list[dict[str, Any]]) -> int:
    """How many of these, sent at once, are answered with a session."""
    answers = await asyncio.gather(*(browser.post(path, data=each) for each in posts))
    return sum(
        any(each.startswith("session=") for each in answer.headers.get_list("set-cookie"))
        for answer in answers
    )


async def _mailed(server: Server, email: str) -> str:
    """The path in the newest mail to this address, once it has come."""
    for _ in range(100):
        paths = sorted(
            (server.data_dir / "outbox").glob("*.eml"), key=lambda path: path.stat().st_mtime_ns
        )
        for path in reversed(paths):
            text = _text_to(path, email)
            if "/sign-in/" in text:
                line = next(each for each in text.splitlines() if each.startswith("http"))
                return line.removeprefix(server.base_url)
        await asyncio.sleep(0.1)
    raise RuntimeError(f"no link came for {email}")


def _text_to(path: Path, email: str) -> str:
    mail = message_from_bytes(path.read_bytes(), policy=default)
    body = mail.get_body(("plain",))
    return str(body.get_content()) if body and email in str(mail["to"]) else ""


def browser_at(server: Server) -> httpx.AsyncClient:
    """It lets go of connections that the server might close any moment."""
    limits = httpx.Limits(keepalive_expiry=2)
    return httpx.AsyncClient(base_url=server.base_url, headers=BROWSER, timeout=60, limits=limits)
