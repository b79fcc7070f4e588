"""Headers that every response carries, error pages and static files included."""

from collections.abc import Awaitable, Callable

from litestar.datastructures import MutableScopeHeaders
from litestar.types import Message, Scope

from tracker.settings import Settings
from tracker.web.visits import visit_of

POLICY = "; ".join(
    [
        # No nonce: there is no inline script or style, so nothing inline has to be let through.
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "frame-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
)

MAIL_POLICY = "; ".join(
    [
        # A mail is styled inline, as mail clients want it. It is shown in a sandbox without
        # scripts, forms or an origin; its links open outside.
        "sandbox allow-popups allow-popups-to-escape-sandbox",
        "default-src 'none'",
        "style-src 'unsafe-inline'",
        "img-src data:",
        "frame-ancestors 'self'",
    ]
)
"""For the routes that show a mail's HTML as it was sent."""

ALWAYS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}

STRICT_TRANSPORT = "max-age=31536000"
"""Seconds; only sent where the tracker is reached by https."""


def finishing(settings: Settings) -> Callable[[Message, Scope], Awaitable[None]]:
    """A hook that completes the head of each response; what a handler set itself stays."""
    headers = dict(ALWAYS)
    if settings.base_url.startswith("https:"):
        headers["Strict-Transport-Security"] = STRICT_TRANSPORT

    async def finish(message: Message, scope: Scope) -> None:
        if message["type"] == "http.response.start":
            found = MutableScopeHeaders.from_message(message)
            for name, value in headers.items():
                found.setdefault(name, value)
            found.setdefault("Cache-Control", "no-store")
            found["X-Request-ID"] = visit_of(scope).request_id

    return finish
