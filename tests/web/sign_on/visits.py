"""Coming in by a city's own sign-on, as a browser does."""

from typing import Any

import httpx

from tests.cast import email
from tests.web.browser import HOST, Browser
from tests.web.provider import Provider


def as_(name: str) -> dict[str, Any]:
    """A member of the cast as the provider knows them."""
    return {"sub": f"subject of {name}", "email": email(name), "email_verified": True}


async def go(browser: Browser, provider: Provider, user: dict[str, Any]) -> httpx.Response:
    """There and back."""
    provider.user = user
    await browser.open("/sign-on?next=/digests")
    [link] = [each for each in browser.links if each.startswith("/sign-on/")]
    await browser.open(link)
    assert browser.page.status_code == 303, browser.text
    async with httpx.AsyncClient() as client:
        answer = await client.get(browser.page.headers["location"])
    return await browser.open(answer.headers["location"].removeprefix(HOST))


async def enter(
    browser: Browser, provider: Provider, user: dict[str, Any], mails: list[dict[str, Any]]
) -> httpx.Response:
    """There and back for the first time, and by the mail to the address."""
    await go(browser, provider, user)
    assert browser.page.status_code == 200, browser.text
    assert not is_in(browser), "a mail has to prove the address"
    await browser.open(mails[-1]["link"].removeprefix(HOST))
    return await browser.submit("/sign-on/confirm")


def is_in(browser: Browser) -> bool:
    """Whether the browser has a session."""
    return "session" in browser.client.cookies
