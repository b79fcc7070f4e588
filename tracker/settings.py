"""The settings: one frozen object read from the environment.

Each field of `Settings` carries its environment name, its default as text, its parser and its
description, so that the table in the README, the error messages and the environment handed to
child processes all come from this one list. `python -m tracker.settings` prints the table;
with `--check FILE` it says which rows that file lacks.
"""

import os
import re
import secrets
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from email.utils import parseaddr
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

SECRET_CHARACTERS = 32
Network = IPv4Network | IPv6Network
LOG_LEVELS = ("debug", "info", "warning", "error")


class SettingsError(Exception):
    """One line naming every setting that is missing or wrong, and what it must look like."""


def setting(
    name: str, parse: Callable[[str], Any], default: str, description: str, *, secret: bool = False
) -> Any:
    """A field read from the environment variable `name`; an empty `default` gives None.

    `parse` raises ValueError with the rest of a sentence that starts with the setting's name.
    Secrets stay out of `repr`, and so out of logs and tracebacks.
    """
    return field(
        repr=not secret,
        metadata={"name": name, "parse": parse, "default": default, "description": description},
    )


@dataclass(frozen=True)
class Limit:
    """So many in so many seconds; `most` 0 stands for no limit."""

    most: int
    seconds: int

    def __str__(self) -> str:
        return f"{self.most}/{self.seconds}"


@dataclass(frozen=True)
class Limits:
    """What one account may do, and what may come from one address, which people share."""

    account: Limit
    address: Limit

    def __str__(self) -> str:
        return f"{self.account} {self.address}"


