"""The supervisor: restarts what dies, stops everything, leaves nothing."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tracker.supervisor import Program, ProgramFailed, Supervisor

SLEEPS = "import time; time.sleep(60)"

TELLS_ITS_END = """
import pathlib, signal, sys, time
def end(*_):
    with open(sys.argv[1], "a") as file: file.write(sys.argv[2])
    sys.exit()
signal.signal(signal.SIGTERM, end)
pathlib.Path(sys.argv[1] + sys.argv[2]).touch()
time.sleep(60)
"""

DEAF = """
import pathlib, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
pathlib.Path(sys.argv[1]).write_text(str(child.pid))
time.sleep(60)
"""

SUPERVISES = f"""
import asyncio, os, sys
from pathlib import Path
from tracker.supervisor import Program, Supervisor
async def main():
    async with Supervisor() as supervisor:
        argv = [sys.executable, "-c", {SLEEPS!r}]
        await supervisor.start(Program("sleeper", argv, os.environ, Path(sys.argv[1])))
        print(supervisor.pid("sleeper"), flush=True)
        await supervisor.until_stopped()
asyncio.run(main())
"""


def program(tmp_path: Path, name: str, code: str, *arguments: object, **more: object) -> Program:
    argv = [sys.executable, "-c", code, *map(str, arguments)]
    return Program(name, argv, os.environ, tmp_path / "log" / f"{name}.log", **more)  # type: ignore[arg-type]


def alive(pid: int) -> bool:
    """A zombie that its parent has not reaped yet is dead too."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or " Z " not in stat.read_text()


async def until(condition: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)


async def test_killed_program_is_started_again(tmp_path: Path) -> None:
    said: list[str] = []
    async with Supervisor(said.append) as supervisor:
        await supervisor.start(program(tmp_path, "worker", SLEEPS))
        first = supervisor.pid("worker")
        os.kill(first, signal.SIGKILL)
        await until(lambda: supervisor.pid("worker") != first)
        second = supervisor.pid("worker")
        assert alive(second)
    assert said == ["worker was killed by signal 9; starting it again"]
    assert not alive(second)


async def test_everything_stops_in_reverse_order(tmp_path: Path) -> None:
    ends = tmp_path / "ends"
    async with Supervisor() as supervisor:
        for name in ("a", "b", "c"):
            ready = Path(f"{ends}{name}")
            await supervisor.start(program(tmp_path, name, TELLS_ITS_END, ends, name))
            await until(ready.exists)
    assert ends.read_text() == "cba"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_signal_ends_the_block(tmp_path: Path, number: signal.Signals) -> None:
    async with Supervisor() as supervisor:
        await supervisor.start(program(tmp_path, "web", SLEEPS))
        pid = supervisor.pid("web")
        os.kill(os.getpid(), number)
        await supervisor.until_stopped()
        pytest.fail("the block goes on after a signal")
    assert supervisor.interrupted
    assert not alive(pid)


async def test_deaf_program_and_its_children_are_killed(tmp_path: Path) -> None:
    child = tmp_path / "child"
    async with Supervisor(grace=0.2) as supervisor:
        await supervisor.start(program(tmp_path, "deaf", DEAF, child))
        await until(lambda: child.exists() and bool(child.read_text()))
        pids = [supervisor.pid("deaf"), int(child.read_text())]
    for pid in pids:
        await until(lambda pid=pid: not alive(pid))  # type: ignore[misc]


async def test_second_signal_kills_at_once(tmp_path: Path) -> None:
    child = tmp_path / "child"
    started = time.monotonic()
    async with Supervisor(grace=60) as supervisor:
        await supervisor.start(program(tmp_path, "deaf", DEAF, child))
        await until(child.exists)
        loop = asyncio.get_running_loop()
        loop.call_later(0.1, os.kill, os.getpid(), signal.SIGINT)
        loop.call_later(0.3, os.kill, os.getpid(), signal.SIGINT)
        await supervisor.until_stopped()
    assert time.monotonic() - started < 20


async def test_program_that_ends_before_it_is_ready_is_reported(tmp_path: Path) -> None:
    async def never() -> bool:
        return False

    async with Supervisor() as supervisor:
        broken = program(tmp_path, "web", "raise SystemExit('port in use')", ready=never)
        with pytest.raises(ProgramFailed, match=r"web ended with code 1: port in use \(see "):
            await supervisor.start(broken)


async def test_program_is_awaited_until_ready(tmp_path: Path) -> None:
    mark = tmp_path / "ends-x"

    async def marked() -> bool:
        return mark.exists()

    async with Supervisor() as supervisor:
        code = TELLS_ITS_END
        await supervisor.start(
            program(tmp_path, "web", code, tmp_path / "ends-", "x", ready=marked)
        )
        assert mark.exists()


async def test_error_in_the_block_stops_everything_too(tmp_path: Path) -> None:
    async def breaks() -> None:
        async with Supervisor() as supervisor:
            await supervisor.start(program(tmp_path, "web", SLEEPS))
            pids.append(supervisor.pid("web"))
            raise LookupError

    pids: list[int] = []
    with pytest.raises(LookupError):
        await breaks()
    assert not alive(pids[0])


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends orphans")
async def test_killed_supervisor_takes_its_programs_along(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", SUPERVISES, str(tmp_path / "log")), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout
    pid = int(await process.stdout.readline())
    process.kill()
    await process.wait()
    await until(lambda: not alive(pid))
