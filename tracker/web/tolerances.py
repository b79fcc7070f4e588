"""What a project's computed health tolerates: chosen by the secretariat, looked at by everybody."""

from typing import Any

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Response

from tracker.domain.actor import Actor
from tracker.domain.errors import Conflict, Forbidden, Invalid
from tracker.domain.messages import say, word
from tracker.domain.projects.actions import Tolerances, set_tolerances
from tracker.domain.projects.rules import ENDED, OFFICER
from tracker.web.fields import Field, known
from tracker.web.forms import Posted, PostedForm, failure, read_form
from tracker.web.identity import person_of
from tracker.web.pages import AnyRequest, Page, draw, read, redirect
from tracker.web.partners import partners
from tracker.web.templates import number_of
from tracker.web.words import N_

FIELDS = (
    Field("amber_days", N_("At risk after days"), "number",
          N_("A milestone later than this many days turns the schedule amber; 7 unless said.")),
    Field("red_days", N_("Off track after days"), "number",
          N_("A milestone later than this many days turns the schedule red; 30 unless said.")),
    Field("amber_share", N_("At risk below this share"), "number",
          N_("Of what should be reached by then, from 0 to 1; 0.90 unless said.")),
    Field("red_share", N_("Off track below this share"), "number",
          N_("Of what should be reached by then, from 0 to 1; 0.60 unless said.")),
    Field("stale_days", N_("Unknown after days of silence"), "number",
          N_("After this many days without an update nobody calls it green; 30 unless said.")),
)  # fmt: skip


@get("/projects/{code:str}/tolerances")
async def show(request: AnyRequest, code: FromPath[str]) -> Page:
    """A form with what is tolerated now."""
    await person_of(request)
    return await _page(request, code, None, 200, {})


@post("/projects/{code:str}/tolerances")
async def choose(request: AnyRequest, code: FromPath[str], form: PostedForm) -> Response[Any]:
    """Tolerate more or less."""
    actor = await person_of(request)
    project = await _read(request, code)
    try:
        draft = read_form(Tolerances, form)
        await set_tolerances(actor, number_of(project["id"]), draft, form.seen_version)
    except (Invalid, Conflict) as refusal:
        failed = failure(refusal)
        return await _page(request, code, form, failed.status, failed.errors)
    return redirect(f"/projects/{code}", "saved")


def chooses(project: dict[str, Any], actor: Actor) -> bool:
    """Whether the actor may choose what the project of a page's data is measured by."""
    return project["state"].lower() not in ENDED and OFFICER.holds(actor, partners(project, actor))


async def _read(request: AnyRequest, code: str) -> dict[str, Any]:
    data = await read(request, "projects/tolerances", {"code": code}, shows="projectByCode")
    found: dict[str, Any] = data["projectByCode"]
    return found


async def _page(
    request: AnyRequest, code: str, form: Posted | None, status: int, errors: Any
) -> Page:
    project = await _read(request, code)
    if status == 200 and not chooses(project, await person_of(request)):
        state = project["state"].lower()
        raise Forbidden(
            say("The project is {state}; nothing is judged any more.", state=word(state))
            if state in ENDED
            else say("Only {who} may do this.", who=OFFICER.who)
        )
    said = known(
        project, amber_days="amberDays", red_days="redDays", amber_share="amberShare",
        red_share="redShare", stale_days="staleDays",
    )  # fmt: skip
    return draw(
        request, "projects/tolerances", {"project": project}, status=status, fields=FIELDS,
        form=form or said, errors=errors,
    )  # fmt: skip
