"""Doing without mails by the link that each of them carries, without signing in (RFC 8058).

A GET only shows what is sent, because mail scanners follow links. The POST of a mail program
("List-Unsubscribe=One-Click", no cookie, from no page) ends mails of the link's kind at once; that
of the page takes what is ticked there. Neither asks who is signed in: the link says whose mails
they are, and opens nothing else. So no bar against other sites' forms stands before it.
"""

from typing import Any

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Response

from tracker.domain.preferences import links
from tracker.domain.preferences.links import Gone
from tracker.throttle import require_room_for_call
from tracker.web.forms import sent
from tracker.web.pages import AnyRequest, Page, page, speak_to
from tracker.web.proxies import address_of
from tracker.web.visits import visit_of

CHOSEN = "choose"
"""The field by which the page's form differs from a mail program's."""


@get("/unsubscribe/{secret:str}")
async def show(request: AnyRequest, secret: FromPath[str]) -> Page:
    """What is sent to the link's person."""
    return await _page(request, secret)


@post("/unsubscribe/{secret:str}", status_code=200)
async def leave(request: AnyRequest, secret: FromPath[str]) -> Response[Any]:
    """Have mails of the link's kind sent no more, or just those that are ticked, and the digest as
    often as chosen."""
    await require_room_for_call(address_of(request.scope))
    form = await sent(request)
    request_id = visit_of(request.scope).request_id
    try:
        if form.text(CHOSEN):
            await links.choose(secret, form.texts("kinds"), request_id, form.text("cadence"))
        else:
            await links.unsubscribe(secret, request_id)
    except Gone:
        return await _gone(request)
    return await _page(request, secret, saved=True)


async def _page(request: AnyRequest, token: str, *, saved: bool = False) -> Page:
    try:
        found = await links.opened(token)
    except Gone:
        return await _gone(request)
    await speak_to(request, found.actor)
    return await page(
        request,
        "unsubscribe/show",
        at=f"/unsubscribe/{token}",
        whose=found.actor.name,
        kind=found.kind.value,
        taken=[each.value for each in found.taken],
        cadence=found.cadence.value,
        saved=saved,
    )


async def _gone(request: AnyRequest) -> Page:
    return await page(request, "unsubscribe/gone", status=410)
