"""What is held about oneself: a copy of it, and a request to be forgotten."""

import json

from litestar import get, post
from litestar.background_tasks import BackgroundTasks
from litestar.response import Redirect, Response

from tracker.domain.leaving.erasure import ask_erasure
from tracker.domain.leaving.export import everything
from tracker.domain.people.queries import people_with
from tracker.domain.roles import Permission
from tracker.web.forms import PostedForm
from tracker.web.identity import person_of
from tracker.web.pages import AnyRequest, Page, page, read, redirect
from tracker.web.posting import mailing


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
    asked = (await read(request, "people/data"))["own"]["erasureAskedAt"]
    person = await ask_erasure(actor, actor.person_id)
    response = redirect("/account/data", "asked-forgetting")
    if not asked:
        administrators = await people_with(Permission.MANAGE_PEOPLE)
        response.background = BackgroundTasks(
            [mailing(each, "erasure", asking=person.name) for each in administrators]
        )
    return response
