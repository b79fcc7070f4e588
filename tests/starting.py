"""Processes of the tracker's that begin in a moment: forked from one that has loaded what they
need, they live and die as any other."""

import logging
import multiprocessing
import os
import runpy
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Mapping, Sequence
from multiprocessing import forkserver, resource_tracker, util
from pathlib import Path
from signal import SIGKILL

import pytest

from tracker.settings import Settings

FORKS = multiprocessing.get_context("forkserver")
"""Processes forked from one that has loaded the tracker."""

STREAMS = (1, 2)
"""Standard output and standard error."""

ENDING_SECONDS = 120

LOADED = "PICCOLO_CONF"
"""What the tracker's modules set when they were loaded."""


def fork_from_here() -> None:
    """Have later processes be forks of this one as it is now, so that nothing is loaded again. To
    be called before anything else of it runs or listens."""
    resource_tracker.ensure_running()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(util, "spawnv_passfds", _fork)
        forkserver.ensure_running()


def _fork(_program: str, arguments: Sequence[str], passed: Sequence[int]) -> int:
    """As multiprocessing starts its server, `python -c CODE`, but without a new Python."""
    if process := os.fork():
        return process
    try:
        logging.getLogger().handlers.clear()  # pytest's, whose files are closed here
        for number in map(int, os.listdir("/dev/fd")):
            if number not in (0, *STREAMS, *passed):
                _close(number)
        exec(arguments[-1], {})  # noqa: S102 - multiprocessing's own
    finally:
        os._exit(0)


def _close(number: int) -> None:
    try:
        os.close(number)
    except OSError:
        return  # that of the listing itself


class Begun:
    """`python -m NAME ARGUMENT…` with these settings, to be waited for as for a Popen."""

    def __init__(self, *argv: str, settings: Settings) -> None:
        environment = os.environ | settings.to_environment()
        self._process = FORKS.Process(target=_run, args=(argv, environment), daemon=True)
        self._process.start()

    @property
    def lives(self) -> bool:
        """Whether it has not ended."""
        return self._process.is_alive()

    def send_signal(self, number: int) -> None:
        """Unless it has ended."""
        if self.lives:
            os.kill(self._process.pid or 0, number)

    def kill(self) -> None:
        """As abruptly as a machine loses power."""
        self.send_signal(SIGKILL)

    def wait(self, seconds: float | None = None) -> int:
        """Its exit code, once it has ended. Raises TimeoutExpired."""
        self._process.join(seconds)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired([self._process.name], seconds or 0)
        return self._process.exitcode


def run(
    *argv: str, environment: Mapping[str, str], folder: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """`python -m NAME ARGUMENT…` in the folder, with no other environment; how it ended."""
    with tempfile.TemporaryDirectory() as kept:
        outputs = [Path(kept, str(number)) for number in STREAMS]
        process = FORKS.Process(target=_run, args=(argv, environment, folder, outputs))
        process.start()
        process.join(ENDING_SECONDS)
        if process.exitcode is None:
            process.kill()
            raise subprocess.TimeoutExpired([*argv], ENDING_SECONDS)
        out, err = (each.read_bytes().decode() for each in outputs)
        return subprocess.CompletedProcess([*argv], process.exitcode, out, err)


def _run(
    argv: tuple[str, ...],
    environment: Mapping[str, str],
    folder: Path | None = None,
    outputs: Sequence[Path] = (),
) -> None:
    loaded = {LOADED: os.environ[LOADED]}
    os.environ.clear()
    os.environ.update(loaded | dict(environment))
    os.chdir(folder or ".")
    for number, file in zip(STREAMS, outputs, strict=False):
        os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT), number)
    # A test's process has others, which pytest reads.
    sys.stdout, sys.stderr = (os.fdopen(each, "w", 1, closefd=False) for each in STREAMS)
    warnings.simplefilter("ignore", DeprecationWarning)  # as Python does where no tests run
    sys.argv = [*argv]
    package = hasattr(sys.modules.get(argv[0]), "__path__")
    # runpy warns where what it runs was imported.
    sys.modules.pop(f"{argv[0]}.__main__" if package else argv[0], None)
    runpy.run_module(argv[0], run_name="__main__", alter_sys=True)
