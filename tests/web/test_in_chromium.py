"""A slice of `make browser`: in by a password that Chromium types, out everywhere, by keyboard; and
a digest on a phone."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from litestar import Litestar
from uvicorn import Config, Server

from tests.browser import mails
from tests.browser.chromium import Chromium, browsing, executable
from tests.browser.mail_kinds import KINDS
from tests.cast import Cast, email
from tracker import mail
from tracker.app import create_app
from tracker.domain.people.links import send_link
from tracker.settings import Settings
from tracker.web.wire import wire

pytestmark = pytest.mark.skipif(executable() is None, reason="no Chromium on PATH or in CHROMIUM")


@pytest.fixture
async def address(settings: Settings, app: Litestar, cast: Cast) -> AsyncIterator[str]:
    """A real server, at the address that it believes to have."""
    made: list[Litestar] = []
    config = Config(
        lambda *given: made[0](*given),
        interface="asgi3",
        port=0,
        lifespan="off",
        log_level="error",
        **wire(settings),
    )
    listening = config.bind_socket()
    base_url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    made.append(create_app(replace(settings, base_url=base_url)))
    server = Server(config)
    task = asyncio.create_task(server.serve([listening]))
    yield base_url
    server.should_exit = True
    await task


@pytest.fixture(scope="module")
async def chromium() -> AsyncIterator[Chromium]:
    """One for all of these tests."""
    async with browsing() as chromium:
        yield chromium


async def test_link_lets_in_and_signing_out_everywhere_puts_out(
    chromium: Chromium, address: str
) -> None:
    sent = [await send_link(email("seoul_mayor")) for _ in range(2)]
    desks = [await chromium.desk() for _ in sent]
    for desk, link in zip(desks, sent, strict=True):
        assert link
        await desk.page.goto(f"{address}/sign-in/{link[1]}")
        await desk.press("main form button")
        assert await desk.at("/projects")
    await desks[0].page.goto(f"{address}/account/sessions")
    await desks[0].shoot("sessions")
    await desks[0].press("form[action$='/everywhere'] button")
    for desk in desks:
        await desk.page.goto(f"{address}/preferences")
        assert await desk.at("/sign-in")


async def test_mails_fit_a_phone_and_are_read_by_night(chromium: Chromium, tmp_path: Path) -> None:
    rows = await mails.check(replace(chromium, shots=tmp_path), ["he"], ["digest"])
    assert [str(row) for row in rows if not row.holds] == []
    assert {row.name: row.value for row in rows}["mails.pictures"] == len(mails.LOOKS) * 2


def test_every_kind_of_mail_is_looked_at() -> None:
    assert {each.parent.name for each in mail.TEMPLATES.glob("emails/*/body.html")} == set(KINDS)
