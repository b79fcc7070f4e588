"""Saying whether a digest was useful, by the link that it carries, without signing in.

A GET only asks, because mail scanners follow links; the form's POST records the answer, and may
be repeated with another. Nobody asks who is signed in: the link says whose digest it is, and opens
nothing else.
"""

from collections.abc import Mapping
from typing import Any

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Response

from tracker.domain.digests import reading
from tracker.domain.digests.reading import Gone
from tracker.domain.errors import Invalid
from tracker.throttle import require_room_for_call
from tracker.web.forms import PostedForm, failure
from tracker.web.pages import AnyRequest, Page, page, speak_to
from tracker.web.proxies import address_of
from tracker.web.visits import visit_of


@get("/verdicts/{secret:str}")
async def ask(request: AnyRequest, secret: FromPath[str]) -> Page:
    """Whether the link's digest was useful; `say` is what the link in the mail said."""
    return await _page(request, secret, str(request.query_params.get("say", "")))


@post("/verdicts/{secret:str}", status_code=200)
async def answer(request: AnyRequest, secret: FromPath[str], form: PostedForm) -> Response[Any]:
    """Record the answer, in place of the one before."""
    await require_room_for_call(address_of(request.scope))
    said = form.text("verdict")
    try:
        await reading.answer_by_link(secret, said, visit_of(request.scope).request_id)
    except Gone:
        return await _gone(request)
    except Invalid as invalid:
        failed = failure(invalid)
        return await _page(request, secret, "", status=failed.status, errors=failed.errors)
    return await _page(request, secret, said, saved=True)


async def _page(
    request: AnyRequest,
    secret: str,
    said: str,
    *,
    status: int = 200,
    saved: bool = False,
    errors: Mapping[str, Any] | None = None,
) -> Page:
    try:
        found = await reading.asked(secret)
    except Gone:
        return await _gone(request)
    await speak_to(request, found.actor)
    return await page(
        request,
        "verdicts/show",
        at=f"/verdicts/{secret}",
        status=status,
        address=f"/verdicts/{secret}",
        days=found.days,
        verdict=said or found.verdict or "",
        before=found.verdict,
        answered_at=found.answered_at,
        saved=saved,
        errors=errors or {},
    )


async def _gone(request: AnyRequest) -> Page:
    return await page(request, "verdicts/gone", status=410)
