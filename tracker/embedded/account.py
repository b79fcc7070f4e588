"""Who runs the servers, and where their files may lie.

PostgreSQL refuses to run as root, so root drops to an unprivileged account. Where that account
cannot reach the data folder (a clone under /root), the files lie under `ELSEWHERE` instead, and
`DATA_DIR/servers` is a link to them: remove both to start afresh.
"""

import ctypes
import hashlib
import os
import pwd
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ELSEWHERE = Path("/var/lib/e-sharing-tracker")

SOCKET_BYTES = 100
"""The kernel's limit for a Unix socket's path: 108 on Linux, 104 on macOS, less some room."""

PR_SET_PDEATHSIG = 1
"""From linux/prctl.h."""


class ServerError(Exception):
    """An embedded server cannot run; one line that says what to do."""


@dataclass(frozen=True)
class Account:
    """The account of the servers' processes; `uid` is None when it is our own."""

    uid: int | None = None
    gid: int | None = None

    @property
    def options(self) -> dict[str, Any]:
        """What subprocess needs to run as this account."""
        if self.uid is None:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def can(self, *argv: str | Path) -> bool:
        """Whether the command succeeds when this account runs it."""
        try:
            done = subprocess.run(argv, cwd="/", capture_output=True, check=False, **self.options)  # noqa: S603
        except OSError:
            return False
        return done.returncode == 0

    def own(self, path: Path) -> None:
        """Give it a file or folder."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)


def find_account() -> Account:
    """Our own account, or, for root, the first unprivileged one there is."""
    if os.geteuid() != 0:
        return Account()
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise ServerError(
        "PostgreSQL does not run as root and there is no account `postgres` or `nobody`:"
        " run as another user, or set DATABASE_URL and REDIS_URL"
    )


def home(data_dir: Path, account: Account) -> Path:
    """The folder of the servers' files, made if need be, readable by their account only."""
    data_dir.mkdir(parents=True, exist_ok=True)
    folder = data_dir / "servers"
    if folder.is_symlink() and not folder.exists():
        raise ServerError(f"{folder} points to {folder.readlink()}, which is gone: remove the link")
    if folder.exists():
        return folder.resolve()
    if account.uid is None or account.can("test", "-x", data_dir):
        return private_folder(folder, account)
    ELSEWHERE.mkdir(mode=0o755, parents=True, exist_ok=True)
    target = Path(tempfile.mkdtemp(dir=ELSEWHERE, prefix="data-"))
    account.own(target)
    folder.symlink_to(target)
    return target


def sockets(folder: Path, account: Account, longest_name: str) -> Path:
    """The folder for sockets: beside the data, or a short one where that path is too long."""
    run = folder / "run"
    if len(os.fsencode(run / longest_name)) <= SOCKET_BYTES:
        return private_folder(run, account)
    digest = hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]
    short = Path(tempfile.gettempdir()) / f"e-sharing-{digest}"
    if len(os.fsencode(short / longest_name)) > SOCKET_BYTES:
        short = Path("/tmp", short.name)  # noqa: S108 - private_folder refuses one of somebody else
    return private_folder(short, account)


def private_folder(path: Path, account: Account) -> Path:
    """Make a folder that nobody else can enter, or make sure that it is one."""
    try:
        path.mkdir(mode=0o700)
        account.own(path)
    except FileExistsError:
        found = path.lstat()
        owner = os.geteuid() if account.uid is None else account.uid
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner or found.st_mode & 0o077:
            raise ServerError(f"{path} is not a private folder of the servers: remove it") from None
    return path


def spawn(
    command: Sequence[str], account: Account, log: Path, *, dies_with_us: signal.Signals
) -> subprocess.Popen[bytes]:
    """Start a server in its own session, with an empty environment; Linux ends it with us."""
    with log.open("ab") as output:
        return subprocess.Popen(  # noqa: S603 - commands are built by this package
            command,
            cwd="/",
            env={"PATH": os.defpath, "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            preexec_fn=_dying_with_parent(dies_with_us),
            **account.options,
        )


def _dying_with_parent(number: signal.Signals) -> Callable[[], None] | None:
    """What the child runs before the program starts; the keeper has a single thread."""
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    return lambda: prctl(PR_SET_PDEATHSIG, int(number))
