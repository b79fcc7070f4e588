"""What is held about oneself: a copy of it, and a request to be forgotten."""

import json

from litestar import get, post
from litestar.response import Redirect, Response

from tracker.domain.leaving.erasure import ask_erasure
from tracker.domain.leaving.export import everything
from tracker.web.forms import PostedForm
from tracker.web.identity import person_of
from tracker.web.pages import AnyRequest, Page, page, redirect


@get("/account/data")
async def show(request: AnyRequest) -> Page:
    """What can be had, and what being forgotten means."""
    await person_of(request)
    return await page(request, "people/data", {})


@get("/account/data/export")
async def export(request: AnyRequest) -> Response[bytes]:
    """Everything that is held about the reader, as a file."""
    actor = await person_of(request)
    assert actor.person_id is not None
    held = await everything(actor, actor.person_id)
    return Response(
        json.dumps(held, ensure_ascii=False, indent=2).encode(),
        media_type="application/json",
        headers={"content-disposition": 'attachment; filename="my-data.json"'},
    )


@post("/account/data/erase")
async def erase(request: AnyRequest, form: PostedForm) -> Redirect:
    """Ask to be forgotten; the administrators are told, once."""
    actor = await person_of(request)
    assert actor.person_id is not None
    await ask_erasure(actor, actor.person_id)
    return redirect("/account/data", "asked-forgetting")
