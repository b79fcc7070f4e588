"""The command line: what people can put right ends with one line and changes nothing."""

import io
import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.starting import run
from tracker.__main__ import main
from tracker.demo import ADDRESS
from tracker.embedded import servers
from tracker.settings import Settings

pytestmark = pytest.mark.long

Run = Callable[..., subprocess.CompletedProcess[str]]
"""Folder, command, more arguments, environment -> how it ended."""

Refused = Callable[..., str]
"""Command, more arguments, environment -> the one line of a command that refused."""

SECRET = "0123456789abcdef0123456789abcdef"

COMMANDS = [
    "demo",
    "serve",
    "worker",
    "doctor",
    "migrate",
    "import cities",
    "import rates",
    "token",
    "reset-factor",
    "person invite",
    "person list",
    "query",
    "digest preview",
    "digest send",
    "deliveries lift",
]

ELSEWHERE = {
    "DATABASE_URL": "postgresql://tracker:hush@127.0.0.1:1/tracker",
    "REDIS_URL": "redis://:hush@127.0.0.1:1/0",
    "SMTP_URL": "smtp://127.0.0.1:1",
    "SECRET_KEY": SECRET,
}
"""Servers that do not answer: nothing listens on port 1."""


def tracker(
    tmp_path: Path, command: str, *more: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own, with none of this one's settings."""
    given = _environment(tmp_path) | environment
    return run("tracker", *command.split(), *more, environment=given, folder=tmp_path)


def _environment(tmp_path: Path) -> dict[str, str]:
    keep = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    data = {"DATA_DIR": str(tmp_path / "data"), "PYTHONPATH": str(Path(__file__).parent.parent)}
    return keep | data


def refusal(done: subprocess.CompletedProcess[str]) -> str:
    """The one line on standard error of a command that refused."""
    assert done.returncode == 1, done.stderr
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    return line


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs the command in this process, which need not load anything for it."""
    for name in list(os.environ):
        if name not in ("PATH", "HOME", "PICCOLO_CONF") and not name.startswith("PYTEST"):
            monkeypatch.delenv(name)

    def run_here(
        tmp_path: Path, command: str, *more: str, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        with monkeypatch.context() as patch:
            patch.chdir(tmp_path)
            for name, value in {"DATA_DIR": str(tmp_path / "data"), **environment}.items():
                patch.setenv(name, value)
            code = main([*command.split(), *more])
        said = capsys.readouterr()
        return subprocess.CompletedProcess([], code, said.out, said.err)

    return run_here


@pytest.fixture
def refused(tmp_path: Path, here: Run) -> Refused:
    """Commands that refuse before anything is started."""
    return lambda *command, **environment: refusal(here(tmp_path, *command, **environment))


def _unread(tmp_path: Path, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command as a person runs it, whose output nobody reads."""
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as output:
        return subprocess.run(
            [sys.executable, "-m", "tracker", *command],
            env=_environment(tmp_path) | environment,
            cwd=tmp_path,
            stdout=output,
            stderr=subprocess.PIPE,
            text=True,
            timeout=120,
        )


@pytest.fixture
def folder() -> Iterator[Path]:
    """Pytest's own folders are closed to the account that root's servers run as."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(capsys: pytest.CaptureFixture[str], command: str) -> None:
    with pytest.raises(SystemExit, match=r"^0$"):
        main([*command.split(), "--help"])
    shown = capsys.readouterr().out
    assert f"usage: tracker {command}" in shown
    assert "--data DIR" in shown
    assert ("--port N" in shown) == (command in ("demo", "serve"))


def test_no_command_lists_them_all(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert tracker(tmp_path, "").returncode == 2
    with pytest.raises(SystemExit, match=r"^0$"):
        main(["--help"])
    listed = capsys.readouterr().out
    assert all(command.split()[0] in listed for command in COMMANDS)


def test_refused_process_ends_with_one_line_and_changes_nothing(tmp_path: Path) -> None:
    assert "PORT must be a whole number" in refusal(tracker(tmp_path, "serve", PORT="eighty"))
    assert not (tmp_path / "data").exists()
    assert "there is no database in" in refusal(tracker(tmp_path, "token", "a@example.org"))
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("command", ["demo", "serve", "worker", "migrate"])
def test_bad_settings_are_all_named_in_one_line(
    tmp_path: Path, refused: Refused, command: str
) -> None:
    line = refused(command, PORT="eighty", LOG_LEVEL="loud")
    assert "PORT must be a whole number" in line
    assert "LOG_LEVEL must be one of" in line
    assert not (tmp_path / "data").exists()


def test_bad_port_option_is_refused(refused: Refused) -> None:
    assert "PORT must be" in refused("serve", "--port", "0")


@pytest.mark.parametrize("command", ["demo", "serve"])
def test_port_in_use_names_the_setting(tmp_path: Path, refused: Refused, command: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        line = refused(command, "--port", port)
    assert f"127.0.0.1 port {port}" in line
    assert "--port or PORT" in line
    assert not (tmp_path / "data/servers").exists()


@pytest.mark.parametrize("command", ["demo", "serve", "migrate", "worker"])
def test_database_that_does_not_answer_is_named_without_its_password(
    refused: Refused, command: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    line = refused(command, PORT=port, **ELSEWHERE)
    assert "database tracker on 127.0.0.1:1" in line
    assert "DATABASE_URL" in line
    assert "hush" not in line


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({}, "neither REPLY_ADDRESS nor BOUNCE_ADDRESS is set"),
        ({"REPLY_ADDRESS": "reply@example.org", "PORT": "eighty"}, "PORT must be"),
        ({"REPLY_ADDRESS": "reply@example.org"}, "there is no database in"),
        (ELSEWHERE | {"REPLY_ADDRESS": "reply@example.org"}, "database tracker on 127.0.0.1:1"),
    ],
)
def test_mail_that_comes_in_waits_until_settings_are_right(
    tmp_path: Path, here: Run, monkeypatch: pytest.MonkeyPatch, settings: dict[str, str], said: str
) -> None:
    """By sysexits.h: with any other code, Postfix sends it back to its sender for good."""
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"From: a@example.org\n\n")))
    done = here(tmp_path, "inbound", **settings)
    assert done.returncode == 75
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_secret_key_is_demanded_for_a_database_of_ones_own(refused: Refused) -> None:
    line = refused("migrate", **ELSEWHERE | {"SECRET_KEY": ""})
    assert "SECRET_KEY is not set" in line


def test_worker_demands_a_mail_relay(refused: Refused) -> None:
    assert "SMTP_URL" in refused("worker")


def test_unreadable_file_is_named(tmp_path: Path, refused: Refused) -> None:
    assert "nowhere.csv" in refused("import cities", "nowhere.csv")
    (tmp_path / "cities.csv").write_text("town,country\nSeoul,KR\n")
    assert "country" in refused("import cities", "cities.csv")


def test_variables_that_are_no_object_are_refused(tmp_path: Path, refused: Refused) -> None:
    (tmp_path / "q.graphql").write_text("{ cities { totalCount } }")
    for text in ("{", "[]"):
        assert "--variables" in refused("query", "q.graphql", "--variables", text)


@pytest.mark.parametrize("command", ["token", "query", "digest preview"])
def test_no_database_is_named_and_none_is_made(
    tmp_path: Path, refused: Refused, command: str
) -> None:
    (tmp_path / "q.graphql").write_text("{ cities { totalCount } }")
    line = refused(command, "q.graphql")
    assert "there is no database in" in line
    assert "tracker migrate" in line
    assert not (tmp_path / "data/servers").exists()


def test_unknown_ending_of_the_output_is_refused(tmp_path: Path, refused: Refused) -> None:
    (tmp_path / "q.graphql").write_text("{ cities { totalCount } }")
    line = refused("query", "q.graphql", "--output", "cities.xlsx")
    assert "cities.xlsx: end the name in .json or .csv, or choose --format" in line


def test_mails_of_a_state_or_kind_that_is_none_are_refused(refused: Refused) -> None:
    line = refused("deliveries list", "--state", "bogus")
    assert "--state 'bogus': choose one of due, ready, " in line
    assert "--kind 'bogus': choose one of " in refused("deliveries list", "--kind", "bogus")


def test_invitation_whose_role_does_not_fit_the_place_is_refused(
    tmp_path: Path, refused: Refused
) -> None:
    invite = ("person invite", "me@example.org", "--role")
    assert "leave --city out" in refused(*invite, "administrator", "--city", "Seoul")
    assert "say which with --city NAME" in refused(*invite, "mayor")
    assert "choose one of coordinator" in refused(*invite, "boss")
    assert "--print-link" in refused(*invite, "administrator")
    assert not (tmp_path / "data/servers").exists()


def test_commands_work_on_the_same_embedded_database(folder: Path, here: Run) -> None:
    (folder / "data" / "servers").mkdir(parents=True)
    lacking = "tracker: the database lacks tables: run `tracker migrate` first"
    assert refusal(tracker(folder, "token mayor@example.org")) == lacking
    # What follows finds the servers running, until the last one starts them again by itself.
    with servers(Settings.from_environment({"DATA_DIR": str(folder / "data")}), durable=False):
        _work(folder, here, lacking)
    assert "nobody here" in refusal(tracker(folder, "reset-factor", "mayor@example.org"))


def _work(folder: Path, here: Run, lacking: str) -> None:
    """Some commands as processes of their own, some in this one."""
    (folder / "cities.graphql").write_text("{ cities { totalCount } }")
    assert refusal(here(folder, "query", "cities.graphql")) == lacking
    migrated = tracker(folder, "migrate")
    assert (migrated.returncode, migrated.stderr) == (0, "")
    assert here(folder, "migrate").stdout == "The database is up to date.\n"

    (folder / "cities.csv").write_text("name,country\nSeoul,KR\nAtlantis,KR\n")
    assert "Atlantis" in refusal(here(folder, "import cities", "cities.csv"))
    (folder / "cities.csv").write_text("name,country\nSeoul,KR\n")
    assert tracker(folder, "import cities", "cities.csv").stdout == "Cities imported: 1.\n"

    nobody = tracker(folder, "person list")
    assert (nobody.stdout, "nobody is here yet" in nobody.stderr) == ("", True)
    invite = ("person invite", "me@example.org", "--print-link", "--role")
    assert "no city is called" in refusal(here(folder, *invite, "mayor", "--city", "Busan"))
    invited = here(folder, *invite, "administrator", BASE_URL="https://tracker.example.org")
    assert invited.stdout.startswith("https://tracker.example.org/invitation/"), invited.stderr

    (folder / "data" / ADDRESS).write_text("http://127.0.0.1:8001")  # where a demonstration runs
    for given, there in {"": "http://127.0.0.1:8001", "8002": "http://127.0.0.1:8002"}.items():
        again = here(folder, *invite, "administrator", PORT=given).stdout
        assert again.startswith(f"{there}/invitation/")

    address = ("gone@example.org", "--reason", "Asked by telephone")
    assert "No mail goes to gone@" in here(folder, "deliveries suppress", *address).stdout
    assert "again" in here(folder, "deliveries lift", *address).stdout
    assert "as it is" in refusal(here(folder, "deliveries lift", *address))

    answered = tracker(folder, "query", "cities.graphql")
    assert json.loads(answered.stdout) == {"data": {"cities": {"totalCount": 1}}}
    for at_once in ("", "1"):  # at the end, or in the midst of what is printed
        unread = _unread(folder, "migrate", PYTHONUNBUFFERED=at_once)
        assert (unread.returncode, unread.stderr) == (0, "")
    (folder / "cities.graphql").write_text("{ cities {")
    assert here(folder, "query", "cities.graphql").returncode == 1
    assert "nobody here" in refusal(here(folder, "token", "mayor@example.org"))
