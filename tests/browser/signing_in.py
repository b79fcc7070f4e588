"""Signing in each way, and out everywhere."""

import asyncio
import json
import secrets
import socket
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx

from tests.browser.chromium import Chromium, Desk
from tests.browser.codes import code
from tests.browser.mailbox import Mailbox
from tests.conformance.rows import Row
from tests.conformance.server import Server as Demonstration
from tests.nodejs import ENVIRONMENT, FOLDER, NODE
from tests.web.provider import CLIENT, SECRET
from tests.web.talk import talking

PASSWORD = "four words that nobody guesses"
COORDINATOR, APPROVER = "coordinator@nairobi.example", "approver@nairobi.example"
SESSIONS = "/account/sessions"


@dataclass
class Play:
    """What everybody in it works on."""

    chromium: Chromium
    server: Demonstration
    issuer: str
    mailbox: Mailbox

    async def desk(self, path: str) -> Desk:
        """A new person's browser, looking at a page."""
        desk = await self.chromium.desk()
        await self.go(desk, path)
        return desk

    async def go(self, desk: Desk, path: str) -> None:
        """Look at a page of the tracker, or wherever a mail leads."""
        await desk.page.goto(path if "://" in path else f"{self.server.base_url}{path}")

    async def is_in(self, desk: Desk) -> bool:
        """Whether the browser is signed in."""
        await self.go(desk, "/preferences")
        return await desk.at("/preferences")


async def check(chromium: Chromium, server: Demonstration) -> list[Row]:
    """Every way in, by keyboard alone, then everybody of one person out at once."""
    async with providing(server) as issuer:
        play = Play(chromium, server, issuer, Mailbox(server.outbox))
        ways = {
            "link": await by_link(play),
            "password": await by_password(play),
            "invitation": await by_invitation(play),
        }
        office = await demonstrated(play, "Administrator")
        await set_up_sign_on(play, office)
        first, key = await with_factor(play)
        second = await by_password_and_code(play, key)
        third = await by_sign_on(play, key)
        ways |= {
            "password_and_code": await play.is_in(second),
            "openid": await play.is_in(third),
        }
        left = await everywhere(play, first, [second, third])
    rows = [Row(f"browser.{name}", int(good), at_least=1) for name, good in ways.items()]
    return [*rows, *left, Row("browser.pictures", len(chromium.taken), at_least=0)]


async def by_link(play: Play) -> bool:
    """A link in a mail, and its button."""
    desk = await play.desk("/sign-in")
    await desk.shoot("sign-in")
    await ask_for_link(play, desk, APPROVER)
    await desk.press("main form button")
    return await play.is_in(desk)


async def ask_for_link(play: Play, desk: Desk, address: str) -> None:
    """Open the link that was mailed to the address, in the browser that asked for it."""
    await play.go(desk, "/sign-in")
    await desk.type("#field-email", address)
    await desk.press("button[value=link]")
    link = await play.mailbox.link_to(address, "/sign-in/")
    await play.go(desk, link)


async def by_password(play: Play) -> bool:
    """A password that was set a moment before, in another browser."""
    setting = await play.desk("/sign-in")
    await ask_for_link(play, setting, APPROVER)
    await desk_sets_password(play, setting)
    return await play.is_in(await signing_in(play, APPROVER))


async def desk_sets_password(play: Play, desk: Desk) -> None:
    """Press the link's button, then set a password."""
    await desk.press("main form button")
    await play.go(desk, "/account/security")
    await desk.shoot("security")
    await desk.type("#field-password", PASSWORD)
    await desk.press("form[action$='/security/password'] button")


async def signing_in(play: Play, address: str) -> Desk:
    """Give address and password in a new browser."""
    desk = await play.desk("/sign-in")
    await desk.type("#field-email", address)
    await desk.type("#field-password", PASSWORD)
    await desk.press("#field-password")
    return desk


async def demonstrated(play: Play, words: str) -> Desk:
    """Somebody of the secretariat, as the demonstration lets one try out."""
    desk = await play.desk("/sign-in")
    button = desk.page.get_by_role("button", name=words, exact=True).first
    await button.focus()
    async with desk.page.expect_navigation():
        await desk.page.keyboard.press("Enter")
    return desk


async def by_invitation(play: Play) -> bool:
    """Somebody new, whom the secretariat has asked to come."""
    address = f"new-{secrets.token_hex(3)}@nairobi.example"
    office = await demonstrated(play, "Administrator")
    await play.go(office, "/invitations")
    await office.type("#field-email", address)
    await office.choose("#field-role", "Coord")
    await office.choose("#field-city_id", "Nai")
    await office.press("form[action='/invitations'] button")
    await office.shoot("invitations")
    desk = await play.desk(await play.mailbox.link_to(address, "/invitation/"))
    await desk.shoot("invitation")
    await desk.type("#field-name", "Wanjiru")
    await desk.press("form[action='/invitation'] button")
    return await play.is_in(desk)


async def set_up_sign_on(play: Play, office: Desk) -> None:
    """Nairobi signs in with the provider."""
    await play.go(office, "/sign-ons")
    await office.choose("#field-city_id", "Nai")
    await office.type("#field-issuer", play.issuer)
    await office.type("#field-client_id", CLIENT)
    await office.type("#field-client_secret", SECRET)
    await office.press("form[action='/sign-ons'] button")
    await office.press("form[action$='/test'] button")
    await office.shoot("sign-ons")


