"""What an operator is told is unsafe, and what does not start."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.cast import Cast
from tests.starting import run
from tracker.doctor.choices import chosen
from tracker.doctor.findings import Finding
from tracker.doctor.looking import findings
from tracker.doctor.surroundings import found_around
from tracker.settings import Settings
from tracker.storage import Incoming

SAFE = {
    "BASE_URL": "https://tracker.example.org",
    "SECRET_KEY": "mC3vX_9tqLw7Zr-0hYb5KfNjE2sUaGdP",
    "DATABASE_URL": "postgresql://tracker:Zr0hYb5KfNjE2sUa@db.example.org/t?sslmode=verify-full",
    "REDIS_URL": "rediss://:Zr0hYb5KfNjE2sUa@redis.example.org/0",
    "SMTP_URL": "smtp://user:password@mail.example.org:587?starttls=1",
    "MAIL_FROM": "Tracker <tracker@example.org>",
    "TRUSTED_PROXIES": "10.1.2.3",
}

UNSAFE = [
    ("BASE_URL", "http://tracker.example.org"),
    ("DEMONSTRATION", "1"),
    ("SECRET_KEY", "a" * 40),
    ("SECRET_KEY", "please-change-this-secret-key-soon"),
    ("LOG_LEVEL", "debug"),
    ("DATABASE_URL", "postgresql://tracker:Zr0hYb5KfNjE2sUa@db.example.org/t"),
    ("DATABASE_URL", "postgresql://tracker:tracker@db.example.org/t?sslmode=require"),
    ("DATABASE_URL", "postgresql://tracker@db.example.org/t?sslmode=require"),
    ("REDIS_URL", "redis://127.0.0.1:6379/0"),
    ("REDIS_URL", "redis://:Zr0hYb5KfNjE2sUa@redis.example.org/0"),
    ("SMTP_URL", "smtp://mail.example.org"),
    ("INBOUND_BOX", "imap://tracker:hush@mail.example.org/INBOX"),
    ("OUTBOX_DIR", "/var/outbox"),
    ("TRUSTED_PROXIES", "0.0.0.0/0"),
    ("TRUSTED_PROXIES", "10.1.2.3,::/0"),
    ("TRUSTED_PROXIES", "203.0.0.0/16"),
    ("SIGN_ON_PRIVATE", "1"),
    ("LIMIT_SIGN_IN", "10/900 0/1"),
    ("LIMIT_SIGN_IN", "0/1 100/900"),
    ("LIMIT_SIGN_IN", "11/900 100/900"),
    ("LIMIT_API", "6000/60 0/1"),
    ("LIMIT_MAIL", "0/1 50/900"),
    ("GRAPHQL_DEPTH", "50"),
    ("GRAPHQL_ROWS", "1000000"),
    ("GRAPHQL_BODY_BYTES", "100000000"),
    ("GRAPHQL_INTROSPECTION", "everybody"),
]

NOTED = [
    ("HOST", "0.0.0.0"),  # noqa: S104 - a text
    ("MAIL_FROM", "Tracker <tracker@localhost>"),
    ("TRUSTED_PROXIES", ""),
    ("DATABASE_URL", ""),
]


def told(tmp_path: Path, **changed: str) -> list[Finding]:
    """What the safe settings with these changes are told."""
    return list(chosen(Settings.from_environment({"DATA_DIR": str(tmp_path), **SAFE, **changed})))


def test_safe_settings_are_told_nothing(tmp_path: Path) -> None:
    assert told(tmp_path) == []
    assert told(tmp_path, DATABASE_URL="postgresql:///t?host=/run/postgresql") == []
    assert told(tmp_path, SMTP_URL="smtp://localhost:25") == []


@pytest.mark.parametrize(("name", "value"), UNSAFE)
def test_unsafe_setting_is_told(tmp_path: Path, name: str, value: str) -> None:
    [finding] = told(tmp_path, **{name: value})
    assert (finding.about, finding.unsafe) == (name, True)
    assert str(finding).startswith(f"unsafe: {name}: ")
    assert "\n" not in str(finding)
    assert "Zr0hYb5KfNjE2sUa" not in str(finding)


@pytest.mark.parametrize(("name", "value"), NOTED)
def test_doubtful_setting_is_noted(tmp_path: Path, name: str, value: str) -> None:
    [finding] = told(tmp_path, **{name: value})
    assert (finding.about, finding.unsafe) == (name, False)


def test_database_for_trying_out_is_unsafe_for_real_use(tmp_path: Path) -> None:
    [finding] = told(tmp_path, DATABASE_URL="", PRODUCTION="1")
    assert (finding.about, finding.unsafe) == ("DATABASE_URL", True)


@pytest.mark.skipif(os.geteuid() != 0, reason="this account is not root")
async def test_root_is_unsafe_for_real_use(settings: Settings) -> None:
    for production in (False, True):
        found = await found_around(replace(settings, production=production))
        assert [each.unsafe for each in found if each.about == "account"] == [production]


async def around(settings: Settings) -> set[str]:
    """What is unsafe besides the settings."""
    found = await findings(replace(settings, production=True), settings)
    return {each.about for each in found if each.unsafe} - {"BASE_URL"}


async def test_role_that_may_rewrite_the_trail_is_told(settings: Settings, dated: None) -> None:
    """The owner of the tables, which migrations connect as."""
    owner = replace(settings, database_url=settings.database_owner_url)
    assert "audit trail" in await around(owner)
    assert "audit trail" not in await around(settings)


async def test_servers_that_do_not_answer_are_told(settings: Settings) -> None:
    away = replace(
        settings,
        database_url="postgresql:///nothing?host=/nowhere",
        redis_url="unix:///nowhere/valkey.sock",
    )
    assert {"DATABASE_URL", "REDIS_URL"} <= await around(away)


async def test_what_others_can_read_is_told(settings: Settings, tmp_path: Path) -> None:
    chosen = replace(settings, data_dir=tmp_path)
    (tmp_path / "evidence").mkdir(mode=0o700)
    assert "DATA_DIR" not in await around(chosen)
    (tmp_path / "evidence").chmod(0o755)
    assert "DATA_DIR" in await around(chosen)


async def test_evidence_is_made_for_the_tracker_alone(settings: Settings, tmp_path: Path) -> None:
    chosen = replace(settings, data_dir=tmp_path)
    incoming = Incoming(chosen, "a.pdf")
    incoming.abandon()
    assert "DATA_DIR" not in await around(chosen)


def test_doctor_tells_a_line_for_each(settings: Settings, cast: Cast) -> None:
    environ = replace(settings, demonstration=True).to_environment()
    done = run("tracker", "doctor", environment=environ)
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert any(line.startswith("unsafe: DEMONSTRATION: is on: anybody") for line in lines)
    assert lines == sorted(lines, key=lambda line: not line.startswith("unsafe: "))
    done = run("tracker", "doctor", "--json", environment=environ)
    assert done.returncode == 1
    [found] = [each for each in json.loads(done.stdout) if each["about"] == "DEMONSTRATION"]
    assert set(found) == {"about", "what", "why", "remedy", "unsafe"}


def started(
    name: str, settings: Settings, stdout: int = subprocess.PIPE
) -> subprocess.CompletedProcess[str]:
    """How `tracker NAME` with these settings ended, started as a person starts it."""
    return subprocess.run(
        [sys.executable, "-m", "tracker", name],
        env={"PATH": os.environ["PATH"], **settings.to_environment()},
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        timeout=120,
    )


def test_doctor_ends_quietly_when_nobody_reads_on(settings: Settings, cast: Cast) -> None:
    read, write = os.pipe()
    os.close(read)
    done = started("doctor", replace(settings, demonstration=True), write)
    os.close(write)
    assert (done.returncode, done.stderr) == (1, "")


@pytest.mark.parametrize("name", ["serve", "worker"])
def test_production_does_not_start_with_what_is_unsafe(
    settings: Settings, cast: Cast, name: str
) -> None:
    chosen = replace(settings, production=True, port=1, smtp_url="smtp://localhost")
    done = started(name, chosen)
    assert (done.returncode, done.stdout) == (1, "")
    first, *lines = done.stderr.splitlines()
    assert first == "tracker: PRODUCTION=1 does not start with what is unsafe:"
    assert any(line.startswith("tracker: unsafe: BASE_URL: ") for line in lines)
    assert all(line.startswith("tracker: unsafe: ") for line in lines)
