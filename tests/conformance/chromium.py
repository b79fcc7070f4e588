"""A browser that is made to open files in every way that pages have: as a page, in a frame, as a
script, as a picture, as a style."""

import asyncio
import json
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect

CHROMIUM = shutil.which("chromium")

EMBED = """(async () => { for (const address of %s) {
  for (const [tag, name] of [['iframe', 'src'], ['script', 'src'], ['img', 'src'], ['embed', 'src'],
                             ['object', 'data'], ['link', 'href']]) {
    const made = document.createElement(tag);
    if (tag === 'link') made.rel = 'stylesheet';
    try { made[name] = address; document.body.append(made) } catch {}
    await new Promise(done => { made.onload = made.onerror = done; setTimeout(done, 150) });
    made.remove();
  } } })()"""


class Page:
    """One page, by the Chrome DevTools Protocol."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._asked = 0

    async def ask(self, method: str, **parameters: Any) -> Any:
        """What the browser answers to one command; its events are left out."""
        self._asked += 1
        message = {"id": self._asked, "method": method, "params": parameters}
        await self._socket.send(json.dumps(message))
        while True:
            answer = json.loads(await self._socket.recv())
            if answer.get("id") == self._asked:
                return answer.get("result", answer)


async def opened(base_url: str, cookies: dict[str, str], addresses: list[str]) -> None:
    """Open each as a page, then each from within a page of the same site whose policy is set
    aside, so that only what the files' own headers say stands between them and the browser."""
    async with browsing() as page:
        for name, value in cookies.items():
            await page.ask("Network.setCookie", name=name, value=value, url=base_url)
        for address in addresses:
            await page.ask("Page.navigate", url=base_url + address)
            await asyncio.sleep(0.1)
        await page.ask("Page.setBypassCSP", enabled=True)
        await page.ask("Page.navigate", url=f"{base_url}/projects")
        await asyncio.sleep(1)
        script = EMBED % json.dumps(addresses)
        await page.ask("Runtime.evaluate", expression=script, awaitPromise=True)


@asynccontextmanager
async def browsing() -> AsyncIterator[Page]:
    """A headless browser with one page."""
    assert CHROMIUM
    folder = tempfile.mkdtemp(prefix="tracker-chromium-")
    process = await asyncio.create_subprocess_exec(
        *(CHROMIUM, "--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0"),
        *(f"--user-data-dir={folder}", "about:blank"),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with connect(await _address(Path(folder)), max_size=None) as socket:
            page = Page(socket)
            for domain in ("Page", "Runtime", "Network"):
                await page.ask(f"{domain}.enable")
            yield page
    finally:
        process.terminate()
        await process.wait()
        shutil.rmtree(folder, ignore_errors=True)


async def _address(folder: Path) -> str:
    """Where the page listens, once the browser says so in its folder."""
    for _ in range(300):
        try:
            port = (folder / "DevToolsActivePort").read_text().split()[0]
            async with httpx.AsyncClient() as client:
                targets = (await client.get(f"http://127.0.0.1:{port}/json")).json()
            return next(str(t["webSocketDebuggerUrl"]) for t in targets if t["type"] == "page")
        except (OSError, IndexError, StopIteration, httpx.TransportError):
            await asyncio.sleep(0.1)
    raise RuntimeError("the browser did not start")
