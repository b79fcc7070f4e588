"""Headless Chromium, as far as this machine has one, and somebody at its keyboard."""

import os
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.async_api import Browser, BrowserContext, Page, async_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
TABS_MOST = 80
"""Presses of the Tab key after which something counts as out of a keyboard's reach."""

DESKTOP, PHONE = (1280, 900), (390, 844)


def executable() -> str | None:
    """Chromium, by CHROMIUM or on PATH; none where this machine has none."""
    wanted = os.environ.get("CHROMIUM")
    return wanted or next(filter(None, map(shutil.which, NAMES)), None)


@dataclass
class Chromium:
    """A running browser. Pictures of pages go to `shots`, if anywhere."""

    browser: Browser
    shots: Path | None
    taken: list[Path] = field(default_factory=list)

    async def desk(self) -> "Desk":
        """Another person's browser, which knows nothing of the others."""
        width, height = DESKTOP
        context = await self.browser.new_context(viewport={"width": width, "height": height})
        return Desk(self, context, await context.new_page())


@dataclass
class Desk:
    """One person at a keyboard, without a mouse."""

    chromium: Chromium
    context: BrowserContext
    page: Page

    async def reach(self, selector: str) -> None:
        """Press Tab until the element has the focus. Raises AssertionError out of reach."""
        for _ in range(TABS_MOST):
            if await self.page.evaluate(
                "selector => document.activeElement.matches(selector)", selector
            ):
                return
            await self.page.keyboard.press("Tab")
        raise AssertionError(f"{selector} is out of a keyboard's reach at {self.page.url}")

    async def type(self, selector: str, text: str) -> None:
        """Write into a field, in place of what it holds."""
        await self.reach(selector)
        await self.page.keyboard.press("ControlOrMeta+a")
        await self.page.keyboard.type(text)

    async def choose(self, selector: str, words: str) -> None:
        """Choose from a list by typing the beginning of an option."""
        await self.reach(selector)
        await self.page.keyboard.type(words)

    async def press(self, selector: str, key: str = "Enter") -> None:
        """Press a button or follow a link, and wait for the page that comes."""
        await self.reach(selector)
        async with self.page.expect_navigation():
            await self.page.keyboard.press(key)

    async def at(self, path: str) -> bool:
        """Whether the browser shows this path."""
        return re.fullmatch(rf"https?://[^/]+{re.escape(path)}(\?.*)?", self.page.url) is not None

    async def shoot(self, name: str) -> None:
        """Pictures of the page, wide and narrow. Raises AssertionError for one that is wider than
        a phone."""
        for width, height in (DESKTOP, PHONE):
            await self.page.set_viewport_size({"width": width, "height": height})
            if self.chromium.shots:
                path = self.chromium.shots / f"{name}-{width}.png"
                await self.page.screenshot(path=path, full_page=True)
                self.chromium.taken.append(path)
            over = await self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert over <= 0, f"{name} is {over} px wider than its window of {width} px"
        await self.page.set_viewport_size({"width": DESKTOP[0], "height": DESKTOP[1]})


@asynccontextmanager
async def browsing(shots: Path | None = None) -> AsyncIterator[Chromium]:
    """Chromium for as long as it is needed. Raises RuntimeError where there is none."""
    path = executable()
    if path is None:
        raise RuntimeError("no Chromium on PATH; name one by CHROMIUM")
    # As root, as in many containers, Chromium's own sandbox cannot start.
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=arguments)
        try:
            yield Chromium(browser, shots)
        finally:
            await browser.close()