def limits_setting(name: str, default: str, what: str) -> Any:
    """A field that holds how often something may be done."""
    return setting(name, lambda text: _limits(text), default, what)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What an installation decides; `dataclasses.replace` makes variations."""

    database_url: str | None = setting(
        "DATABASE_URL",
        lambda text: _url(text, "postgresql", "postgres"),
        "",
        "PostgreSQL 18, `postgresql://user:password@host/database`. Not set: one is started in"
        " `DATA_DIR`.",
        secret=True,
    )
    database_owner_url: str | None = setting(
        "DATABASE_OWNER_URL",
        lambda text: _url(text, "postgresql", "postgres"),
        "",
        "The same database as the role that owns its tables. Only `tracker migrate` uses it, and"
        " then lets the role of `DATABASE_URL` do all but alter the audit trail. Not set:"
        " `DATABASE_URL`, whose role can then alter the trail.",
        secret=True,
    )
    redis_url: str | None = setting(
        "REDIS_URL",
        lambda text: _url(text, "redis", "rediss", "unix"),
        "",
        "Redis or Valkey, `redis://host:6379/0`. Not set: one is started in `DATA_DIR`.",
        secret=True,
    )
    smtp_url: str | None = setting(
        "SMTP_URL",
        lambda text: _url(text, "smtp", "smtps"),
        "",
        "The mail relay, `smtp://user:password@host:587?starttls=1` or `smtps://…`. Needed by the"
        " worker; the demonstration starts a catcher of its own.",
        secret=True,
    )
    base_url: str = setting(
        "BASE_URL",
        lambda text: _base_url(text),
        "",
        "The address people reach this installation at: links in mails are built from it, never"
        " from a request. Not set: `http://HOST:PORT`.",
    )
    host: str = setting("HOST", str, "127.0.0.1", "The address the web server listens on.")
    port: int = setting(
        "PORT", lambda text: _whole(text, 1, 65535), "8000", "The port the web server listens on."
    )
    secret_key: bytes = setting(
        "SECRET_KEY",
        lambda text: _secret(text),
        "",
        f"At least {SECRET_CHARACTERS} characters that nobody can guess; signs sessions and links."
        " Not set: made once and kept in `DATA_DIR`, but only for the demonstration or with an"
        " embedded database.",
        secret=True,
    )
    secret_keys_former: tuple[bytes, ...] | None = setting(
        "SECRET_KEYS_FORMER",
        lambda text: tuple(_secret(part.strip()) for part in text.split(",")),
        "",
        "Values that `SECRET_KEY` had before, separated by commas. What they sealed is still read,"
        " and sealed anew when it is used.",
        secret=True,
    )
    second_factor_for: str | None = setting(
        "SECOND_FACTOR_FOR",
        lambda text: _one_of(text, ("administrators", "secretariat")),
        "",
        "Who must have a second factor to sign in: `administrators`, or all of the `secretariat`."
        " Not set: whoever wants one.",
    )
    session_days: int = setting(
        "SESSION_DAYS",
        lambda text: _whole(text, 1, 90),
        "14",
        "After how many days a browser is asked to sign in again, however busy it is.",
    )
    session_idle_hours: int = setting(
        "SESSION_IDLE_HOURS",
        lambda text: _whole(text, 1, 2160),
        "72",
        "After how many hours without a request a session ends.",
    )
    sign_on_private: bool = setting(
        "SIGN_ON_PRIVATE",
        lambda text: _switch(text),
        "0",
        "`1` lets cities' sign-ons be at private addresses and without https: for tests and"
        " networks of your own. Otherwise the server asks nobody inside them.",
    )
    mail_from: str = setting(
        "MAIL_FROM",
        lambda text: _mailbox(text),
        "e-Sharing Tracker <tracker@localhost>",
        "The sender of digests and reminders.",
    )
    demonstration: bool = setting(
        "DEMONSTRATION",
        lambda text: _switch(text),
        "0",
        "`1` offers sign-in with one click per role and shows sent mails at `/dev/outbox`."
        " Never on an installation with real people.",
    )
    production: bool = setting(
        "PRODUCTION",
        lambda text: _switch(text),
        "0",
        "`1` for an installation with real people: the web server and the worker do not start with"
        " anything that `tracker doctor` calls unsafe.",
    )
    data_dir: Path = setting(
        "DATA_DIR",
        lambda text: _folder(text),
        ".data",
        "The folder for embedded servers, the generated secret key and evidence files.",
    )
    outbox_dir: Path | None = setting(
        "OUTBOX_DIR",
        lambda text: _folder(text),
        "",
        "Where the demonstration's mail catcher keeps what it accepted. Doubtful deliveries are"
        " settled by looking here.",
    )
    sweep_seconds: int = setting(
        "SWEEP_SECONDS",
        lambda text: _whole(text, 1, 3600),
        "60",
        "How often the worker looks for digests that are due. The demonstration uses 2.",
    )
    delivery_lease_seconds: int = setting(
        "DELIVERY_LEASE_SECONDS",
        lambda text: _whole(text, 5, 3600),
        "120",
        "How long a worker may hold a digest before another takes over; longer than the relay's"
        " slowest answer.",
    )
    database_pool_size: int = setting(
        "DATABASE_POOL_SIZE",
        lambda text: _whole(text, 2, 100),
        "8",
        "Database connections per process.",
    )
    plan_cache_size: int = setting(
        "PLAN_CACHE_SIZE",
        lambda text: _whole(text, 1, 100_000),
        "500",
        "How many compiled GraphQL documents a process keeps.",
    )
    socket_check_seconds: int = setting(
        "SOCKET_CHECK_SECONDS",
        lambda text: _whole(text, 1, 60),
        "30",
        "How often open WebSockets are checked for ended sessions and revoked tokens, besides at"
        " once when one ends.",
    )
    sockets_per_person: int = setting(
        "SOCKETS_PER_PERSON",
        lambda text: _whole(text, 1, 1000),
        "20",
        "Open WebSockets that one person may have in a process.",
    )
    answer_cache_mb: int = setting(
        "ANSWER_CACHE_MB",
        lambda text: _whole(text, 0, 10_000),
        "16",
        "Megabytes of answers that a process keeps and sends again while nothing in the database"
        " has changed; `0` keeps none.",
    )
    graphql_introspection: str | None = setting(
        "GRAPHQL_INTROSPECTION",
        lambda text: _one_of(text, ("everybody", "people")),
        "",
        "Who is shown the schema, and names that look like a mistyped one: `everybody`, or"
        " `people` who have signed in. Not set: people, and everybody in the demonstration.",
    )
    graphql_get: str | None = setting(
        "GRAPHQL_GET",
        lambda text: _one_of(text, ("everybody", "people")),
        "",
        "Who may send a query by GET, which other sites can make a browser do and which stands in"
        " the logs of proxies: `everybody`, or `people` who have signed in. Not set: everybody, and"
        " people with `PRODUCTION=1`. Documents asked for by their hash are for everybody.",
    )
    graphql_tokens: int = setting(
        "GRAPHQL_TOKENS",
        lambda text: _whole(text, 10, 100_000),
        "1000",
        "Tokens of a GraphQL document at most, and fields once its fragments are unfolded.",
    )
    graphql_depth: int = setting(
        "GRAPHQL_DEPTH",
        lambda text: _whole(text, 1, 50),
        "8",
        "How deep the fields of a document may nest.",
    )
    graphql_aliases: int = setting(
        "GRAPHQL_ALIASES", lambda text: _whole(text, 0, 10_000), "15", "Aliases in a document."
    )
    graphql_directives: int = setting(
        "GRAPHQL_DIRECTIVES",
        lambda text: _whole(text, 0, 10_000),
        "10",
        "Directives in a document.",
    )
    graphql_root_fields: int = setting(
        "GRAPHQL_ROOT_FIELDS",
        lambda text: _whole(text, 1, 1000),
        "15",
        "Fields at the top of an operation.",
    )
    graphql_rows: int = setting(
        "GRAPHQL_ROWS",
        lambda text: _whole(text, 1, 1_000_000),
        "5000",
        "Rows that the nested pages of an operation may ask for: the product of their sizes.",
    )
    graphql_page: int = setting(
        "GRAPHQL_PAGE", lambda text: _whole(text, 1, 100), "100", "Rows of a page: `first`, `last`."
    )
    graphql_body_bytes: int = setting(
        "GRAPHQL_BODY_BYTES",
        lambda text: _whole(text, 1000, 100_000_000),
        "100000",
        "Bytes of a request to the GraphQL API.",
    )
    graphql_json_depth: int = setting(
        "GRAPHQL_JSON_DEPTH",
        lambda text: _whole(text, 5, 500),
        "30",
        "How deep the variables of a request may nest.",
    )
    graphql_documents: int = setting(
        "GRAPHQL_DOCUMENTS",
        lambda text: _whole(text, 0, 100_000),
        "1000",
        "How many documents clients may leave to ask for by their hash; `0` turns that off.",
    )
    head_bytes: int = setting(
        "HEAD_BYTES",
        lambda text: _whole(text, 4000, 1_000_000),
        "64000",
        "Bytes of a request's line and headers.",
    )
    address_bytes: int = setting(
        "ADDRESS_BYTES",
        lambda text: _whole(text, 1000, 1_000_000),
        "16000",
        "Bytes of the address that a request is for, a query in it included.",
    )
    connections_per_address: int = setting(
        "CONNECTIONS_PER_ADDRESS",
        lambda text: _whole(text, 1, 100_000),
        "200",
        "Open connections that one address may have in a process; trusted proxies have any number.",
    )
    sockets_per_address: int = setting(
        "SOCKETS_PER_ADDRESS",
        lambda text: _whole(text, 1, 100_000),
        "100",
        "Open WebSockets of one address on which nobody has signed in.",
    )
    socket_message_bytes: int = setting(
        "SOCKET_MESSAGE_BYTES",
        lambda text: _whole(text, 1000, 10_000_000),
        "100000",
        "Bytes of one message over a WebSocket.",
    )
    form_bytes: int = setting(
        "FORM_BYTES", lambda text: _whole(text, 10_000, 10_000_000), "100000", "Bytes of a form."
    )
    form_fields: int = setting(
        "FORM_FIELDS", lambda text: _whole(text, 50, 10_000), "500", "Fields of a form."
    )
    file_mb: int = setting(
        "FILE_MB", lambda text: _whole(text, 1, 1000), "10", "Megabytes of one file."
    )
    upload_parts: int = setting(
        "UPLOAD_PARTS",
        lambda text: _whole(text, 4, 100),
        "10",
        "Parts of a request that carries files, each file and each field being one.",
    )
    files_per_project: int = setting(
        "FILES_PER_PROJECT",
        lambda text: _whole(text, 1, 1_000_000),
        "1000",
        "Files that the milestones of one project may hold together.",
    )
    files_mb_per_project: int = setting(
        "FILES_MB_PER_PROJECT",
        lambda text: _whole(text, 1, 1_000_000),
        "2000",
        "Megabytes of all files of one project.",
    )
    trusted_proxies: tuple[Network, ...] | None = setting(
        "TRUSTED_PROXIES",
        lambda text: _networks(text),
        "",
        "The addresses or networks of the proxies in front, with commas in between. Only they are"
        " believed when `X-Forwarded-For` says who sent a request.",
    )
    limit_sign_in: Limits = limits_setting(
        "LIMIT_SIGN_IN",
        "10/900 100/900",
        "Tries to sign in: how many in how many seconds for one account, then for one address,"
        " which people may share; `0/1` stands for no limit. So for each `LIMIT_…`.",
    )
    limit_mail: Limits = limits_setting(
        "LIMIT_MAIL", "5/900 50/900", "Mails that somebody asks for who has not signed in."
    )
    limit_api: Limits = limits_setting(
        "LIMIT_API", "6000/60 1500/60", "Requests to the GraphQL API."
    )
    limit_upload: Limits = limits_setting(
        "LIMIT_UPLOAD", "100/3600 500/3600", "Requests that carry files."
    )
    limit_export: Limits = limits_setting("LIMIT_EXPORT", "60/3600 300/3600", "Exports.")
    limit_invitation: Limits = limits_setting(
        "LIMIT_INVITATION", "100/86400 500/86400", "Invitations sent."
    )
    errors_logged: int = setting(
        "ERRORS_LOGGED",
        lambda text: _whole(text, 1, 100_000),
        "10",
        "Unexpected errors of the GraphQL API that are logged per client and minute; more are"
        " only counted.",
    )
    log_level: str = setting(
        "LOG_LEVEL",
        lambda text: _one_of(text, LOG_LEVELS),
        "info",
        "`debug`, `info`, `warning` or `error`.",
    )

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> "Settings":
        """Read every setting; an empty variable counts as not set.

        Raises SettingsError naming all bad values at once. Makes the secret key's file in the
        data folder when it is needed and absent.
        """
        values, errors = _read(environ)
        if not errors and not values["secret_key"] and not _may_make_secret(values):
            errors.append("SECRET_KEY is not set, and DATABASE_URL names a database for real use")
        if not errors and values["database_owner_url"] and not values["database_url"]:
            errors.append("DATABASE_OWNER_URL is set, and DATABASE_URL is not")
        if errors:
            raise SettingsError("; ".join(errors))
        values["base_url"] = (
            values["base_url"] or f"http://{_host(values['host'])}:{values['port']}"
        )
        values["secret_key"] = values["secret_key"] or _kept_secret(values["data_dir"])
        return cls(**values)

    def limits(self, kind: str) -> Limits:
        """How often something of that kind may be done; its field is `limit_<kind>`."""
        found: Limits = getattr(self, f"limit_{kind}")
        return found

    def to_environment(self) -> dict[str, str]:
        """The variables from which `from_environment` makes an equal object in a child process."""
        values = {f.metadata["name"]: getattr(self, f.name) for f in fields(self)}
        return {name: _text(value) for name, value in values.items() if value is not None}


def table() -> str:
    """The settings as the Markdown table that the README holds."""
    return "\n".join(["| setting | default | what it is |", "|---|---|---|", *_rows()])


def undocumented(text: str) -> list[str]:
    """The rows of the table that a document lacks."""
    lines = set(text.splitlines())
    return [row for row in _rows() if row not in lines]


def _rows() -> list[str]:
    shown = [(f.metadata, f.metadata["default"]) for f in fields(Settings)]
    return [
        f"| `{meta['name']}` | {f'`{default}`' if default else '–'} | {meta['description']} |"
        for meta, default in shown
    ]


def _read(environ: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
    """The values by field name, and one complaint for each that cannot be read."""
    values: dict[str, Any] = {}
    errors: list[str] = []
    for each in fields(Settings):
        meta = each.metadata
        text = environ.get(meta["name"], "").strip() or meta["default"]
        try:
            values[each.name] = meta["parse"](text) if text else None
        except ValueError as error:
            errors.append(f"{meta['name']} {error}")
    return values, errors


def _may_make_secret(values: Mapping[str, Any]) -> bool:
    """A generated key lives in one machine's data folder: wrong as soon as two share a database."""
    return values["demonstration"] or not values["database_url"]


