"""Nairobi's own sign-on on a real port, and an installation that takes it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from litestar import Litestar
from uvicorn import Config, Server

from tests.cast import Cast
from tests.web.browser import HOST, Browser
from tests.web.provider import CLIENT, SECRET, Provider
from tracker.app import create_app
from tracker.domain.deliveries import posting
from tracker.domain.deliveries.content import Content, unpacked
from tracker.domain.deliveries.posting import Addressee
from tracker.domain.installation import choosing
from tracker.domain.people.sign_on_providers import SignOnDraft, confirm, set_up
from tracker.settings import Settings


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    """Nairobi's provider, at an address of its own."""
    made = Provider()
    server = Server(config := Config(made, port=0, lifespan="off", log_level="error"))
    listening = config.bind_socket()
    made.issuer = f"http://127.0.0.1:{listening.getsockname()[1]}"
    task = asyncio.create_task(server.serve([listening]))
    yield made
    server.should_exit = True
    await task


@pytest.fixture(scope="session")
def private(settings: Settings, app: Litestar) -> Litestar:
    """An installation that takes sign-ons at private addresses."""
    return create_app(replace(settings, base_url=HOST, sign_on_private=True))


@pytest.fixture
async def city(private: Litestar, cast: Cast, provider: Provider) -> AsyncIterator[Browser]:
    """A browser at an installation where Nairobi's people sign in with their own sign-on."""
    with choosing(private.state.settings):
        draft = SignOnDraft(issuer=provider.issuer, client_id=CLIENT, client_secret=SECRET)
        row = await set_up(cast.nairobi_administrator, cast.nairobi, draft)
        await confirm(cast.administrator, row.id)
        yield Browser(private)


@pytest.fixture(autouse=True)
def mails(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the mails say that would be sent, the newest last."""
    sent: list[dict[str, Any]] = []

    async def keep(person: Addressee, template: str, *, to: str = "", context: Any) -> None:
        content = Content(
            template=template,
            context=context,
            name=person.name,
            language=person.language,
            time_zone=person.time_zone,
        )
        told = unpacked(content.packed())
        sent.append({"recipient": told.name, **told.context, "to": to or person.email})

    monkeypatch.setattr(posting, "post", keep)
    return sent
