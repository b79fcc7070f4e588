"""Keeps a few processes running together, and leaves none behind.

    async with Supervisor() as supervisor:
        await supervisor.start(Program("web", [...], log=..., ready=answers))
        await supervisor.until_stopped()

What dies is started again; the first Ctrl-C (or SIGTERM) ends the block and stops everything in
reverse order, the second one kills.
"""

import asyncio
import ctypes
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

READY_SECONDS = 60.0
GRACE_SECONDS = 15.0
RESTART_SECONDS = (0.2, 5.0)
"""The first and the longest pause before a program that died is started again."""

STEADY_SECONDS = 10.0
"""A program that lived this long starts again with the first pause."""

PR_SET_PDEATHSIG = 1
"""From linux/prctl.h."""


class ProgramFailed(Exception):
    """A program ended, or did not get ready in time, at its first start."""


@dataclass(frozen=True)
class Program:
    """What to run. `ready` is asked until it says yes; without it, running is enough.

    Output is appended to `log`; `env` replaces the environment.
    """

    name: str
    argv: Sequence[str]
    env: Mapping[str, str]
    log: Path
    ready: Callable[[], Awaitable[bool]] | None = None


@dataclass
class _Running:
    program: Program
    process: Process
    keeper: asyncio.Task[None] | None = None


class Supervisor:
    """Owns child processes for the length of an `async with` block, which a signal ends early.

    `interrupted` tells afterwards whether one did. `say` gets one line for each thing that people
    should know.
    """

    def __init__(self, say: Callable[[str], None] = print, grace: float = GRACE_SECONDS) -> None:
        self.interrupted = False
        self._say = say
        self._grace = grace
        self._running: list[_Running] = []
        self._stopping = asyncio.Event()
        self._body: asyncio.Task[object] | None = None

    async def __aenter__(self) -> Self:
        self._body = asyncio.current_task()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, self._signalled)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        # From here on a first signal hurries nothing: everything is being stopped already.
        body, self._body = self._body, None
        try:
            await self._stop_all()
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                asyncio.get_running_loop().remove_signal_handler(number)
        ours = self.interrupted and isinstance(error, asyncio.CancelledError)
        if ours and body:
            body.uncancel()
        return ours

    async def start(self, program: Program) -> None:
        """Run the program, and again whenever it dies. Raises ProgramFailed at the first start."""
        _clear(program.log)
        running = _Running(program, await _spawn(program))
        self._running.append(running)
        await self._wait_until_ready(running)
        running.keeper = asyncio.create_task(self._keep(running))

    async def until_stopped(self) -> None:
        """Wait for a signal, which cancels this."""
        await self._stopping.wait()

    def pid(self, name: str) -> int:
        """The process id of a program as it runs now."""
        return next(r.process.pid for r in self._running if r.program.name == name)

    async def _wait_until_ready(self, running: _Running) -> None:
        program, process = running.program, running.process
        try:
            async with asyncio.timeout(READY_SECONDS):
                while process.returncode is None:
                    if program.ready is None or await program.ready():
                        return
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise ProgramFailed(
                f"{program.name} did not get ready in {READY_SECONDS:.0f} s{_told(program)}"
            ) from None
        raise ProgramFailed(f"{program.name} {_end(process)}{_told(program)}")

    async def _keep(self, running: _Running) -> None:
        """Start the program again when it ends, more slowly each time that it ends at once."""
        clock = asyncio.get_running_loop().time
        first, longest = RESTART_SECONDS
        pause, started = first, clock()
        while True:
            await running.process.wait()
            _signal_group(running.process, signal.SIGKILL)
            pause = first if clock() - started > STEADY_SECONDS else min(pause * 2, longest)
            name = running.program.name
            self._say(f"{name} {_end(running.process)}; starting it again")
            await asyncio.sleep(pause)
            started = clock()
            running.process = await _spawn(running.program)

    def _signalled(self) -> None:
        if self.interrupted:
            for running in self._running:
                _signal_group(running.process, signal.SIGKILL)
            return
        self.interrupted = True
        self._stopping.set()
        if self._body:
            self._body.cancel()

    async def _stop_all(self) -> None:
        for running in reversed(self._running):
            if running.keeper:
                running.keeper.cancel()
                await asyncio.wait([running.keeper])
            await self._stop(running.process)
        self._running.clear()

    async def _stop(self, process: Process) -> None:
        """Ask, wait for the grace, kill; then kill what the process itself may have left."""
        if process.returncode is None:
            _signal_group(process, signal.SIGTERM)
            try:
                await asyncio.wait_for(process.wait(), self._grace)
            except TimeoutError:
                _signal_group(process, signal.SIGKILL)
                await process.wait()
        _signal_group(process, signal.SIGKILL)


def _clear(log: Path) -> None:
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_bytes(b"")


async def _spawn(program: Program) -> Process:
    with program.log.open("ab") as log:
        return await asyncio.create_subprocess_exec(
            *program.argv,
            env=dict(program.env),
            stdin=DEVNULL,
            stdout=log,
            stderr=log,
            process_group=0,  # Ctrl-C reaches us only, and we stop things in order
            preexec_fn=_die_with_parent if sys.platform == "linux" else None,
        )


# Loaded once and here: between fork and exec, a child must not import anything.
_LIBC = ctypes.CDLL(None)


def _die_with_parent() -> None:
    """A supervisor that is killed with -9 takes its programs along."""
    _LIBC.prctl(PR_SET_PDEATHSIG, int(signal.SIGTERM))


def _signal_group(process: Process, number: signal.Signals) -> None:
    try:
        os.killpg(process.pid, number)
    except (ProcessLookupError, PermissionError):  # macOS says the latter of a group of zombies
        return


def _end(process: Process) -> str:
    code = process.returncode or 0
    return f"was killed by signal {-code}" if code < 0 else f"ended with code {code}"


def _told(program: Program) -> str:
    """The last line of the program's log, and where the rest is."""
    lines = program.log.read_text(errors="replace").strip().splitlines()
    return f": {lines[-1].strip()} (see {program.log})" if lines else ""
