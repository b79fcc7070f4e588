"""What a browser says of itself, made short enough to read, and what it is known again by."""

import re
import secrets
from ipaddress import ip_address, ip_network
from typing import Any

from litestar.response import Response

from tracker.domain.people.everywhere import recognise
from tracker.web.identity import cookie, cookie_value
from tracker.web.pages import AnyRequest
from tracker.web.proxies import address_of

DEVICE = "device"
"""The cookie that a browser is known again by. It opens nothing."""

YEAR = 365 * 24 * 60 * 60
"""Seconds."""

BROWSERS = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("HeadlessChrome", "Chrome"),
    ("Safari", "Safari"),
    ("curl", "curl"),
)
SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)
"""What stands in a User-Agent header -> what people call it. The first that fits counts: browsers
name those that they want to be taken for as well."""


def device_of(request: AnyRequest) -> str:
    """Browser and system, such as "Firefox on Windows"; "" when it says neither."""
    said = request.headers.get("User-Agent", "")[:500]
    browser = next((name for mark, name in BROWSERS if re.search(rf"\b{mark}\b", said)), "")
    system = next((name for mark, name in SYSTEMS if mark in said), "")
    return " on ".join(filter(None, (browser, system)))


def network_of(request: AnyRequest) -> str:
    """The network of the address that the request came from: enough to wonder at, not to find
    anybody by. "" for none."""
    try:
        address = ip_address(address_of(request.scope))
    except ValueError:
        return ""
    address = getattr(address, "ipv4_mapped", None) or address
    return str(ip_network((address, 24 if address.version == 4 else 48), strict=False))


async def meet(request: AnyRequest, response: Response[Any], secret: str) -> None:
    """A session has been begun in this browser: know it again, and tell its person by mail when it
    is a new one."""
    settings = request.app.state.settings
    known_by = cookie_value(request, DEVICE) or secrets.token_urlsafe(32)
    response.set_cookie(cookie(settings, DEVICE, known_by, YEAR))
    device, network = device_of(request), network_of(request)
    await recognise(secret, device, network, known_by)
