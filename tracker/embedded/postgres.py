"""PostgreSQL in a folder, on a Unix socket."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from urllib.parse import quote

from tracker.embedded.account import Account, ServerError, private_folder, sockets
from tracker.embedded.programs import major_version, postgres_programs

PORT = 5432
"""Part of the socket's file name; nothing listens on it."""

CLUSTER_MEGABYTES = 200
"""A new cluster with its write-ahead log, and room for the first data."""

OPTIONS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "timezone": "UTC",
    "max_connections": "100",
    "shared_buffers": "128MB",
    # Plans of a web request last milliseconds; compiling them lasts longer.
    "jit": "off",
    # Solid-state disks: an index read costs hardly more than a sequential one.
    "random_page_cost": "1.1",
    "log_timezone": "UTC",
}

OWNER, APPLICATION = "tracker", "tracker_app"
"""The role that owns the tables and migrates them, and the one that the application connects as,
which may not alter the audit trail."""

FAST_OPTIONS = {"fsync": "off", "full_page_writes": "off"}
"""Still survives the death of a process (commits are written out), but not of the machine."""

LET_IN = "application_role"
"""File in a cluster that has the application's role."""


def as_application(address: str) -> str:
    """The owner's address -> the application's."""
    return address.replace(f"//{OWNER}@", f"//{APPLICATION}@", 1)


class Postgres:
    """The cluster in `folder/postgres`, made whole or not at all."""

    name = "PostgreSQL"
    # Fast (rolls back what is open), immediate (recovers at the next start), and the kernel's.
    stops: tuple[signal.Signals, ...] = (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL)

    def __init__(self, folder: Path, account: Account, durable: bool) -> None:
        self.account = account
        self.log = folder / "postgres.log"
        self._cluster = folder / "postgres"
        self._durable = durable
        self._programs = postgres_programs(account)
        run = sockets(folder, account, f".s.PGSQL.{PORT}")
        self.address = f"postgresql://{OWNER}@/tracker?host={quote(str(run))}&port={PORT}"
        options = OPTIONS | ({} if durable else FAST_OPTIONS)
        self.command = [str(self._programs / "postgres"), "-D", str(self._cluster), "-k", str(run)]
        self.command += [
            part for name, value in options.items() for part in ("-c", f"{name}={value}")
        ]
        self.command += ["-p", str(PORT)]

    def prepare(self) -> None:
        """Make the cluster, or end a server that an earlier keeper left without a parent."""
        draft = self._cluster.with_suffix(".new")
        shutil.rmtree(draft, ignore_errors=True)
        self.log.write_text("")
        if self._cluster.exists():
            self._end_orphan()
            self._let_application_in()
        else:
            self._make(draft)

    def ready(self, pid: int) -> bool:
        """Read from the server's own pid file: process id in line 1, state in line 8."""
        lines = self._pid_file_lines()
        return len(lines) >= 8 and lines[0].strip() == str(pid) and lines[7].strip() == "ready"

    def _make(self, draft: Path) -> None:
        free = shutil.disk_usage(draft.parent).free // 2**20
        if free < CLUSTER_MEGABYTES:
            raise ServerError(
                f"{draft.parent} has {free} MB free and a database needs {CLUSTER_MEGABYTES}:"
                " make room, or choose another folder with --data or DATA_DIR"
            )
        try:
            private_folder(draft, self.account)
            self._run(self._initdb(draft))
            self._alone(draft, f"CREATE DATABASE tracker\nCREATE ROLE {APPLICATION} LOGIN\n")
            (draft / LET_IN).touch()
            draft.rename(self._cluster)
        except BaseException:
            shutil.rmtree(draft, ignore_errors=True)
            raise
        _sync(self._cluster.parent)

    def _let_application_in(self) -> None:
        """Make the application's role in a cluster from before there was one, once."""
        mark = self._cluster / LET_IN
        if not mark.exists():
            missing = f"NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{APPLICATION}')"
            make = f"CREATE ROLE {APPLICATION} LOGIN"
            self._alone(self._cluster, f"DO $$BEGIN IF {missing} THEN {make}; END IF; END$$\n")
            mark.touch()

    def _alone(self, cluster: Path, commands: str) -> None:
        """Run commands, a line each, while no server runs."""
        program = str(self._programs / "postgres")
        self._run([program, "--single", "-D", str(cluster), "postgres"], commands)

    def _initdb(self, draft: Path) -> list[str]:
        program = self._programs / "initdb"
        argv = [str(program), "-D", str(draft), "-U", OWNER, "--auth=trust", "-E", "UTF8"]
        if major_version(program) >= 17:
            # The same order and upper case on every machine, for every alphabet.
            argv += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        return [*argv, "--locale=C"] + ([] if self._durable else ["--no-sync"])

    def _run(self, argv: list[str], text: str = "") -> None:
        done = subprocess.run(  # noqa: S603 - PostgreSQL's own programs
            argv,
            input=text,
            text=True,
            capture_output=True,
            check=False,
            cwd="/",
            env={"PATH": os.defpath, "LC_ALL": "C"},
            **self.account.options,
        )
        told = [line for line in done.stderr.splitlines() if "rror" in line or "FATAL" in line]
        if done.returncode != 0 or "ERROR" in done.stderr:
            reason = (told or done.stderr.splitlines() or [f"it ended with {done.returncode}"])[0]
            raise ServerError(
                f"PostgreSQL could not make its files in {self._cluster.parent}: {reason.strip()}"
            )

    def _end_orphan(self) -> None:
        """A pid file counts only if its process is the server of this very folder.

        The number may be another process's by now, which PostgreSQL itself would refuse to
        start beside.
        """
        lines = self._pid_file_lines()
        pid = int(lines[0]) if lines and lines[0].strip().isdigit() else 0
        for number in self.stops:
            if not pid or not _runs(pid, self._cluster):
                break
            os.kill(pid, number)
            _wait_until_gone(pid, self._cluster)
        (self._cluster / "postmaster.pid").unlink(missing_ok=True)

    def _pid_file_lines(self) -> list[str]:
        try:
            return (self._cluster / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return []


def _runs(pid: int, cluster: Path) -> bool:
    """Whether the process is a server over this cluster, told by its command line."""
    if Path("/proc/self/cmdline").exists():
        try:
            command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ")
        except OSError:
            return False
    else:
        ps = ["ps", "-o", "command=", "-p", str(pid)]
        command = subprocess.run(ps, capture_output=True, check=False).stdout  # noqa: S603
    return os.fsencode(cluster) in command


def _wait_until_gone(pid: int, cluster: Path) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and _runs(pid, cluster):
        time.sleep(0.05)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
