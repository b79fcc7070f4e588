"""The settings: one frozen object read from the environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from tracker.settings import parse
from tracker.settings.declare import SettingsError, limits_setting, setting
from tracker.settings.parse import DkimKey, Limits, MailRate, Network
from tracker.settings.secret import kept_secret

LOG_LEVELS = ("debug", "info", "warning", "error")


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What an installation decides; `dataclasses.replace` makes variations."""

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
    smtp_url: str | None = setting(
        "SMTP_URL",
        parse.urls("smtp", "smtps"),
        "",
        "The mail relay, `smtp://user:password@host:587?starttls=1` or `smtps://…`; several with"
        " blanks in between: those with the lowest `order=` (default 1) that can be reached share"
        " the mails by their `weight=` (default 1). Needed by the worker; the demonstration starts"
        " a catcher of its own.",
        secret=True,
    )
    smtp_connections: int = setting(
        "SMTP_CONNECTIONS",
        parse.whole(1, 100),
        "8",
        "Connections to each relay that a worker keeps open while it has mails to send.",
    )
    mail_rates: tuple[MailRate, ...] | None = setting(
        "MAIL_RATES",
        parse.mail_rates,
        "",
        "How many mails a minute all workers send to the addresses of one domain,"
        " `gmail.com=100,*=600`; `*` is each other domain. What somebody waits for always goes.",
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
        "`1` lets cities' sign-ons, and channels for digests, be at private addresses and without"
        " https: for tests and networks of your own. Otherwise the server asks nobody inside them.",
    )
    mail_from: str = setting(
        "MAIL_FROM",
        parse.mailbox,
        "e-Sharing Tracker <tracker@localhost>",
        "The sender of digests and reminders.",
    )
    dkim_keys: tuple[DkimKey, ...] | None = setting(
        "DKIM_KEYS",
        parse.dkim_keys,
        "",
        "Keys that sign mails for the domain of `MAIL_FROM` (DKIM), `selector:file.pem`, RSA or"
        " Ed25519, with commas in between. `tracker mail records` prints what DNS must say.",
    )
    reply_address: str | None = setting(
        "REPLY_ADDRESS",
        parse.mailbox,
        "",
        "The mailbox for replies, such as `reply@tracker.example.org`: mails then say"
        " `Reply-To: reply+…@`, and what comes there is to be piped into `tracker inbound`. Not"
        " set: mails take no replies.",
    )
    reply_authserv: str | None = setting(
        "REPLY_AUTHSERV",
        str,
        "",
        "What your own mail server calls itself in Authentication-Results (RFC 8601). Set, a reply"
        " counts only with its `dmarc=pass`.",
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
    outbox_dir: Path | None = setting(
        "OUTBOX_DIR",
        parse.folder,
        "",
        "Where the demonstration's mail catcher keeps what it accepted. Doubtful deliveries are"
        " settled by looking here.",
    )
    sweep_seconds: int = setting(
        "SWEEP_SECONDS",
        parse.whole(1, 3600),
        "60",
        "How often the worker looks for digests that are due. The demonstration uses 2.",
    )
    delivery_lease_seconds: int = setting(
        "DELIVERY_LEASE_SECONDS",
        parse.whole(5, 3600),
        "120",
        "How long a worker may hold a digest before another takes over; longer than the relay's"
        " slowest answer.",
    )
    database_pool_size: int = setting(
        "DATABASE_POOL_SIZE",
        parse.whole(2, 100),
        "8",
        "Database connections per process.",
    )
    plan_cache_size: int = setting(
        "PLAN_CACHE_SIZE",
        parse.whole(1, 100_000),
        "500",
        "How many compiled GraphQL documents a process keeps.",
    )
    socket_check_seconds: int = setting(
        "SOCKET_CHECK_SECONDS",
        parse.whole(1, 60),
        "30",
        "How often open WebSockets are checked for ended sessions and revoked tokens, besides at"
        " once when one ends.",
    )
    sockets_per_person: int = setting(
        "SOCKETS_PER_PERSON",
        parse.whole(1, 1000),
        "20",
        "Open WebSockets that one person may have in a process.",
    )
    answer_cache_mb: int = setting(
        "ANSWER_CACHE_MB",
        parse.whole(0, 10_000),
        "16",
        "Megabytes of answers that a process keeps and sends again while nothing in the database"
        " has changed; `0` keeps none.",
    )
    graphql_introspection: str | None = setting(
        "GRAPHQL_INTROSPECTION",
        parse.one_of("everybody", "people"),
        "",
        "Who is shown the schema, and names that look like a mistyped one: `everybody`, or"
        " `people` who have signed in. Not set: people, and everybody in the demonstration.",
    )
    graphql_get: str | None = setting(
        "GRAPHQL_GET",
        parse.one_of("everybody", "people"),
        "",
        "Who may send a query by GET, which other sites can make a browser do and which stands in"
        " the logs of proxies: `everybody`, or `people` who have signed in. Not set: everybody, and"
        " people with `PRODUCTION=1`. Documents asked for by their hash are for everybody.",
    )
    graphql_tokens: int = setting(
        "GRAPHQL_TOKENS",
        parse.whole(10, 100_000),
        "1000",
        "Tokens of a GraphQL document at most, and fields once its fragments are unfolded.",
    )
    graphql_depth: int = setting(
        "GRAPHQL_DEPTH",
        parse.whole(1, 50),
        "8",
        "How deep the fields of a document may nest; `nodes`, `edges`, `node` and `pageInfo` of a"
        " connection count as no level.",
    )
    graphql_aliases: int = setting(
        "GRAPHQL_ALIASES", parse.whole(0, 10_000), "15", "Aliases in a document."
    )
    graphql_directives: int = setting(
        "GRAPHQL_DIRECTIVES",
        parse.whole(0, 10_000),
        "10",
        "Directives in a document.",
    )
    graphql_root_fields: int = setting(
        "GRAPHQL_ROOT_FIELDS",
        parse.whole(1, 1000),
        "15",
        "Fields at the top of an operation.",
    )
    graphql_rows: int = setting(
        "GRAPHQL_ROWS",
        parse.whole(1, 1_000_000),
        "5000",
        "Rows that the nested pages of an operation may ask for: the product of their sizes.",
    )
    graphql_page: int = setting(
        "GRAPHQL_PAGE", parse.whole(1, 100), "100", "Rows of a page: `first`, `last`."
    )
    graphql_body_bytes: int = setting(
        "GRAPHQL_BODY_BYTES",
        parse.whole(1000, 100_000_000),
        "100000",
        "Bytes of a request to the GraphQL API.",
    )
    graphql_json_depth: int = setting(
        "GRAPHQL_JSON_DEPTH",
        parse.whole(5, 500),
        "30",
        "How deep the variables of a request may nest.",
    )
    graphql_documents: int = setting(
        "GRAPHQL_DOCUMENTS",
        parse.whole(0, 100_000),
        "1000",
        "How many documents clients may leave to ask for by their hash; `0` turns that off.",
    )
    head_bytes: int = setting(
        "HEAD_BYTES",
        parse.whole(4000, 1_000_000),
        "64000",
        "Bytes of a request's line and headers.",
    )
    address_bytes: int = setting(
        "ADDRESS_BYTES",
        parse.whole(1000, 1_000_000),
        "16000",
        "Bytes of the address that a request is for, a query in it included.",
    )
    connections_per_address: int = setting(
        "CONNECTIONS_PER_ADDRESS",
        parse.whole(1, 100_000),
        "200",
        "Open connections that one address may have in a process; trusted proxies have any number.",
    )
    sockets_per_address: int = setting(
        "SOCKETS_PER_ADDRESS",
        parse.whole(1, 100_000),
        "100",
        "Open WebSockets of one address on which nobody has signed in.",
    )
    socket_message_bytes: int = setting(
        "SOCKET_MESSAGE_BYTES",
        parse.whole(1000, 10_000_000),
        "100000",
        "Bytes of one message over a WebSocket.",
    )
    form_bytes: int = setting(
        "FORM_BYTES", parse.whole(10_000, 10_000_000), "100000", "Bytes of a form."
    )
    form_fields: int = setting("FORM_FIELDS", parse.whole(50, 10_000), "500", "Fields of a form.")
    file_mb: int = setting("FILE_MB", parse.whole(1, 1000), "10", "Megabytes of one file.")
    upload_parts: int = setting(
        "UPLOAD_PARTS",
        parse.whole(4, 100),
        "10",
        "Parts of a request that carries files, each file and each field being one.",
    )
    files_per_project: int = setting(
        "FILES_PER_PROJECT",
        parse.whole(1, 1_000_000),
        "1000",
        "Files that the milestones of one project may hold together.",
    )
    files_mb_per_project: int = setting(
        "FILES_MB_PER_PROJECT",
        parse.whole(1, 1_000_000),
        "2000",
        "Megabytes of all files of one project.",
    )
    trusted_proxies: tuple[Network, ...] | None = setting(
        "TRUSTED_PROXIES",
        parse.networks,
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
        parse.whole(1, 100_000),
        "10",
        "Unexpected errors of the GraphQL API that are logged per client and minute; more are"
        " only counted.",
    )
    log_level: str = setting(
        "LOG_LEVEL",
        parse.one_of(*LOG_LEVELS),
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
            values["base_url"] or f"http://{parse.host(values['host'])}:{values['port']}"
        )
        values["secret_key"] = values["secret_key"] or kept_secret(values["data_dir"])
        return cls(**values)

    def limits(self, kind: str) -> Limits:
        """How often something of that kind may be done; its field is `limit_<kind>`."""
        found: Limits = getattr(self, f"limit_{kind}")
        return found

    def to_environment(self) -> dict[str, str]:
        """The variables from which `from_environment` makes an equal object in a child process."""
        values = {f.metadata["name"]: getattr(self, f.name) for f in fields(self)}
        return {name: parse.text(value) for name, value in values.items() if value is not None}


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
