"""Where a request comes from when proxies stand in front."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

from tracker.settings import Network
from tracker.throttle import Address

FORWARDED = b"x-forwarded-for"


def address_of(scope: Any) -> Address:
    """The address of whoever sent the request of an ASGI scope; of a Unix socket, none."""
    client = scope.get("client")
    return Address(client[0] if client else "")


def seen_through(scope: Any, proxies: Sequence[Network]) -> None:
    """Put the address that the proxies name in the place of their own.

    Each proxy adds whom it was asked by at the end of X-Forwarded-For; so the last that is no
    proxy of ours is the client, and whatever stands before it the client may have made up.
    """
    if scope["type"] == "lifespan" or not is_one(address_of(scope), proxies):
        return
    values = [value for name, value in scope["headers"] if name == FORWARDED]
    hops = b",".join(values).decode("latin-1").split(",")
    for hop in reversed(hops):
        address = _address(hop.strip())
        if address is None:
            return  # whoever wrote this, it names nobody
        scope["client"] = (str(address), 0)
        if not is_one(str(address), proxies):
            return


def is_one(text: str, proxies: Sequence[Network]) -> bool:
    """Whether an address is that of a proxy."""
    address = _address(text)
    return address is not None and any(address in network for network in proxies)


def _address(text: str) -> IPv4Address | IPv6Address | None:
    """Also with a port, as some proxies write it, and IPv4 in the clothes of IPv6."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
