"""What the settings alone tell."""

from collections.abc import Iterator
from ipaddress import ip_address
from urllib.parse import parse_qs, urlsplit

from tracker.doctor.findings import Finding
from tracker.settings import Limit, Network, Settings

LOCAL = ("localhost", "")
DEFAULT_PASSWORDS = ("", "postgres", "password", "tracker", "admin", "root", "secret", "changeme")
PASSWORD_LEAST = 12

DISTINCT_LEAST = 12
"""Different characters that a key must have; random ones of 32 hexadecimal digits nearly always
have more."""

KNOWN_KEYS = ("0123456789abcdef", "change", "example", "secret", "password", "abcdefghijkl")

ADDRESSES_MOST = 2**16
"""Proxies in front are a few, or a private network of that size."""

OTHERS_MOST = 2**8
"""… or somebody's public network of this one."""

TRIES_MOST = Limit(10, 900)
"""Failures to sign in to one account."""


def chosen(settings: Settings) -> Iterator[Finding]:
    """What is unsafe whatever the surroundings are."""
    for look in (_ways_in, _secrets, _database, _redis, _mail, _proxies, _limits, _disclosure):
        yield from look(settings)


def _ways_in(settings: Settings) -> Iterator[Finding]:
    if not settings.base_url.startswith("https://"):
        yield Finding(
            "BASE_URL",
            f"is {settings.base_url}, not https",
            "passwords, links and sessions travel readable, and cookies lack Secure",
            "Put a proxy with TLS in front and set BASE_URL to its https address",
        )
    if settings.demonstration:
        yield Finding(
            "DEMONSTRATION",
            "is on",
            "anybody signs in as anybody with one click and reads all mails",
            "Leave it out where people are real",
        )
    if settings.sign_on_private:
        yield Finding(
            "SIGN_ON_PRIVATE",
            "is on",
            "who sets up a city's sign-on can have the server ask addresses of the inner network",
            "Leave it out; a provider has a public https address",
        )
    if settings.host in ("0.0.0.0", "::"):  # noqa: S104 - compared, not bound
        yield Finding(
            "HOST",
            "listens on every address",
            "the port without TLS can be reached past the proxy unless a firewall stops it",
            "Listen on the address that the proxy asks, or close the port to everybody else",
            unsafe=False,
        )


def _secrets(settings: Settings) -> Iterator[Finding]:
    key = settings.secret_key.decode(errors="replace").lower()
    if len(set(key)) < DISTINCT_LEAST or any(known in key for known in KNOWN_KEYS):
        yield Finding(
            "SECRET_KEY",
            "can be guessed",
            "whoever knows it makes forms and links that are taken for ours",
            "Set it to what `python -c 'import secrets; print(secrets.token_urlsafe(48))'` prints",
        )
    if settings.log_level == "debug":
        yield Finding(
            "LOG_LEVEL",
            "is debug",
            "libraries then log what they send, addresses and tokens among it",
            "Set it to info or warning",
        )


def _database(settings: Settings) -> Iterator[Finding]:
    if settings.database_url is None:
        yield Finding(
            "DATABASE_URL",
            "is not set, so the database lies in DATA_DIR",
            "it is a server for trying things out, on this machine alone",
            "Name a database that is looked after and backed up",
            unsafe=settings.production,
        )
        return
    parts = urlsplit(settings.database_url)
    if _is_far(parts.hostname):
        mode = parse_qs(parts.query).get("sslmode", ["prefer"])[0]
        if mode not in ("require", "verify-ca", "verify-full"):
            yield Finding(
                "DATABASE_URL",
                "reaches the database over the network without insisting on TLS",
                "whoever is in between reads and changes everything",
                "Add ?sslmode=verify-full, or use a Unix socket",
            )
        if (parts.password or "") in DEFAULT_PASSWORDS or len(
            parts.password or ""
        ) < PASSWORD_LEAST:
            yield Finding(
                "DATABASE_URL",
                "has no password, a usual one or a short one",
                "whoever reaches the server is let in",
                f"Give the role a random password of at least {PASSWORD_LEAST} characters",
            )


def _redis(settings: Settings) -> Iterator[Finding]:
    parts = urlsplit(settings.redis_url or "unix:///")
    if parts.scheme == "unix":
        return
    if not parts.password:
        yield Finding(
            "REDIS_URL",
            "reaches Redis over TCP without a password",
            "whoever reaches it takes limits off and reads who follows what",
            "Set a password in Redis and in REDIS_URL, or use unix://",
        )
    if parts.scheme != "rediss" and _is_far(parts.hostname):
        yield Finding(
            "REDIS_URL",
            "reaches Redis over the network without TLS",
            "whoever is in between reads its password",
            "Use rediss://, or a Redis on this machine",
        )