def _kept_secret(data_dir: Path) -> bytes:
    """The key made by the first start; linked into place whole, so that two starts agree on one."""
    path = data_dir / "secret_key"
    try:
        if not path.exists():
            data_dir.mkdir(parents=True, exist_ok=True)
            # mkstemp's files are readable by their owner only.
            handle, name = tempfile.mkstemp(dir=data_dir, prefix="secret_key.")
            with os.fdopen(handle, "w") as file:
                file.write(secrets.token_urlsafe(48))
            try:
                os.link(name, path)
            except FileExistsError:
                pass  # another start was first; its key is the one
            finally:
                os.unlink(name)
        return _secret(path.read_text().strip())
    except (OSError, ValueError) as error:
        raise SettingsError(f"SECRET_KEY is not set and {path} cannot be used: {error}") from error


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, tuple):
        return ",".join(map(_text, value))
    return value.decode() if isinstance(value, bytes) else str(value)


def _host(host: str) -> str:
    """The host as a URL writes it; "every address" is reached as this machine."""
    if host in ("0.0.0.0", "::"):  # noqa: S104 - compared, not bound
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


def _split(text: str, schemes: tuple[str, ...]) -> SplitResult:
    try:
        parts = urlsplit(text)
        _ = parts.port  # read here because it raises for a port that is no number
    except ValueError as error:
        raise ValueError(f"is not an address ({error})") from error
    if parts.scheme not in schemes:
        raise ValueError(f"must start with {' or '.join(f'{s}://' for s in schemes)}")
    return parts


