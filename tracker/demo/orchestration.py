"""`tracker demo`: everything on one machine, with a portfolio and a story to look at.

Servers, migrations, portfolio, mail catcher, web and worker, then the story, told through the
public API.
"""

import asyncio
import fcntl
import http.client
import os
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import groupby
from operator import attrgetter
from pathlib import Path

from tracker.demo import ADDRESS, DemonstrationFailed
from tracker.demo.catcher import LOOPBACK
from tracker.demo.portfolio import accounts, seed
from tracker.demo.story import StoryBroken, tell, told
from tracker.embedded import servers
from tracker.embedded.sharing import lock_now
from tracker.migrations import migrate
from tracker.settings import Settings
from tracker.supervisor import Program, ProgramFailed, Supervisor

PAGES = {"Portfolio": "/projects", "Mailbox": "/dev/outbox", "API explorer": "/graphql"}


def tell_at_once(line: str) -> None:
    """Print without waiting for more, also where the output is a pipe."""
    print(line, flush=True)


def run(settings: Settings, *, once: bool, say: Callable[[str], None] = tell_at_once) -> None:
    """Run until Ctrl-C, or with `once` until everything promised was seen.

    Raises DemonstrationFailed, SettingsError or ServerError.
    """
    started = time.monotonic()
    with _alone(settings.data_dir), _telling(settings), servers(settings) as running:
        say(f"PostgreSQL and Valkey are running ({settings.data_dir}).")
        try:
            asyncio.run(_run(running, once, started, say))
        except StoryBroken as error:
            raise DemonstrationFailed(f"the story broke off at {error}") from error
        except ProgramFailed as error:
            raise DemonstrationFailed(str(error)) from error
    say("Everything is stopped; the data is kept.")


@contextmanager
def _alone(data_dir: Path) -> Iterator[None]:
    """Two demonstrations in one folder would share a mailbox and disagree about the port."""
    locks = data_dir / "locks"
    locks.mkdir(parents=True, exist_ok=True)
    with (locks / "demo").open("a") as file:
        if not lock_now(file, fcntl.LOCK_EX):
            raise DemonstrationFailed(
                f"another demonstration runs in {data_dir}; stop it, or give another --data"
            )
        yield


@contextmanager
def _telling(settings: Settings) -> Iterator[None]:
    """Commands that are given the folder alone print links that lead here."""
    path = settings.data_dir / ADDRESS
    path.write_text(settings.base_url)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


async def _run(settings: Settings, once: bool, started: float, say: Callable[[str], None]) -> None:
    settings, programs = _programs(settings)
    applied = await migrate(settings)
    say(f"Migrations applied: {len(applied)}." if applied else "The database is up to date.")
    await seed(settings)
    async with Supervisor(say) as supervisor:
        for program in programs:
            await supervisor.start(program)
        names = ", ".join(program.name for program in programs)
        say(f"Running after {time.monotonic() - started:.1f} s: {names}.")
        if await told(settings):
            say("The story was told at an earlier start.")
        else:
            await tell(settings.base_url, settings)
        await _look_at_pages(settings)
        say(_summary(settings, time.monotonic() - started))
        if not once:
            await supervisor.until_stopped()
    if once and supervisor.interrupted:
        raise DemonstrationFailed("it was interrupted")


def _programs(settings: Settings) -> tuple[Settings, list[Program]]:
    """What to start, in this order, and the settings with which; they stop in the opposite one.

    A configured SMTP_URL is used as it is; otherwise there is a catcher on a free port.
    """
    outbox = settings.outbox_dir or settings.data_dir / "outbox"
    port = None if settings.smtp_url else _free_port()
    relay = settings.smtp_url or f"smtp://{LOOPBACK}:{port}"
    settings = replace(settings, smtp_url=relay, outbox_dir=outbox)

    async def serving() -> bool:
        return await asyncio.to_thread(_status, settings, "/health/ready") == 200

    async def listening() -> bool:
        return port is not None and await asyncio.to_thread(_accepts, port)

    logs = settings.data_dir / "log"
    # What serves and works has no business with the role that owns the tables.
    environment = os.environ | replace(settings, database_owner_url=None).to_environment()
    environment.pop("DATABASE_OWNER_URL", None)
    python = [sys.executable, "-m"]
    catching = [*python, "tracker.demo.catcher", "--port", str(port), "--dir", str(outbox)]
    catcher = Program("mail catcher", catching, environment, logs / "catcher.log", listening)
    web = Program("web", [*python, "tracker", "serve"], environment, logs / "web.log", serving)
    worker = Program("worker", [*python, "tracker", "worker"], environment, logs / "worker.log")
    return settings, ([catcher] if port else []) + [web, worker]


async def _look_at_pages(settings: Settings) -> None:
    for name, path in PAGES.items():
        status = await asyncio.to_thread(_status, settings, path)
        if not 200 <= status < 400:
            raise DemonstrationFailed(f"{name} at {settings.base_url}{path} answers {status}")


def _status(settings: Settings, path: str) -> int:
    """The status of a GET as a browser sends it; 0 when nobody answers."""
    connection = http.client.HTTPConnection(settings.host, settings.port, timeout=10)
    try:
        connection.request("GET", path, headers={"Accept": "text/html"})
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()


def _accepts(port: int) -> bool:
    try:
        socket.create_connection((LOOPBACK, port), timeout=1).close()
    except OSError:
        return False
    return True


def _free_port() -> int:
    with socket.create_server((LOOPBACK, 0)) as server:
        port: int = server.getsockname()[1]
        return port


def _summary(settings: Settings, seconds: float) -> str:
    lines = ["", f"Ready after {seconds:.1f} s. All data is made up for demonstration.", ""]
    lines += [f"  {name:<14}{settings.base_url}{path}" for name, path in PAGES.items()]
    lines += ["", f"Who may sign in, with one click at {settings.base_url}/sign-in:", ""]
    for city, group in groupby(accounts(), key=attrgetter("city")):
        names, domains = zip(*(each.email.split("@") for each in group), strict=True)
        lines.append(f"  {city or 'Secretariat':<20}{', '.join(names)} @{domains[0]}")
    return "\n".join([*lines, ""])
