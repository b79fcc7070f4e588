"""What a socket is opened with: a session's cookie, an API token, or nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from tracker.domain.actor import PUBLIC, Actor
from tracker.domain.people.queries import actor_by_session, actor_by_token
from tracker.domain.people.rules import fingerprint
from tracker.web.forgery import from_a_page
from tracker.web.identity import Connection, bearer_token, session_secret
from tracker.web.visits import visit_of


@dataclass(frozen=True)
class Credential:
    """A secret, and of which kind; with neither, the public's."""

    request_id: str
    session: str = ""
    token: str = ""

    @property
    def fingerprint(self) -> str:
        """What is kept of the secret; "" without one."""
        secret = self.token or self.session
        return fingerprint(secret) if secret else ""

    async def rights(self) -> tuple[Actor, bool] | None:
        """Who acts, with their rights at this moment, and whether they may only read; None once
        the session or token has ended."""
        actor: Actor | None = PUBLIC
        read_only = False
        if self.token:
            actor, read_only = await actor_by_token(self.token) or (None, True)
        elif self.session:
            actor = await actor_by_session(self.session)
        return (replace(actor, request_id=self.request_id), read_only) if actor else None


def credential_of(connection: Connection, payload: Mapping[str, Any]) -> Credential:
    """What the handshake and the connection_init message bring: a token in the message goes
    before one in the Authorization header, and that before the cookie of one of our own pages.

    Raises Forbidden for another site's page.
    """
    own_page = from_a_page(connection)
    request_id = visit_of(connection.scope).request_id
    given = {str(name).lower(): str(value) for name, value in payload.items()}
    scheme, _, token = given.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        token = bearer_token(connection) or ""
    if token:
        return Credential(request_id, token=token.strip())
    return Credential(request_id, session=session_secret(connection) if own_page else "")
