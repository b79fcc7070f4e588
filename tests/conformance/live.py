"""Live events under fire: a stock `graphql-ws` client, killed and reconnected while a thousand
changes happen, sees each change that it may see exactly once.

Two web processes serve one database and one Redis. Writers overlap: some keep a transaction open
while others commit, some give theirs up, some write what the subscriber may not see. Half of the
reconnections kill the client's process, half break its socket; on the way Redis is killed once,
and so is a web process.
"""

import asyncio
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
from redis.asyncio import Redis

from tests import cast as casting
from tests.cast import Cast
from tests.conformance.rows import Row
from tests.conformance.server import Server
from tests.factories import add_milestone, joint_project, proposal
from tests.nodejs import ENVIRONMENT, FOLDER, NODE
from tracker.domain.database import connected, transaction
from tracker.domain.people.tokens import issue_token
from tracker.domain.projects import actions as projects
from tracker.embedded import servers
from tracker.migrations import migrate
from tracker.settings import Settings

Fault = Callable[[], Coroutine[Any, Any, None]]

SEED = 20_261_125
WRITERS = 4
GIVEN_UP, HIDDEN = 0.05, 0.15
"""Shares of transactions that are given up, and of changes that the subscriber may not see."""


@dataclass
class Seen:
    """What reached the subscriber, and where it is."""

    titles: Counter[str] = field(default_factory=Counter)
    after: str = ""
    connections: int = 0
    ends: list[Any] = field(default_factory=list)

    def hear(self, line: bytes) -> None:
        """One line of the client; one that a kill cut off was not seen."""
        with suppress(ValueError):
            told = json.loads(line)
            if event := told.get("event"):
                self.titles[event["after"].get("title", f"{event['verb']} {event['id']}")] += 1
                self.after = event["id"]
            elif "connected" in told:
                self.connections += 1
            elif "closed" not in told:
                self.ends.append(told)


class Client:
    """The client's process; started again where it was."""

    def __init__(self, token: str, urls: list[str]) -> None:
        self.seen = Seen()
        self.reconnects = 0
        self._token, self._urls = token, urls
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """From the last event on."""
        self._urls.append(self._urls.pop(0))
        self._process = await asyncio.create_subprocess_exec(
            NODE, "follow.js", self._token, self.seen.after, *self._urls,
            cwd=FOLDER, env=ENVIRONMENT, limit=2**20,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        before = self.seen.connections
        self._reader = asyncio.create_task(self._read(self._process))
        await until(lambda: self.seen.connections > before, "the client connects")

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout
        async for line in process.stdout:
            self.seen.hear(line)

    async def kill(self) -> None:
        """kill -9, and what it had written by then counts as seen."""
        assert self._process
        assert self._reader
        self._process.kill()
        await self._process.wait()
        await self._reader

    async def cut(self) -> None:
        """Break its socket; the client comes back by itself."""
        assert self._process
        assert self._process.stdin
        before = self.seen.connections
        self._process.stdin.write(b"cut\n")
        await until(lambda: self.seen.connections > before, "the client reconnects")

    async def reconnect(self) -> None:
        """Alternately by either way."""
        self.reconnects += 1
        if self.reconnects % 2:
            await self.kill()
            await self.start()
        else:
            await self.cut()


async def until(holds: Any, what: str, seconds: float = 60) -> None:
    """Wait for a condition that another task brings about."""
    try:
        async with asyncio.timeout(seconds):
            while not holds():  # noqa: ASYNC110 - many tasks could bring it about
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise RuntimeError(f"waited {seconds:g} s in vain: {what}") from None


@dataclass
class Writers:
    """Changes from several tasks at once. `visible` holds the titles that must be seen."""

    cast: Cast
    open: list[int]
    hidden: list[int]
    changes: int
    chance: random.Random = field(default_factory=lambda: random.Random(SEED))  # noqa: S311
    done: int = 0
    visible: set[str] = field(default_factory=set)

    async def run(self) -> None:
        """Until all changes are made."""
        await asyncio.gather(*(self._write(number) for number in range(WRITERS)))

    async def _write(self, writer: int) -> None:
        while self.done < self.changes:
            size = min(self.chance.randint(1, 3), self.changes - self.done)
            numbers = range(self.done, self.done + size)
            self.done += size
            with suppress(_GivenUp):
                await self._transaction(writer, [f"Change {number}" for number in numbers])

    async def _transaction(self, writer: int, titles: list[str]) -> None:
        """One after the other in a project of the writer's own, so that no two wait for each
        other; commits at any time after others that began later."""
        shown = set()
        given_up = self.chance.random() < GIVEN_UP
        async with transaction():
            for title in titles:
                if self.chance.random() < HIDDEN:
                    draft = proposal(self.cast, title=title)
                    await projects.edit(self.cast.nairobi_coordinator, self.hidden[writer], draft)
                else:
                    await add_milestone(self.cast, self.open[writer], title=title)
                    shown.add(title)
                await asyncio.sleep(self.chance.random() * 0.08)
            if given_up:
                raise _GivenUp
        self.visible |= shown


class _GivenUp(Exception):
    """The transaction is rolled back."""


async def check(_: Server) -> list[Row]:
    """The long way, with servers of its own."""
    folder = _folder()
    try:
        plain = Settings.from_environment({"DATA_DIR": str(folder), "LOG_LEVEL": "warning"})
        with servers(plain, durable=False) as settings:
            await migrate(settings)
            async with connected(settings), two_webs(settings) as webs:
                faults = {3: lambda: kill_redis(settings), 6: webs[0].kill_and_start}
                urls = [web.url for web in webs]
                return await play(await casting.make(), urls, 1000, 10, faults)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="tracker-live-"))
    folder.chmod(0o711)
    return folder


