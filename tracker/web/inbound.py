"""The door for mail that comes in, for mail servers and providers: the raw mail as the body, with
INBOUND_SECRET as its bearer token.

It comes from no page and bears no cookie, so no bar against other sites' forms stands before it.
The token is looked at before the body is read, so that strangers make nobody read much.
"""

import hmac

from litestar import post
from litestar.enums import MediaType
from litestar.exceptions import NotFoundException
from litestar.response import Response

from tracker.inbound import receive, takes_mail
from tracker.mail.boxes import MAIL_BYTES
from tracker.settings import Settings
from tracker.throttle import require_room_for_call
from tracker.web.identity import bearer_token
from tracker.web.pages import AnyRequest
from tracker.web.proxies import address_of

RECIPIENT_MOST = 320
"""Characters of an address (RFC 3696)."""


@post("/inbound", status_code=200, media_type=MediaType.TEXT, request_max_body_size=MAIL_BYTES)
async def take(request: AnyRequest) -> Response[str]:
    """Take one mail (RFC 5322); `?recipient=` is the address it was delivered to. Answers with what
    became of it: 200 also for mails that are refused, which a sender need not try again."""
    settings: Settings = request.app.state.settings
    if settings.inbound_secret is None or not takes_mail(settings):
        raise NotFoundException
    await require_room_for_call(address_of(request.scope))
    if not hmac.compare_digest((bearer_token(request) or "").encode(), settings.inbound_secret):
        headers = {"WWW-Authenticate": "Bearer"}
        return Response("This is not INBOUND_SECRET.\n", status_code=401, headers=headers)
    recipient = request.query_params.get("recipient", "")[:RECIPIENT_MOST]
    return Response(f"{await receive(settings, await request.body(), recipient)}\n")
