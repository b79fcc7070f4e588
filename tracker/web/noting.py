"""Security events, for whoever watches the log: who came in and who was turned away, and why.

The words are fixed, and what belongs to a request is named: nothing that a sender wrote is quoted.
"""

import logging
from typing import Any

from tracker.web.proxies import address_of
from tracker.web.visits import visit_of

SECURITY = logging.getLogger("tracker.security")


def note(scope: Any, what: str, **details: object) -> None:
    """One event of an ASGI request: `what` happened, by whom as far as is known, and where."""
    visit = visit_of(scope)
    person = visit.actor.person_id if visit.actor else None
    told = {
        "person": person or "nobody",
        "address": address_of(scope) or "here",
        "request": visit.request_id,
        "at": f"{scope.get('method', 'SOCKET')} {scope.get('path_template') or '-'}",
        **details,
    }
    SECURITY.info("%s %s", what, " ".join(f"{name}={value}" for name, value in told.items()))


TURNED_AWAY = {401: "unauthenticated", 403: "forbidden", 429: "limited"}
WAYS_IN = ("/sign-in", "/sign-on", "/account")
OUTCOMES = {303: "went on", 422: "refused"}
"""Of a form on a way in."""


def note_outcome(scope: Any, status: int) -> None:
    """What an answer's status says about who was let in or turned away."""
    if what := TURNED_AWAY.get(status):
        note(scope, what)
    elif scope.get("method") == "POST" and status in OUTCOMES:
        way = next((way for way in WAYS_IN if scope["path"].startswith(way)), None)
        if way:
            note(scope, f"{way[1:]} {OUTCOMES[status]}")
