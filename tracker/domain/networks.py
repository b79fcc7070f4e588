"""Which addresses are the public's, which lead into a network of somebody's own, and which to no
server at all."""

import re
import unicodedata
from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

import idna

from tracker.domain.messages import Message, say

ROUTED = IPv6Network("2000::/3")
"""All of IPv6 that anybody is given for the public (RFC 4291, 2.4; IANA)."""

NOT_ASKED = (
    IPv6Network("2001::/23"),  # for protocols, Teredo among them, which carries IPv4 (RFC 2928)
    IPv6Network("2001:db8::/32"),  # for examples
    IPv6Network("2002::/16"),  # 6to4, which carries IPv4 (RFC 3056)
    IPv4Network("192.88.99.0/24"),  # relays for 6to4 (RFC 7526)
)

NAME_MOST = 253
LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")


def is_public(number: str) -> bool:
    """Whether the address (IPv4 or IPv6, as text) is one of the public's. What is let through is
    listed, rather than what is not: other IPv6, such as 64:ff9b::/96, leads to IPv4 in a network of
    ours as soon as a router there translates. Raises ValueError for what is no address."""
    found = ip_address(number.partition("%")[0])
    address = (isinstance(found, IPv6Address) and found.ipv4_mapped) or found
    if isinstance(address, IPv6Address) and address not in ROUTED:
        return False
    inside = any(address in network for network in NOT_ASKED if network.version == address.version)
    return address.is_global and not address.is_multicast and not inside


def is_named(address: str, servers: Sequence[str] | None) -> bool:
    """Whether a web address leads to one of the servers, each a host, or a host and its port."""
    parts = urlsplit(address.lower())
    host = (parts.hostname or "") if parts.username is None else ""
    bare = f"[{host}]" if ":" in host else host
    return bool(host) and not {bare, f"{bare}:{parts.port}"}.isdisjoint(servers or ())


def is_private_host(host: str) -> bool:
    """Whether the host of a web address, without looking it up, is surely inside such a network."""
    try:
        return not is_public(host)
    except ValueError:
        return host.lower().rstrip(".").rpartition(".")[2] == "localhost"  # RFC 6761, 6.3


def is_server(host: str) -> bool:
    """Whether the host of a web address is a number, or can be a name (RFC 1123, 2.1): 253
    characters at most, of which each label has 1 to 63 letters, digits and hyphens, those of other
    scripts as they are written for the DNS (RFC 5891). Whether there is one so called, only asking
    shows."""
    try:
        return bool(ip_address(host))
    except ValueError:
        name = _for_dns(unicodedata.normalize("NFC", host.lower())).removesuffix(".")
    labels = name.split(".")
    fits = len(name) <= NAME_MOST and not labels[-1].isdecimal()
    return fits and all(LABEL.fullmatch(each) for each in labels)


def no_server(host: str) -> Message:
    """What to say of a host that is none by `is_server`."""
    return say(
        "“{host}” cannot be the name of a server: between the dots of one stand 1 to 63"
        " letters, digits or hyphens. Check the address.",
        host=host[:80],
    )


def composed(address: str) -> str:
    """The web address with its host in small letters and NFC, as names are asked for (RFC 5891,
    4.2.1 and 5.2); some programs have marks apart. Raises ValueError for what is no address."""
    host = urlsplit(address).netloc
    return address.replace(host, unicodedata.normalize("NFC", host.lower()), 1)


def _for_dns(host: str) -> str:
    """The name in ASCII; "" for what is none."""
    try:
        if not host.isascii():
            return idna.encode(host).decode()
        for label in host.split("."):
            if label.startswith("xn--"):
                idna.ulabel(label)
    except UnicodeError:
        return ""
    return host
