"""Embedded servers: real ones, shared, and gone when nobody uses them."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import asyncpg
import pytest
from redis.asyncio import Redis

from tracker.embedded import ServerError, account, postgres, programs, servers
from tracker.embedded.account import Account, find_account, home, sockets
from tracker.embedded.postgres import Postgres
from tracker.settings import Settings

USER = """
import sys
from tracker.embedded import servers
from tracker.settings import Settings
with servers(Settings.from_environment({"DATA_DIR": sys.argv[1]}), durable=False):
    print("in", flush=True)
    sys.stdin.read()
"""
"""Another process that uses the servers until its standard input ends."""

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends orphans")
root_only = pytest.mark.skipif(os.geteuid() != 0, reason="only root drops to another account")


@pytest.fixture
def bare() -> Iterator[Settings]:
    """A data folder in which nothing was ever started. Pytest's own folders are closed to the
    account that root's servers run as."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Settings.from_environment({"DATA_DIR": folder})


@pytest.fixture(scope="module")
def started() -> Iterator[Path]:
    """The servers' files after a first start, which takes longer than all others."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        with servers(Settings.from_environment({"DATA_DIR": folder}), durable=False):
            pass
        yield Path(folder) / "servers"


@pytest.fixture
def settings(bare: Settings, started: Path) -> Settings:
    """A data folder whose servers were started before, and run no more."""
    subprocess.run(["cp", "-a", started, bare.data_dir], check=True)
    return bare


async def ask(settings: Settings, statement: str) -> object:
    connection = await asyncpg.connect(settings.database_owner_url)
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


async def answers(settings: Settings) -> bool:
    try:
        return await ask(settings, "SELECT 1") == 1
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return False


def until(condition: Callable[[], bool], seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def postgres_runs(settings: Settings) -> bool:
    """Its pid file goes when it stops and is written anew when it starts."""
    return (settings.data_dir / "servers/postgres/postmaster.pid").exists()


def postmaster(settings: Settings) -> int:
    return int((settings.data_dir / "servers/postgres/postmaster.pid").read_text().split()[0])


def parent(pid: int) -> int:
    """The fourth field of proc_pid_stat(5); the second, in brackets, may hold anything."""
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def another_user(settings: Settings) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", USER, str(settings.data_dir)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    assert process.stdout.readline() == "in\n"
    return process


async def test_second_start_keeps_data(settings: Settings) -> None:
    with servers(settings, durable=False) as first:
        await ask(first, "CREATE TABLE kept AS SELECT 42 AS answer")
        redis = Redis.from_url(str(first.redis_url))
        assert await redis.ping()
        await redis.aclose()
    assert not await answers(first)
    with servers(settings, durable=False) as second:
        assert await ask(second, "SELECT answer FROM kept") == 42


async def test_database_speaks_every_alphabet_and_utc(bare: Settings) -> None:
    with servers(replace(bare, redis_url="redis://unused"), durable=False) as running:
        assert await ask(running, "SELECT upper('são paulo, łódź')") == "SÃO PAULO, ŁÓDŹ"
        assert await ask(running, "SHOW timezone") == "UTC"
        assert await ask(running, "SHOW listen_addresses") == ""
        assert running.redis_url == "redis://unused"


async def test_cluster_from_before_there_was_an_application_role(settings: Settings) -> None:
    with servers(settings, durable=False) as running:
        await ask(running, "DROP ROLE tracker_app")
    (settings.data_dir / "servers/postgres/application_role").unlink()
    with servers(settings, durable=False) as running:
        connection = await asyncpg.connect(running.database_url)
        assert await connection.fetchval("SELECT current_user") == "tracker_app"
        await connection.close()


def test_configured_servers_start_nothing(bare: Settings) -> None:
    given = replace(bare, database_url="postgresql://db/x", redis_url="redis://cache")
    with servers(given) as running:
        assert running == given
    assert not (bare.data_dir / "servers").exists()


async def test_last_one_out_stops_them(bare: Settings) -> None:
    other = another_user(bare)
    with servers(bare) as running:
        pid = postmaster(bare)
        assert await answers(running)
    assert postmaster(bare) == pid
    other.communicate("")
    assert other.returncode == 0
    assert not await answers(running)
    assert not postgres_runs(bare)


def test_killed_user_leaves_nothing_running(settings: Settings) -> None:
    other = another_user(settings)
    other.kill()
    other.communicate()
    until(lambda: not postgres_runs(settings))
    with servers(settings, durable=False) as running:
        assert asyncio.run(answers(running))


def test_killed_database_is_started_again(settings: Settings) -> None:
    with servers(settings, durable=False) as running:
        asyncio.run(ask(running, "CREATE TABLE kept AS SELECT 42 AS answer"))
        killed = postmaster(settings)
        os.kill(killed, signal.SIGKILL)
        until(lambda: postgres_runs(settings) and postmaster(settings) != killed)
        until(lambda: asyncio.run(answers(running)))
        assert asyncio.run(ask(running, "SELECT answer FROM kept")) == 42


@linux_only
async def test_killed_keeper_takes_its_server_along(settings: Settings) -> None:
    with servers(settings, durable=False) as running:
        database = postmaster(settings)
        os.kill(parent(database), signal.SIGKILL)
        until(lambda: not postgres_runs(settings))
        with servers(settings, durable=False) as again:
            assert again == running
            assert await answers(again)


async def test_stale_pid_file_of_a_living_process_is_ignored(settings: Settings) -> None:
    with servers(settings, durable=False):
        pass
    cluster = settings.data_dir / "servers/postgres"
    (cluster / "postmaster.pid").write_text(f"{os.getpid()}\n{cluster}\n{int(time.time())}\n5432\n")
    with servers(settings, durable=False) as running:
        assert await answers(running)


def test_interrupted_first_start_is_begun_anew(bare: Settings) -> None:
    half = home(bare.data_dir, find_account()) / "postgres.new"
    half.mkdir()
    (half / "PG_VERSION").write_text("18")
    with servers(bare, durable=False):
        assert not half.exists()


async def test_long_path_gets_a_short_socket(bare: Settings) -> None:
    deep = bare.data_dir / ("d" * 60) / ("e" * 60)
    with servers(replace(bare, data_dir=deep), durable=False) as running:
        assert await answers(running)
    shutil.rmtree(sockets(home(deep, find_account()), find_account(), ".s.PGSQL.5432"))


def test_disk_without_room_is_refused(bare: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "CLUSTER_MEGABYTES", 10**9)
    folder = home(bare.data_dir, find_account())
    with pytest.raises(ServerError, match=r"MB free and a database needs .* --data or DATA_DIR$"):
        Postgres(folder, find_account(), durable=False).prepare()
    assert not list(folder.glob("postgres*/"))


@root_only
def test_disk_that_fills_up_leaves_no_half_cluster(
    bare: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "CLUSTER_MEGABYTES", 1)
    small = ["mount", "-t", "tmpfs", "-o", "size=20m", "tmpfs", str(bare.data_dir)]
    if subprocess.run(small, capture_output=True).returncode != 0:
        pytest.skip("this machine does not let us mount a small disk")
    try:
        folder = home(bare.data_dir, find_account())
        with pytest.raises(ServerError, match="No space left on device"):
            Postgres(folder, find_account(), durable=False).prepare()
        assert not list(folder.glob("postgres*/"))
    finally:
        subprocess.run(["umount", str(bare.data_dir)], check=True)


def test_machine_without_servers_is_told_both_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "find_spec", lambda name: None)
    monkeypatch.setattr(programs, "POSTGRES_FOLDERS", ())
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ServerError, match="set DATABASE_URL, or install PostgreSQL"):
        programs.postgres_programs(Account())
    with pytest.raises(ServerError, match="set REDIS_URL, or install"):
        programs.valkey_program(Account())


@root_only
def test_folder_out_of_reach_is_linked_from_elsewhere(
    bare: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = bare.data_dir / "closed"
    closed.mkdir(mode=0o700)
    monkeypatch.setattr(account, "ELSEWHERE", bare.data_dir / "elsewhere")
    folder = home(closed / "data", find_account())
    assert folder.parent == bare.data_dir / "elsewhere"
    assert folder.stat().st_uid == find_account().uid
    assert home(closed / "data", find_account()) == folder
    folder.rmdir()
    with pytest.raises(ServerError, match="remove the link"):
        home(closed / "data", find_account())


def test_open_socket_folder_is_refused(bare: Settings) -> None:
    folder = home(bare.data_dir, find_account())
    (folder / "run").mkdir()
    (folder / "run").chmod(0o777)
    with pytest.raises(ServerError, match="not a private folder"):
        sockets(folder, find_account(), "valkey.sock")
    with pytest.raises(ServerError, match="not a private folder"), servers(bare):
        pass
