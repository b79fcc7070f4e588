"""The closing evaluation of a project by each of its cities, and their answers side by side."""

from typing import Any

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Response
from strawberry.utils.str_converters import to_camel_case

from tracker.domain.errors import Conflict, Forbidden, Invalid, NotFound
from tracker.domain.evaluations import actions
from tracker.domain.evaluations.actions import LESSONS_MOST, SCALES, EvaluationDraft
from tracker.domain.messages import say
from tracker.domain.projects.states import ProjectState
from tracker.web import values
from tracker.web.forms import NOTHING, Posted, PostedForm, failure, read_form, rows
from tracker.web.identity import person_of
from tracker.web.pages import AnyRequest, Page, draw, read, redirect
from tracker.web.templates import number_of

APART = 2
"""Points from which on the cities' scores are worth talking about."""

ROWS_LEAST = 2
"""Lessons that an empty form has room for."""


@get("/projects/{code:str}/evaluations")
async def show(request: AnyRequest, code: FromPath[str]) -> Page:
    """What the cities answered, side by side."""
    await person_of(request)
    data = await read(request, "projects/evaluations_page", {"code": code}, shows="projectByCode")
    project = data["projectByCode"]
    found = [each for each in project["evaluations"]["nodes"] if each["submittedAt"]]
    if not found:
        raise NotFound(say("There is no evaluation that you may read yet."))
    scores = {name: [each[to_camel_case(name)] for each in found] for name in SCALES}
    return draw(
        request,
        "projects/evaluations_page",
        data,
        evaluations=found,
        scores=scores,
        apart={name: gap for name, each in scores.items() if (gap := _gap(each)) >= APART},
        complete=len(found) == len(project["participations"]["nodes"]),
    )


@get("/projects/{code:str}/evaluation")
async def new(request: AnyRequest, code: FromPath[str]) -> Page:
    """The criteria, the principles and the lessons, as far as they were filled in before."""
    return await _page(request, code, NOTHING, 200, {})


@post("/projects/{code:str}/evaluation")
async def submit(request: AnyRequest, code: FromPath[str], form: PostedForm) -> Response[Any]:
    """Look back for one's city: keep a draft, or submit it once and for good."""
    actor = await person_of(request)
    if form.text("more"):
        return await _page(request, code, form, 200, {})
    data = await read(request, "projects/evaluation", {"code": code}, shows="projectByCode")
    project = data["projectByCode"]
    city_id = values.rights(project, actor).city_id or number_of(project["leadCity"]["id"])
    keeps = form.text("keep") == "draft"
    act = actions.draft if keeps else actions.submit
    try:
        draft = read_form(EvaluationDraft, form)
        await act(actor, number_of(project["id"]), city_id, draft, form.seen_version)
    except (Invalid, Conflict) as refusal:
        failed = failure(refusal)
        return await _page(request, code, form, failed.status, failed.errors)
    return redirect(f"/projects/{code}{'/evaluation' if keeps else '#evaluations'}", "saved")


async def _page(request: AnyRequest, code: str, form: Posted, status: int, errors: Any) -> Page:
    actor = await person_of(request)
    data = await read(request, "projects/evaluation", {"code": code}, shows="projectByCode")
    project = data["projectByCode"]
    city_id = values.rights(project, actor).city_id
    if city_id is None or project["state"] != ProjectState.FINALISING.upper():
        raise Forbidden(
            say("Only a coordinator of a partner city evaluates, while it is finalising.")
        )
    own = (e for e in project["evaluations"]["nodes"] if number_of(e["city"]["id"]) == city_id)
    kept = next(own, None)
    if kept and kept["submittedAt"]:
        raise Forbidden(say("This city has already evaluated the project."))
    filled = form if form.fields or not kept else _filled(kept)
    return draw(
        request, "projects/evaluation", data, status=status, form=filled, errors=errors,
        lessons=_lesson_rows(filled), kept=kept,
    )  # fmt: skip


def _filled(kept: dict[str, Any]) -> Posted:
    """The draft as the form would have sent it."""
    scores = {name: kept[to_camel_case(name)] for name in SCALES}
    fields = {name: [str(score)] for name, score in scores.items() if score is not None}
    lessons = kept["lessons"]["nodes"]
    return Posted(
        fields
        | {
            "remarks": [kept["remarks"]],
            "lessons.title": [each["title"] for each in lessons],
            "lessons.narrative": [each["narrative"] for each in lessons],
        }
    )


def _lesson_rows(form: Posted) -> list[dict[str, str]]:
    """The lessons as typed, with room for one more."""
    typed = [each for each in rows(form, "lessons", ("title", "narrative")) if any(each.values())]
    wanted = min(max(len(typed) + 1, ROWS_LEAST), LESSONS_MOST)
    return typed + [{"title": "", "narrative": ""}] * (wanted - len(typed))


def _gap(scores: list[int | None]) -> int:
    """How far apart the cities are; 0 while one has not answered."""
    told = [each for each in scores if each is not None]
    return max(told) - min(told) if len(told) == len(scores) else 0
