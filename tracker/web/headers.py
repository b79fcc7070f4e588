"""Headers that every response carries, error pages and static files included."""

from collections.abc import Awaitable, Callable

from litestar.types import Message, Scope

from tracker.settings import Settings
from tracker.web.identity import renewing
from tracker.web.noting import note_outcome
from tracker.web.visits import visit_of

POLICY = "; ".join(
    [
        # No nonce: there is no inline script or style, so nothing inline has to be let through.
        "default-src 'none'",
        "object-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "frame-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
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

ALWAYS = [
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (
        b"permissions-policy",
        b"camera=(), display-capture=(), geolocation=(), hid=(), microphone=(),"
        b" midi=(), payment=(), publickey-credentials-get=(), screen-wake-lock=(), serial=(),"
        b" usb=()",
    ),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
]

STRICT_TRANSPORT = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")
"""A year in seconds, for all names below this one too; only sent where people come by https."""


def always(settings: Settings) -> list[tuple[bytes, bytes]]:
    """The headers of every response of this installation."""
    secure = settings.base_url.startswith("https:")
    return [*ALWAYS, STRICT_TRANSPORT] if secure else ALWAYS


def finishing(settings: Settings) -> Callable[[Message, Scope], Awaitable[None]]:
    """A hook that completes the head of each response; what a handler set itself stays."""
    everywhere = always(settings)

    async def finish(message: Message, scope: Scope) -> None:
        if message["type"] == "http.response.start":
            note_outcome(scope, message["status"])
            # As plain lists, because this runs on every answer of the API.
            given = list(message["headers"])
            names = {name for name, _ in given}
            own_id = (b"x-request-id", visit_of(scope).request_id.encode())
            new = [h for h in everywhere if h[0] not in names]
            if visit_of(scope).secret:
                new += renewing(settings, visit_of(scope).secret, given)
            message["headers"] = [*given, *new, own_id]

    return finish