async def with_factor(play: Play) -> tuple[Desk, str]:
    """The coordinator, with a password and an app; the secret that the app keeps."""
    desk = await play.desk("/sign-in")
    await ask_for_link(play, desk, COORDINATOR)
    await desk_sets_password(play, desk)
    await play.go(desk, "/account/security")
    await desk.press("form[action$='/security/factor'] button")
    key = (await desk.page.locator("main p code").first.inner_text()).replace(" ", "")
    await desk.type("#field-code", code(key, -1))
    await desk.press("#field-code")
    await desk.shoot("recovery-codes")
    return desk, key


async def by_password_and_code(play: Play, key: str) -> Desk:
    """The coordinator, in a second browser."""
    desk = await signing_in(play, COORDINATOR)
    await desk.shoot("code")
    await desk.type("#field-code", code(key))
    await desk.press("#field-code")
    return desk


async def by_sign_on(play: Play, key: str) -> Desk:
    """The coordinator, in a third browser, at the provider of the city; the code is asked for
    here all the same."""
    desk = await play.desk("/sign-in")
    await desk.press("a[href^='/sign-on']")
    await desk.shoot("sign-on")
    await desk.press("main a[href^='/sign-on/']")
    assert desk.page.url.startswith(play.issuer), "the city's own page"
    await desk.type("input[name=login]", COORDINATOR)
    await desk.type("input[name=password]", "whatever")
    await desk.press("button[type=submit]")
    await desk.press("button[type=submit]")  # the provider asks whether it may tell us
    # The first time, a mail proves that the address is theirs.
    await desk.shoot("sign-on-mailed")
    await play.go(desk, await play.mailbox.link_to(COORDINATOR, "/sign-on/confirm/"))
    await desk.press("main form button")
    await desk.type("#field-code", code(key, 1))
    await desk.press("#field-code")
    return desk


async def everywhere(play: Play, first: Desk, others: list[Desk]) -> list[Row]:
    """One browser signs all out, with a program and sockets that were open until then."""
    bearer = await token_of(play, first)
    await play.go(first, SESSIONS)
    await first.shoot("sessions")
    listed = await first.page.locator("#sessions tbody tr").count()
    address = play.server.api.replace("http", "ws", 1)
    await open_socket(others[0], address)
    async with talking(address) as program:
        await program.begin(Authorization=bearer)
        await tick(first, "#field-tokens")
        await first.press("form[action$='/everywhere'] button")
        await first.shoot("after-everywhere")
        codes = [await program.closed(10), await closed_socket(others[0])]
    still = [await play.is_in(each) for each in (first, *others)]
    headers = {"Authorization": bearer}
    async with httpx.AsyncClient(headers=headers) as client:
        answer = await client.post(play.server.api, json={"query": "{ viewer { name } }"})
    return [
        Row("browser.sessions_listed", listed, at_least=3),
        Row("browser.still_in_after_signing_out_everywhere", sum(still), at_most=0),
        Row("browser.tokens_that_still_count", int(answer.status_code != 401), at_most=0),
        Row("browser.sockets_still_open", sum(each != 4403 for each in codes), at_most=0),
    ]


async def token_of(play: Play, desk: Desk) -> str:
    """A token that the person issues for a program, as its header says it."""
    await play.go(desk, "/tokens")
    await desk.type("#field-purpose", "A program")
    await desk.press("form[action='/tokens'] button")
    await desk.shoot("tokens")
    return f"Bearer {await desk.page.locator('[data-copied]').inner_text()}"


async def tick(desk: Desk, selector: str) -> None:
    """Tick a box."""
    await desk.reach(selector)
    await desk.page.keyboard.press("Space")


async def open_socket(desk: Desk, address: str) -> None:
    """A page of the person's opens a socket of the API and keeps it."""
    await desk.page.evaluate(_OPEN, address)


async def closed_socket(desk: Desk) -> int:
    """The code with which the page's socket is closed."""
    async with asyncio.timeout(15):
        found: int = json.loads(await desk.page.evaluate("window.closed_with"))
    return found


_OPEN = """address => new Promise((open, fail) => {
    const socket = new WebSocket(address, "graphql-transport-ws");
    window.closed_with = new Promise(done => socket.onclose = event => done(String(event.code)));
    socket.onerror = fail;
    socket.onopen = () => socket.send(JSON.stringify({type: "connection_init"}));
    socket.onmessage = event => JSON.parse(event.data).type == "connection_ack" && open(true);
})"""


@asynccontextmanager
async def providing(server: Demonstration) -> AsyncIterator[str]:
    """A provider that is none of ours, on a port of its own; its address."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    back = f"{server.base_url}/sign-on/1/back"
    command = [NODE, "oidc.js", str(port), CLIENT, SECRET, back]
    process = await asyncio.create_subprocess_exec(
        *command, cwd=FOLDER, env=ENVIRONMENT, stdout=PIPE, stderr=DEVNULL
    )
    try:
        assert process.stdout
        while b"listening" not in (line := await process.stdout.readline()):
            assert line, "the provider did not start"
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        await process.wait()
