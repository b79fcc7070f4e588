"""Processes of the tracker's that begin in a moment: forked from one that has loaded what they
need, they live and die as any other."""

import os
import runpy
import subprocess
import sys
from collections.abc import Mapping
from signal import SIGKILL

from tests.faults.lives import FORKS
from tracker.settings import Settings


class Begun:
    """`python -m NAME ARGUMENT…` with these settings, to be waited for as for a Popen."""

    def __init__(self, *argv: str, settings: Settings) -> None:
        environment = os.environ | settings.to_environment()
        self._process = FORKS.Process(target=_run, args=(argv, environment), daemon=True)
        self._process.start()

    def send_signal(self, number: int) -> None:
        """Unless it has ended."""
        if self._process.is_alive():
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


def _run(argv: tuple[str, ...], environment: Mapping[str, str]) -> None:
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = [*argv]
    runpy.run_module(argv[0], run_name="__main__", alter_sys=True)
