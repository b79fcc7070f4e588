"""The closing evaluation of a project by each of its cities."""

from typing import Any

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Response

from tracker.domain.errors import Conflict, Forbidden, Invalid
from tracker.domain.evaluations import actions
from tracker.domain.evaluations.actions import EvaluationDraft
from tracker.domain.messages import say
from tracker.web import values
from tracker.web.forms import NOTHING, Posted, PostedForm, failure, read_form
from tracker.web.identity import person_of
from tracker.web.pages import AnyRequest, Page, draw, read, redirect
from tracker.web.templates import number_of


@get("/projects/{code:str}/evaluation")
async def new(request: AnyRequest, code: FromPath[str]) -> Page:
    """The six criteria, each from 1 to 6, and the lessons."""
    return await _page(request, code, NOTHING, 200, {})


@post("/projects/{code:str}/evaluation")
async def submit(request: AnyRequest, code: FromPath[str], form: PostedForm) -> Response[Any]:
    """Look back for one's city, once and for good."""
    actor = await person_of(request)
    data = await read(request, "projects/evaluation", {"code": code}, shows="projectByCode")
    project = data["projectByCode"]
    city_id = values.rights(project, actor).city_id or number_of(project["leadCity"]["id"])
    try:
        draft = read_form(EvaluationDraft, form)
        await actions.submit(actor, number_of(project["id"]), city_id, draft)
    except (Invalid, Conflict) as refusal:
        failed = failure(refusal)
        return await _page(request, code, form, failed.status, failed.errors)
    return redirect(f"/projects/{code}#evaluations", "saved")


async def _page(request: AnyRequest, code: str, form: Posted, status: int, errors: Any) -> Page:
    actor = await person_of(request)
    data = await read(request, "projects/evaluation", {"code": code}, shows="projectByCode")
    if values.rights(data["projectByCode"], actor).city_id is None:
        raise Forbidden(
            say("Only a coordinator of a partner city evaluates, while it is finalising.")
        )
    return draw(request, "projects/evaluation", data, status=status, form=form, errors=errors)
