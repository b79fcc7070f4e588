"""What programs get from the addresses of pages: files, with their API token."""

from dataclasses import replace

from litestar.exceptions import HTTPException
from litestar.handlers import BaseRouteHandler

from tracker.domain.people.identities import token
from tracker.domain.people.uses import note_use
from tracker.throttle import require_room_for_call
from tracker.web.identity import Connection, bearer_token
from tracker.web.proxies import address_of
from tracker.web.visits import visit_of

CHALLENGE = {"WWW-Authenticate": 'Bearer error="invalid_token"'}


async def by_token_too(connection: Connection, _: BaseRouteHandler) -> None:
    """A Litestar guard of what is only read: a token in the Authorization header says who asks,
    with the same rights and counted in the same way as at the API's door. No page that shows a
    form has it.

    Raises TooOften, or an HTTPException with status 401 for a token that counts no longer.
    """
    secret = bearer_token(connection)
    if secret is None:
        return
    await require_room_for_call(address_of(connection.scope))
    credential = token(secret)
    found = await credential.identify()
    if found is None:
        raise HTTPException(status_code=401, headers=CHALLENGE)
    await require_room_for_call(f"person {found.actor.person_id}")
    await note_use(credential)
    visit = visit_of(connection.scope)
    # Read just now, and used up by this request: no claim that a statement would have to check.
    visit.actor = replace(found.actor, rights=None, request_id=visit.request_id)