def _url(text: str, *schemes: str) -> str:
    parts = _split(text, schemes)
    if not parts.hostname and not parts.path.strip("/") and not parts.query:
        raise ValueError("names no host")
    return text


def _base_url(text: str) -> str:
    parts = _split(text, ("http", "https"))
    if not parts.hostname or parts.query or parts.fragment or parts.username:
        raise ValueError("must look like https://tracker.example.org")
    return text.rstrip("/")


def _whole(text: str, low: int, high: int) -> int:
    if not (text.isascii() and text.isdigit() and low <= int(text) <= high):
        raise ValueError(f"must be a whole number from {low} to {high}, not {text[:20]!r}")
    return int(text)


def _limits(text: str) -> Limits:
    found = re.fullmatch(r"([0-9]{1,9})/([0-9]{1,5}) ([0-9]{1,9})/([0-9]{1,5})", text)
    numbers = [int(each) for each in found.groups()] if found else []
    if not numbers or not all(1 <= seconds <= 86_400 for seconds in numbers[1::2]):
        raise ValueError("must look like 10/900 100/900: number/seconds for an account and an"
                         f" address, at most a day, not {text[:40]!r}")  # fmt: skip
    return Limits(Limit(*numbers[:2]), Limit(*numbers[2:]))


def _networks(text: str) -> tuple[Network, ...]:
    try:
        return tuple(ip_network(each.strip()) for each in text.split(",") if each.strip())
    except ValueError as error:
        raise ValueError(f"must look like 10.0.0.5,fd00::/64 ({error})") from error


