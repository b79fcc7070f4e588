"""Checks before a start, so that a wrong setting ends with one clear line and changes nothing."""

import socket
from urllib.parse import urlsplit

from tracker.settings import Settings

CONNECT_SECONDS = 5


class NotReady(Exception):
    """A server does not answer, or a port is taken; one line that says which setting to check."""


async def require_answers(settings: Settings) -> None:
    """Raise NotReady unless every configured server lets us in."""
    if settings.database_url:
        await _require_database(settings.database_url, "DATABASE_URL")
    if settings.redis_url:
        await _require_redis(settings.redis_url)


async def require_owner(settings: Settings) -> None:
    """Raise NotReady unless the database lets in the role that owns its tables."""
    if settings.database_owner_url:
        await _require_database(settings.database_owner_url, "DATABASE_OWNER_URL")


async def _require_database(address: str, setting: str) -> None:
    import asyncpg

    expected = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, ValueError)
    try:
        connection = await asyncpg.connect(address, timeout=CONNECT_SECONDS)
        await connection.close()
    except expected as error:
        name = urlsplit(address).path.strip("/") or "(none)"
        raise NotReady(
            f"database {name} on {_place(address)} cannot be used ({_reason(error)}):"
            f" check that it runs, and host, name, user and password in {setting}"
        ) from error


async def _require_redis(address: str) -> None:
    from redis.asyncio import Redis
    from redis.exceptions import RedisError

    connection = Redis.from_url(address, socket_connect_timeout=CONNECT_SECONDS)
    try:
        await connection.ping()
    except (OSError, RedisError, ValueError) as error:
        raise NotReady(
            f"Redis on {_place(address)} cannot be used ({_reason(error)}):"
            " check that it runs, and host and password in REDIS_URL"
        ) from error
    finally:
        await connection.aclose()


def require_free_port(settings: Settings) -> None:
    """Raise NotReady if the web server could not listen where it should."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            raise NotReady(
                f"cannot listen on {settings.host} port {settings.port} ({error.strerror}):"
                " choose another with --port or PORT, another address with HOST"
            ) from error


def _place(address: str) -> str:
    """Where an address points, without user and password."""
    parts = urlsplit(address)
    host = parts.hostname or parts.path or "this machine"
    return f"{host}:{parts.port}" if parts.port else host


def _reason(error: BaseException) -> str:
    """The first line; a time-out says nothing by itself."""
    return (str(error).splitlines() or ["no answer"])[0]