async def play(
    cast: Cast, urls: list[str], changes: int, reconnects: int, faults: Mapping[int, Fault]
) -> list[Row]:
    """The rows of one run; each fault comes right after the reconnection of that number."""
    person = cast.seoul_coordinator.person_id
    assert person
    _, token = await issue_token(cast.seoul_coordinator, person)
    opened = [(await joint_project(cast, "submitted", planned=False)).id for _ in range(WRITERS)]
    hidden = [(await joint_project(cast, planned=False)).id for _ in range(WRITERS)]
    writers = Writers(cast, opened, hidden, changes)
    client = Client(token, urls)
    await client.start()
    # Its first event shows that it follows; before that there is no place to go on from.
    await _until_it_follows(cast, opened[0], client)
    writing = asyncio.create_task(writers.run())
    for number in range(1, reconnects + 1):
        wanted = changes * number // (reconnects + 1)
        await until(lambda wanted=wanted: writers.done >= wanted or writing.done(), "changes", 600)
        await client.reconnect()
        if number in faults:
            await faults[number]()
    await writing
    seen = client.seen.titles
    with suppress(RuntimeError):
        await until(lambda: not writers.visible - seen.keys(), "the last events", 30)
    await asyncio.sleep(1)  # for what should not come
    await client.kill()
    told = {title: count for title, count in seen.items() if title.startswith("Change")}
    return [
        Row("live.changes", writers.done, at_least=changes),
        Row("live.visible", len(writers.visible), at_least=changes // 2),
        Row("live.reconnects", client.reconnects, at_least=reconnects),
        Row("live.missed", len(writers.visible - told.keys()), at_most=0),
        Row("live.doubled", sum(count - 1 for count in told.values()), at_most=0),
        Row("live.leaked", len(told.keys() - writers.visible), at_most=0),
        Row("live.broken_off", len(client.seen.ends), at_most=0),
    ]


async def _until_it_follows(cast: Cast, project_id: int, client: Client) -> None:
    while not client.seen.after:
        await add_milestone(cast, project_id, title="Sign of life")
        await asyncio.sleep(0.5)


async def kill_redis(settings: Settings) -> None:
    """kill -9; its keeper starts it again, empty."""
    assert settings.redis_url
    async with Redis.from_url(settings.redis_url) as redis:
        number = (await redis.info("server"))["process_id"]
    os.kill(number, signal.SIGKILL)


class Web:
    """One web process."""

    def __init__(self, settings: Settings) -> None:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        self._settings = replace(settings, port=port, base_url=f"http://127.0.0.1:{port}")
        self.url = f"ws://127.0.0.1:{port}/graphql"
        self._process: subprocess.Popen[bytes] | None = None

    async def start(self) -> None:
        """Until it is ready."""
        command = [sys.executable, "-m", "tracker", "serve"]
        environment = os.environ | self._settings.to_environment()
        log = self._settings.data_dir / f"web-{self._settings.port}.log"
        with log.open("ab") as output:
            self._process = subprocess.Popen(  # noqa: ASYNC220 - starting it takes no time
                command, env=environment, stdout=output, stderr=output
            )
        async with httpx.AsyncClient(base_url=self._settings.base_url) as client:
            for _ in range(300):
                with suppress(httpx.HTTPError):
                    if (await client.get("/health/ready")).status_code == 200:
                        return
                await asyncio.sleep(0.1)
        raise RuntimeError(log.read_text())

    async def kill_and_start(self) -> None:
        """kill -9, and again."""
        self.stop(signal.SIGKILL)
        await self.start()

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End it."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(30)


@asynccontextmanager
async def two_webs(settings: Settings) -> AsyncIterator[list[Web]]:
    """Two web processes over one database and one Redis."""
    webs = [Web(settings), Web(settings)]
    try:
        for web in webs:
            await web.start()
        yield webs
    finally:
        for web in webs:
            web.stop()
