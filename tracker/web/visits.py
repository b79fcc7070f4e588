"""What is known of one request while it is served: its id, who sent it, what its page read."""

import re
import secrets
from dataclasses import dataclass, field
from typing import Any

from tracker.domain.actor import Actor

REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{8,64}")
"""What a proxy may hand in; anything else is replaced, because it ends up in logs and the trail."""


@dataclass
class Visit:
    """One request. `frame` is what the last page read about its viewer; `addressee` is the same of
    the person whose link from a mail was opened; `secret` is the session's new secret, if this
    request has changed it."""

    request_id: str
    actor: Actor | None = None
    frame: dict[str, Any] = field(default_factory=dict)
    addressee: dict[str, Any] | None = None
    secret: str = ""


def visit_of(scope: Any) -> Visit:
    """The visit of an ASGI scope, begun when it is first asked for."""
    state: dict[str, Any] = scope.setdefault("state", {})
    visit: Visit | None = state.get("visit")
    if visit is None:
        visit = state["visit"] = Visit(request_id_of(header(scope, b"x-request-id")))
    return visit


def header(scope: Any, name: bytes) -> bytes:
    """The first value of a header, b"" without one. ASGI has header names in lower case."""
    return next((value for key, value in scope["headers"] if key == name), b"")


def request_id_of(given: bytes) -> str:
    """The id that a proxy handed in, or a new one."""
    return given.decode() if REQUEST_ID.fullmatch(given) else secrets.token_hex(16)
