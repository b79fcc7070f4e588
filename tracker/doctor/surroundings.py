"""What the servers and the machine tell."""

import os
import stat
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import asyncpg
from redis.asyncio import Redis
from redis.exceptions import RedisError

from tracker.doctor.findings import Finding
from tracker.domain.database import connected
from tracker.domain.privileges import over_trail
from tracker.migrations import is_current
from tracker.settings import Settings

SECONDS = 5
SKEW_MOST = 5.0
"""Seconds by which two clocks may differ: codes, links and limits go by them."""

DATABASE = """
SELECT current_user AS role,
       (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS is_super,
       clock_timestamp() AS now,
       current_setting('fsync') AS fsync,
       current_setting('archive_mode') AS archive_mode,
       current_setting('ssl') AS ssl
"""


async def found_around(settings: Settings) -> list[Finding]:
    """What is unsafe besides the settings."""
    return [
        *await _database(settings),
        *await _redis_clock(settings),
        *_folder(settings),
        *_account(settings),
    ]


async def _database(settings: Settings) -> list[Finding]:
    if settings.database_url is None:
        return []
    try:
        before = time.time()
        connection = await asyncpg.connect(settings.database_url, timeout=SECONDS)
        try:
            told = await connection.fetchrow(DATABASE)
        finally:
            await connection.close()
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, ValueError) as error:
        return [_unreachable("DATABASE_URL", "the database", error)]
    between = (before + time.time()) / 2
    return [
        *_role(told),
        *_clock("the database", told["now"].timestamp() - between),
        *_keeping(told),
        *await _schema(settings),
    ]


def _role(told: Any) -> Iterator[Finding]:
    if told["is_super"]:
        yield Finding(
            "database role",
            f"{told['role']} is a superuser",
            "whatever goes wrong in the web server can then reach every database and file",
            "Connect with a role that may only read and write the tracker's tables",
        )


def _keeping(told: Any) -> Iterator[Finding]:
    if told["fsync"] != "on":
        yield Finding(
            "database",
            "has fsync off",
            "a power cut loses or damages what was acknowledged",
            "Turn it on in postgresql.conf",
        )
    if told["archive_mode"] == "off":
        yield Finding(
            "backups",
            "the database archives no changes (archive_mode is off)",
            "after a loss, only the last full copy comes back",
            "Archive its log, and back DATA_DIR/evidence up at the same time",
            unsafe=False,
        )


async def _schema(settings: Settings) -> list[Finding]:
    async with connected(settings):
        if await is_current():
            return _trail(await over_trail())
    return [
        Finding(
            "migrations",
            "are missing",
            "the code expects tables and rules that the database does not have",
            "Run `tracker migrate`",
        )
    ]


def _trail(ways: list[str]) -> list[Finding]:
    if not ways:
        return []
    return [
        Finding(
            "audit trail",
            f"can be altered by the role of DATABASE_URL, which {', '.join(ways)}",
            "whoever takes over the web server could cover their tracks",
            "Connect with a role of its own, and run `tracker migrate` with DATABASE_OWNER_URL",
        )
    ]


async def _redis_clock(settings: Settings) -> list[Finding]:
    if settings.redis_url is None:
        return []
    try:
        async with Redis.from_url(
            settings.redis_url, socket_connect_timeout=SECONDS, socket_timeout=SECONDS
        ) as redis:
            before = time.time()
            seconds, micros = await redis.time()
            between = (before + time.time()) / 2
    except (OSError, RedisError, ValueError) as error:
        return [_unreachable("REDIS_URL", "Redis", error)]
    return list(_clock("Redis", seconds + micros / 1e6 - between))


def _clock(whose: str, skew: float) -> Iterator[Finding]:
    if abs(skew) > SKEW_MOST:
        yield Finding(
            "clocks",
            f"{whose} is {abs(skew):.0f} s {'ahead of' if skew > 0 else 'behind'} this machine"
            f" ({datetime.now(UTC):%H:%M:%S} UTC)",
            "links, codes and limits end too early or too late",
            "Keep both by NTP",
        )


def _folder(settings: Settings) -> Iterator[Finding]:
    """What others on the machine can read."""
    for name, what in {"evidence": "evidence files", "secret_key": "the secret key"}.items():
        path = settings.data_dir / name
        if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o007:
            yield Finding(
                "DATA_DIR",
                f"everybody on this machine can reach {path}",
                f"{what} are for the tracker alone",
                f"chmod -R o= {path}",
            )


def _account(settings: Settings) -> Iterator[Finding]:
    if os.geteuid() == 0:
        yield Finding(
            "account",
            "runs as root",
            "whatever goes wrong in it can then do anything on this machine",
            "Run it as an account of its own",
            unsafe=settings.production,
        )


def _unreachable(about: str, what: str, error: Exception) -> Finding:
    reason = (str(error).splitlines() or ["no answer"])[0]
    return Finding(
        about,
        f"{what} cannot be reached ({reason})",
        "nothing is known of it",
        "Check that it runs, and host, user and password",
    )