def _switch(text: str) -> bool:
    yes, no = ("1", "yes", "true", "on"), ("0", "no", "false", "off")
    return _one_of(text, yes + no) in yes


def _one_of(text: str, choices: tuple[str, ...]) -> str:
    if text.lower() not in choices:
        raise ValueError(f"must be one of {', '.join(choices)}, not {text[:20]!r}")
    return text.lower()


def _secret(text: str) -> bytes:
    if len(text) < SECRET_CHARACTERS:
        raise ValueError(f"must have at least {SECRET_CHARACTERS} characters, has {len(text)}")
    return text.encode()


def _mailbox(text: str) -> str:
    _, address = parseaddr(text)
    local, _, domain = address.rpartition("@")
    if not (local and domain) or any(c in text for c in "\r\n"):
        raise ValueError("must look like Name <name@example.org>")
    return text


def _folder(text: str) -> Path:
    return Path(text).expanduser().absolute()


def main(arguments: list[str]) -> int:
    """Print the table, or 1 and the missing rows for a document that lacks some."""
    if arguments[:1] != ["--check"]:
        print(table())
        return 0
    missing = undocumented(Path(arguments[1]).read_text(encoding="utf-8"))
    print("\n".join([f"{arguments[1]} lacks:", *missing] if missing else ["Settings documented."]))
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
