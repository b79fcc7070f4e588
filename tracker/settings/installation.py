"""Settings about what an installation runs on, and who may get in."""

from dataclasses import dataclass
from pathlib import Path

from tracker.settings import parse
from tracker.settings.declare import setting
from tracker.settings.parse import Network

LOG_LEVELS = ("debug", "info", "warning", "error")


@dataclass(frozen=True, kw_only=True)
class InstallationSettings:
    """Servers, addresses, secrets, folders."""

    database_url: str | None = setting(
        "DATABASE_URL",
        parse.url("postgresql", "postgres"),
        "",
        "PostgreSQL 18, `postgresql://user:password@host/database`. Not set: one is started in"
        " `DATA_DIR`.",
        secret=True,
    )
    database_owner_url: str | None = setting(
        "DATABASE_OWNER_URL",
        parse.url("postgresql", "postgres"),
        "",
        "The same database as the role that owns its tables. Only `tracker migrate` uses it, and"
        " then lets the role of `DATABASE_URL` do all but alter the audit trail. Not set:"
        " `DATABASE_URL`, whose role can then alter the trail.",
        secret=True,
    )
    redis_url: str | None = setting(
        "REDIS_URL",
        parse.url("redis", "rediss", "unix"),
        "",
        "Redis or Valkey, `redis://host:6379/0`. Not set: one is started in `DATA_DIR`.",
        secret=True,
    )
    base_url: str = setting(
        "BASE_URL",
        parse.base_url,
        "",
        "The address people reach this installation at: links in mails are built from it, never"
        " from a request. Not set: `http://HOST:PORT`.",
    )
    host: str = setting("HOST", str, "127.0.0.1", "The address the web server listens on.")
    port: int = setting(
        "PORT", parse.whole(1, 65535), "8000", "The port the web server listens on."
    )
    secret_key: bytes = setting(
        "SECRET_KEY",
        parse.secret,
        "",
        f"At least {parse.SECRET_CHARACTERS} characters that nobody can guess; signs sessions and"
        " links. Not set: made once and kept in `DATA_DIR`, but only for the demonstration or with"
        " an embedded database.",
        secret=True,
    )
    secret_keys_former: tuple[bytes, ...] | None = setting(
        "SECRET_KEYS_FORMER",
        parse.former_secrets,
        "",
        "Values that `SECRET_KEY` had before, separated by commas. What they sealed is still read,"
        " and sealed anew when it is used.",
        secret=True,
    )
    second_factor_for: str | None = setting(
        "SECOND_FACTOR_FOR",
        parse.one_of("administrators", "secretariat"),
        "",
        "Who must have a second factor to sign in: `administrators`, or all of the `secretariat`."
        " Not set: whoever wants one.",
    )
    session_days: int = setting(
        "SESSION_DAYS",
        parse.whole(1, 90),
        "14",
        "After how many days a browser is asked to sign in again, however busy it is.",
    )
    session_idle_hours: int = setting(
        "SESSION_IDLE_HOURS",
        parse.whole(1, 2160),
        "72",
        "After how many hours without a request a session ends.",
    )
    sign_on_private: bool = setting(
        "SIGN_ON_PRIVATE",
        parse.switch,
        "0",
        "`1` lets cities' sign-ons be at private addresses and without https: for tests and"
        " networks of your own. Otherwise the server asks nobody inside them.",
    )
    private_channels: tuple[str, ...] | None = setting(
        "PRIVATE_CHANNELS",
        parse.hosts,
        "",
        "Servers inside your own network that digests may be posted to, also without https, with"
        " commas in between: `mattermost.city.example,127.0.0.1:9000`; without a port, at any."
        " Everybody who gets digests can have theirs posted there. Not set: to public servers by"
        " https alone.",
    )
    demonstration: bool = setting(
        "DEMONSTRATION",
        parse.switch,
        "0",
        "`1` offers sign-in with one click per role and shows sent mails at `/dev/outbox`."
        " Never on an installation with real people.",
    )
    production: bool = setting(
        "PRODUCTION",
        parse.switch,
        "0",
        "`1` for an installation with real people: the web server and the worker do not start with"
        " anything that `tracker doctor` calls unsafe.",
    )
    data_dir: Path = setting(
        "DATA_DIR",
        parse.folder,
        ".data",
        "The folder for embedded servers, the generated secret key and evidence files.",
    )
    sweep_seconds: int = setting(
        "SWEEP_SECONDS",
        parse.whole(1, 3600),
        "60",
        "How often the worker looks for digests that are due. The demonstration uses 2.",
    )
    database_pool_size: int = setting(
        "DATABASE_POOL_SIZE",
        parse.whole(2, 100),
        "8",
        "Database connections per process.",
    )
    trusted_proxies: tuple[Network, ...] | None = setting(
        "TRUSTED_PROXIES",
        parse.networks,
        "",
        "The addresses or networks of the proxies in front, with commas in between. Only they are"
        " believed when `X-Forwarded-For` says who sent a request.",
    )
    log_level: str = setting(
        "LOG_LEVEL",
        parse.one_of(*LOG_LEVELS),
        "info",
        "`debug`, `info`, `warning` or `error`.",
    )
