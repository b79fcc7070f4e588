"""The demonstration's mailbox, and that nobody else has one."""

import asyncio
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path

import pytest
from litestar import Litestar

from tests import factories
from tests.cast import Cast, email
from tests.web.browser import HOST, Browser
from tests.workers.conftest import Outbox, outbox
from tracker.app import create_app
from tracker.demo.catcher import keep
from tracker.domain.comments.tables import Comment
from tracker.domain.deliveries.tables import Suppression
from tracker.settings import Settings

__all__ = ["outbox"]

PDF = b"%PDF-1.7 " + b"-" * 1_200
REPLIES, BOUNCES = "reply@tracker.example.org", "bounces@tracker.example.org"


def _kept(folder: Path) -> str:
    mail = EmailMessage()
    mail["Subject"], mail["From"], mail["To"] = "1 decision waits", "a@example.org", "b@example.org"
    mail["Date"], mail["Message-ID"] = "Tue, 24 Nov 2026 08:00:00 +0900", "<1@example.org>"
    mail.set_content("Read <this>.")
    mail.add_alternative("<p style='color: red'>Read this.</p>", subtype="html")
    mail.add_attachment(PDF, maintype="application", subtype="pdf", filename="PDF 요약.pdf")
    mail.add_attachment(b"<script>", maintype="text", subtype="html", filename="page.html")
    return keep(folder, mail.as_bytes()).stem


@pytest.fixture
def at_outbox(settings: Settings, app: Litestar, cast: Cast, tmp_path: Path) -> Browser:
    """A browser at a demonstration whose catcher keeps mails in `tmp_path`."""
    return Browser(create_app(_demonstrating(settings, tmp_path)))


def _demonstrating(settings: Settings, folder: Path) -> Settings:
    shown = replace(settings, base_url=HOST, demonstration=True, outbox_dir=folder)
    return replace(shown, reply_address=REPLIES, bounce_address=BOUNCES)


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


async def test_outbox_opens_what_is_attached(at_outbox: Browser, tmp_path: Path) -> None:
    name = await asyncio.to_thread(_kept, tmp_path)
    await at_outbox.open(f"/dev/outbox/{name}")
    assert "PDF 요약.pdf 2 kB" in " ".join(at_outbox.text.split())
    pdf, page = (f"/dev/outbox/{name}/files/{number}" for number in (1, 2))
    assert {pdf, page} <= {*at_outbox.links}
    answer = await at_outbox.open(pdf)
    assert (answer.content, answer.headers["content-type"]) == (PDF, "application/pdf")
    assert answer.headers["content-disposition"].startswith("inline")
    answer = await at_outbox.open(page)
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment")
    assert (await at_outbox.open(f"/dev/outbox/{name}/files/3")).status_code == 404


async def test_mail_in_the_outbox_is_replied_to_and_comes_back(
    app: Litestar, cast: Cast, outbox: Outbox
) -> None:
    settings = _demonstrating(outbox.settings, outbox.folder)
    await factories.joint_project(cast, "under_review")
    await replace(outbox, settings=settings).drain()
    mails = [*outbox.folder.glob("*.eml")]
    [path] = [each for each in mails if email("nairobi_mayor") in each.read_text()]
    at_outbox = Browser(create_app(settings))
    await at_outbox.open(f"/dev/outbox/{path.stem}")
    await at_outbox.submit(f"/dev/outbox/{path.stem}/reply", text="Who pays for the servers?")
    assert "The reply is a comment now." in at_outbox.text
    [comment] = await Comment.objects()
    assert (comment.text, comment.author) == (
        "Who pays for the servers?", cast.nairobi_mayor.person_id,
    )  # fmt: skip
    await at_outbox.submit(f"/dev/outbox/{path.stem}/return")
    assert "The mail came back" in at_outbox.text
    [stopped] = await Suppression.objects()
    assert stopped.address == email("nairobi_mayor")


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
