"""Values of settings from text: each function reads one form of them, or raises ValueError with the
rest of a sentence that starts with the setting's name."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

SECRET_CHARACTERS = 32

_ATOM, _LABEL = r"[a-zA-Z0-9!#$%&'*+/=?^_`{|}~-]+", r"[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
_ADDRESS = rf"(?=[^@]{{1,64}}@){_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})*"
MAILBOX = re.compile(rf'{_ADDRESS}|(?:"[^"\\]*" *|(?!.*=\?)[^][()<>@,:;"\\]*)<{_ADDRESS}>')
"""A mailbox (RFC 5322, 3.4), without what nobody writes today: comments and routes."""

MAILBOX_MOST = 320
"""Characters."""

Network = IPv4Network | IPv6Network


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


@dataclass(frozen=True)
class DkimKey:
    """A key that signs mails: its selector (RFC 6376), and the PEM file that holds it."""

    selector: str
    file: Path

    def __str__(self) -> str:
        return f"{self.selector}:{self.file}"


@dataclass(frozen=True)
class MailRate:
    """So many mails a minute to the addresses of one domain; `*` stands for each other one."""

    domain: str
    most: int

    def __str__(self) -> str:
        return f"{self.domain}={self.most}"


def urls(*schemes: str) -> Callable[[str], str]:
    """Several addresses as `url` reads them, with blanks in between."""

    def read(text: str) -> str:
        return " ".join(url(*schemes)(each) for each in text.split())

    return read


def mail_rates(text: str) -> tuple[MailRate, ...]:
    """Several rates, with commas in between."""
    found = re.findall(r"\s*([a-zA-Z0-9.-]+|\*)=([0-9]{1,6})\s*(?:,|$)", text)
    rates = tuple(MailRate(domain.lower(), int(most)) for domain, most in found)
    if len(rates) != len(text.split(",")) or not all(each.most for each in rates):
        raise ValueError(f"must look like gmail.com=100,*=600, not {text[:40]!r}")
    return rates


def url(*schemes: str) -> Callable[[str], str]:
    """An address of one of the schemes that names a host or a path."""

    def read(text: str) -> str:
        parts = _split(text, schemes)
        if not parts.hostname and not parts.path.strip("/") and not parts.query:
            raise ValueError("names no host")
        return text

    return read


def base_url(text: str) -> str:
    """Where people reach the installation, with no slash at the end."""
    parts = _split(text, ("http", "https"))
    if not parts.hostname or parts.query or parts.fragment or parts.username:
        raise ValueError("must look like https://tracker.example.org")
    return text.rstrip("/")


def whole(low: int, high: int) -> Callable[[str], int]:
    """A whole number within bounds, both included."""

    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit() and low <= int(text) <= high):
            raise ValueError(f"must be a whole number from {low} to {high}, not {text[:20]!r}")
        return int(text)

    return read


def limits(text: str) -> Limits:
    """How often for an account, then for an address."""
    found = re.fullmatch(r"([0-9]{1,9})/([0-9]{1,5}) ([0-9]{1,9})/([0-9]{1,5})", text)
    numbers = [int(each) for each in found.groups()] if found else []
    if not numbers or not all(1 <= seconds <= 86_400 for seconds in numbers[1::2]):
        raise ValueError("must look like 10/900 100/900: number/seconds for an account and an"
                         f" address, at most a day, not {text[:40]!r}")  # fmt: skip
    return Limits(Limit(*numbers[:2]), Limit(*numbers[2:]))


def networks(text: str) -> tuple[Network, ...]:
    """Addresses and networks, with commas in between."""
    try:
        return tuple(ip_network(each.strip()) for each in text.split(",") if each.strip())
    except ValueError as error:
        raise ValueError(f"must look like 10.0.0.5,fd00::/64 ({error})") from error


def hosts(text: str) -> tuple[str, ...]:
    """Names or numbers of servers, each with a port or without, with commas in between."""
    found = tuple(each.strip().lower() for each in text.split(",") if each.strip())
    for each in found:
        parts = _split(f"//{each}", ("",))
        if parts.netloc != each or not parts.hostname or parts.username is not None:
            raise ValueError(f"must look like chat.example.org,127.0.0.1:9000, not {text[:40]!r}")
    return found


def switch(text: str) -> bool:
    """On or off."""
    yes, no = ("1", "yes", "true", "on"), ("0", "no", "false", "off")
    return one_of(*yes, *no)(text) in yes


def one_of(*choices: str) -> Callable[[str], str]:
    """One of some words, in either case."""

    def read(text: str) -> str:
        if text.lower() not in choices:
            raise ValueError(f"must be one of {', '.join(choices)}, not {text[:20]!r}")
        return text.lower()

    return read


def secret(text: str) -> bytes:
    """Something nobody can guess, as far as its length tells."""
    if len(text) < SECRET_CHARACTERS:
        raise ValueError(f"must have at least {SECRET_CHARACTERS} characters, has {len(text)}")
    return text.encode()


def former_secrets(text: str) -> tuple[bytes, ...]:
    """Several secrets, with commas in between."""
    return tuple(secret(part.strip()) for part in text.split(","))


def mailbox(text: str) -> str:
    """One address in ASCII, as every relay takes it (RFC 5321), with or without a name in any
    letters, which stands in quotes where it has signs such as commas."""
    if len(text) > MAILBOX_MOST or not text.isprintable() or not MAILBOX.fullmatch(text):
        raise ValueError(
            "must be one address, name@example.org or Name <name@example.org>; write a name with"
            " signs such as commas in quotes, a domain in other letters as xn--…;"
            f" not {text[:40]!a}"
        )
    return text


def box(text: str) -> str:
    """A mailbox that can be looked into: over IMAP, or a Maildir by its whole path."""
    parts = _split(text, ("imaps", "imap", "maildir"))
    if parts.scheme == "maildir":
        if parts.hostname or not parts.path.strip("/"):
            raise ValueError("must look like maildir:///var/mail/tracker")
    elif not (parts.hostname and parts.username):
        raise ValueError("must look like imaps://user:password@host/INBOX")
    return text


def dkim_keys(text: str) -> tuple[DkimKey, ...]:
    """Several keys, with commas in between."""
    found = []
    for part in text.split(","):
        selector, _, file = part.strip().partition(":")
        if not re.fullmatch(r"[a-zA-Z0-9][a-zA-Z0-9.-]{0,62}", selector) or not file:
            raise ValueError(f"must look like selector:file,selector:file, not {text[:40]!r}")
        found.append(DkimKey(selector, folder(file)))
    return tuple(found)


def folder(text: str) -> Path:
    """A folder, which need not be there yet."""
    return Path(text).expanduser().absolute()


def _split(text: str, schemes: tuple[str, ...]) -> SplitResult:
    try:
        parts = urlsplit(text)
        _ = parts.port  # read here because it raises for a port that is no number
    except ValueError as error:
        raise ValueError(f"is not an address ({error})") from error
    if parts.scheme not in schemes:
        raise ValueError(f"must start with {' or '.join(f'{s}://' for s in schemes)}")
    return parts


def text(value: Any) -> str:
    """The text from which a value is read again."""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, tuple):
        return ",".join(map(text, value))
    return value.decode() if isinstance(value, bytes) else str(value)


def host(host: str) -> str:
    """The host as a URL writes it; "every address" is reached as this machine."""
    if host in ("0.0.0.0", "::"):  # noqa: S104 - compared, not bound
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host
