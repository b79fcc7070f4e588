"""The demonstration's mailbox, and that nobody else has one."""

import asyncio
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path

import pytest
from litestar import Litestar

from tests.cast import Cast
from tests.web.browser import HOST, Browser
from tracker.app import create_app
from tracker.demo.catcher import keep
from tracker.settings import Settings


def _kept(folder: Path) -> str:
    mail = EmailMessage()
    mail["Subject"], mail["From"], mail["To"] = "1 decision waits", "a@example.org", "b@example.org"
    mail["Date"], mail["Message-ID"] = "Tue, 24 Nov 2026 08:00:00 +0900", "<1@example.org>"
    mail.set_content("Read <this>.")
    mail.add_alternative("<p style='color: red'>Read this.</p>", subtype="html")
    return keep(folder, mail.as_bytes()).stem


@pytest.fixture
def at_outbox(settings: Settings, app: Litestar, cast: Cast, tmp_path: Path) -> Browser:
    """A browser at a demonstration whose catcher keeps mails in `tmp_path`."""
    shown = replace(settings, base_url=HOST, demonstration=True, outbox_dir=tmp_path)
    return Browser(create_app(shown))


async def test_outbox_shows_mails_in_a_sandbox(at_outbox: Browser, tmp_path: Path) -> None:
    await at_outbox.open("/dev/outbox")
    assert "No mail yet" in at_outbox.text
    name = await asyncio.to_thread(_kept, tmp_path)
    await at_outbox.open("/dev/outbox")
    assert "1 decision waits" in at_outbox.text
    await at_outbox.open(f"/dev/outbox/{name}")
    assert "Read <this>." in at_outbox.text
    assert f'src="/dev/outbox/{name}/html"' in at_outbox.page.text
    answer = await at_outbox.open(f"/dev/outbox/{name}/html")
    assert "color: red" in answer.text
    assert answer.headers["content-security-policy"].startswith("sandbox")


async def test_outbox_shows_nothing_but_mails(at_outbox: Browser) -> None:
    for name in ("..%2F..%2Fetc%2Fpasswd", "0" * 64 + ".1", "x", "..", "%2e%2e"):
        assert (await at_outbox.open(f"/dev/outbox/{name}")).status_code == 404, name


async def test_outbox_is_absent_outside_the_demonstration(
    settings: Settings, app: Litestar, cast: Cast, tmp_path: Path
) -> None:
    name = await asyncio.to_thread(_kept, tmp_path)
    real = Browser(create_app(replace(settings, base_url=HOST, outbox_dir=tmp_path)))
    for path in ("/dev/outbox", f"/dev/outbox/{name}", f"/dev/outbox/{name}/html"):
        assert (await real.open(path)).status_code == 404
    assert "Mailbox" not in (await real.open("/")).text