def _is_readable(address: str, scheme: str = "smtp") -> bool:
    parts = urlsplit(address)
    starttls = parse_qs(parts.query).get("starttls", ["0"])[0] == "1"
    return parts.scheme == scheme and _is_far(parts.hostname) and not starttls


def _mail(settings: Settings) -> Iterator[Finding]:
    if any(map(_is_readable, (settings.smtp_url or "").split())):
        yield Finding(
            "SMTP_URL",
            "hands mails over without TLS",
            "sign-in links travel readable",
            "Add ?starttls=1, or use smtps://",
        )
    for name, box in (("INBOUND_BOX", settings.inbound_box), ("JOURNAL_BOX", settings.journal_box)):
        if box and _is_readable(box, "imap"):
            yield Finding(
                name,
                "is looked into without TLS",
                "whoever is in between reads its password and all mails",
                "Use imaps://, or add ?starttls=1",
            )
    if settings.outbox_dir and not settings.demonstration:
        yield Finding(
            "OUTBOX_DIR",
            "keeps a copy of every mail",
            "sign-in links lie in it readable",
            "Leave it out where there is no demonstration",
        )
    if settings.mail_from.rstrip(">").endswith("@localhost"):
        yield Finding(
            "MAIL_FROM",
            "names no domain",
            "such mails are taken for forged and are not delivered",
            "Set it to an address of a domain with SPF and DKIM",
            unsafe=False,
        )


def _proxies(settings: Settings) -> Iterator[Finding]:
    wide = [str(each) for each in settings.trusted_proxies or () if _is_wide(each)]
    if wide:
        yield Finding(
            "TRUSTED_PROXIES",
            f"believes {', '.join(wide)}",
            "whoever is in it says which address they have, and is never limited",
            "Name the proxies themselves",
        )
    if not settings.trusted_proxies and settings.base_url.startswith("https://"):
        yield Finding(
            "TRUSTED_PROXIES",
            "names nobody",
            "behind the proxy everybody has its address, and shares the limits of one",
            "Name the address that the proxy asks from",
            unsafe=False,
        )


def _limits(settings: Settings) -> Iterator[Finding]:
    tries = settings.limit_sign_in.account
    if not tries.most or tries.most / tries.seconds > TRIES_MOST.most / TRIES_MOST.seconds:
        yield Finding(
            "LIMIT_SIGN_IN",
            f"lets through {tries} for an account",
            "passwords and codes can be tried out",
            f"At most {TRIES_MOST}: ten in a quarter of an hour",
        )
    if not settings.limit_sign_in.address.most:
        yield Finding(
            "LIMIT_SIGN_IN",
            "has no limit for an address",
            "usual passwords can be tried out on every account",
            "Give a number for an address, such as 50/900",
        )
    for name in ("mail", "api", "upload", "export", "invitation", "trial"):
        limits = settings.limits(name)
        if not (limits.account.most and limits.address.most):
            yield Finding(
                f"LIMIT_{name.upper()}",
                "has no limit",
                "one client can take up the installation",
                "Give a number for an account and one for an address",
            )
    for name, most in {"depth": 20, "rows": 100_000, "body_bytes": 10_000_000}.items():
        if getattr(settings, f"graphql_{name}") > most:
            yield Finding(
                f"GRAPHQL_{name.upper()}",
                f"is above {most:,}",
                "one document can take up the database",
                "Lower it; the default is made for use by everybody",
            )


def _disclosure(settings: Settings) -> Iterator[Finding]:
    if settings.graphql_introspection == "everybody":
        yield Finding(
            "GRAPHQL_INTROSPECTION",
            "shows the schema to everybody",
            "whoever looks for a way in is told all of them",
            "Leave it out, so that only people who have signed in are shown it",
        )


def _is_far(host: str | None) -> bool:
    """Whether the host is another machine; a path or no host is a Unix socket."""
    if host is None or host in LOCAL:
        return False
    try:
        return not ip_address(host).is_loopback
    except ValueError:
        return True


def _is_wide(network: Network) -> bool:
    if network.version == 6:
        return network.num_addresses > 2**80
    return network.num_addresses > (ADDRESSES_MOST if network.is_private else OTHERS_MOST)
