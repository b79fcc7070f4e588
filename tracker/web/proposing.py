"""Proposing a project, from nothing, from a practice or from a request; and rewriting the proposal
while it is a draft or was returned."""

from typing import Any

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Response

from tracker.domain.actor import Actor
from tracker.domain.errors import Conflict, Forbidden, Invalid
from tracker.domain.messages import say
from tracker.domain.projects import actions
from tracker.domain.projects.actions import SDG_GOALS, ProjectPlan, Proposal
from tracker.domain.projects.rules import LEAD
from tracker.domain.projects.sectors import NAMES
from tracker.domain.roles import Permission
from tracker.web.fields import Field, known
from tracker.web.forms import Posted, PostedForm, failure, read_form, row_number
from tracker.web.identity import person_of
from tracker.web.own_cities import offered
from tracker.web.pages import AnyRequest, Page, draw, read, redirect
from tracker.web.partners import partners
from tracker.web.templates import number_of
from tracker.web.words import N_

PLAN = (
    Field("title", N_("Title"), required=True),
    Field("summary", N_("Summary"), "text",
          N_("What the cities want to do together, and what should be different afterwards."),
          required=True),
    Field("planned_start_on", N_("Planned to begin"), "date", required=True),
    Field("planned_end_on", N_("Planned to end"), "date", required=True),
    Field("themes", N_("Themes"), hint=N_("Separated by commas.")),
)  # fmt: skip
CONFIDENTIAL = Field("confidential", N_("Keep it from the public"), "flag",
                     N_("Also once it is agreed; the partner cities and the secretariat see "
                        "it."))  # fmt: skip
SECTOR_ROWS = 3
"""Empty rows for sectors on a new form."""

ONLY = say("Only a coordinator of the donor or the recipient city proposes a project.")
CHANGEABLE = ("DRAFT", "RETURNED")


@get("/projects/new")
async def new(request: AnyRequest) -> Page:
    """A form for a proposal; with `request` or `practice`, for one that answers it."""
    return await _new_page(request, None)


@post("/projects/new")
async def propose(request: AnyRequest, form: PostedForm) -> Response[Any]:
    """Draft the project."""
    actor = await person_of(request)
    try:
        project = await actions.propose(actor, read_form(Proposal, form))
    except (Invalid, Conflict) as refusal:
        return await _new_page(request, form, refusal)
    return redirect(f"/projects/{project.code}", "saved")


@get("/projects/{code:str}/edit")
async def edit(request: AnyRequest, code: FromPath[str]) -> Page:
    """A form with what the proposal says."""
    return await _edit_page(request, code, None)


@post("/projects/{code:str}/edit")
async def save(request: AnyRequest, code: FromPath[str], form: PostedForm) -> Response[Any]:
    """Rewrite the proposal."""
    actor = await person_of(request)
    project = await _read(request, code)
    try:
        plan = read_form(ProjectPlan, form)
        await actions.edit(actor, number_of(project["id"]), plan, form.seen_version)
    except (Invalid, Conflict) as refusal:
        return await _edit_page(request, code, form, refusal)
    return redirect(f"/projects/{code}", "saved")


def rewrites(project: dict[str, Any], actor: Actor) -> bool:
    """Whether the actor may rewrite the proposal of a page's data."""
    return project["state"] in CHANGEABLE and LEAD.holds(actor, partners(project))


async def _new_page(
    request: AnyRequest, form: Posted | None, refusal: Invalid | Conflict | None = None
) -> Page:
    actor = await person_of(request)
    own = [str(each) for each in actor.cities_with(Permission.PLAN)]
    if refusal is None and not own:
        raise Forbidden(ONLY)
    query = request.query_params if form is None else _named(form)
    answered = {
        "request": f"Request:{row_number(query.get('request', '')) or 0}",
        "practice": f"Practice:{row_number(query.get('practice', '')) or 0}",
    }
    data = await read(request, "projects/new", answered)
    found = await offered(request, "projects/sides", "cities")
    cities = [(str(number_of(each["id"])), each["name"]) for each in found]
    sides = (
        Field("recipient_city_id", N_("Recipient city"), "choice",
              N_("That takes the practice over; one of the two is yours."), required=True,
              options=cities, named=True),
        Field("donor_city_id", N_("Donor city"), "choice", N_("That offers it."), required=True,
              options=cities, named=True),
    )  # fmt: skip
    said = _begun(data["request"], data["practice"], own)
    return _draw(request, data, form or said, refusal, (*sides, *PLAN), None)


def _named(form: Posted) -> dict[str, str]:
    return {name: form.text(f"{name}_id") for name in ("request", "practice")}


def _begun(asked: dict[str, Any] | None, practice: dict[str, Any] | None, own: list[str]) -> Posted:
    """What is known already: of the request and its practice, or of the practice alone."""
    practice = practice or (asked and asked["practice"])
    recipient = [str(number_of(asked["city"]["id"]))] if asked else []
    donor = [str(number_of(practice["city"]["id"]))] if practice else []
    # Where one side is known, the other one is one's own, if that leaves no choice.
    mine = own if len(own) == 1 else []
    return Posted(
        {
            "recipient_city_id": recipient or (mine if donor and donor != mine else []),
            "donor_city_id": donor or (mine if recipient and recipient != mine else []),
            "practice_id": [str(number_of(practice["id"]))] if practice else [],
            "request_id": [str(number_of(asked["id"]))] if asked else [],
            "title": [asked["title"]] if asked else [],
            "themes": [", ".join((asked or practice or {"themes": []})["themes"])],
        }
    )


async def _read(request: AnyRequest, code: str) -> dict[str, Any]:
    data = await read(request, "projects/edit", {"code": code}, shows="projectByCode")
    found: dict[str, Any] = data["projectByCode"]
    return found


async def _edit_page(
    request: AnyRequest, code: str, form: Posted | None, refusal: Invalid | Conflict | None = None
) -> Page:
    actor, project = await person_of(request), await _read(request, code)
    if refusal is None and not rewrites(project, actor):
        raise Forbidden(say("Only {who} may do this.", who=LEAD.who))
    said = known(
        project, title="title", summary="summary", planned_start_on="plannedStartOn",
        planned_end_on="plannedEndOn", themes="themes", confidential="confidential",
    )  # fmt: skip
    shares = project["sectors"]["nodes"]
    kept = {
        "sdg_goals": [str(goal) for goal in project["sdgGoals"]],
        "sectors.code": [each["code"] for each in shares],
        "sectors.percentage": [str(each["percentage"]) for each in shares],
    }
    return _draw(request, {}, form or Posted({**said.fields, **kept}), refusal, PLAN, project)


def _draw(
    request: AnyRequest, data: dict[str, Any], form: Posted, refusal: Invalid | Conflict | None,
    fields: tuple[Field, ...], project: dict[str, Any] | None,
) -> Page:  # fmt: skip
    failed = failure(refusal) if refusal else None
    places = max(SECTOR_ROWS, len(form.texts("sectors.code")) + 1)
    return draw(
        request, "projects/proposal", data, status=failed.status if failed else 200,
        errors=failed.errors if failed else {}, form=form, fields=fields, project=project,
        confidential=CONFIDENTIAL, goals=SDG_GOALS, sectors=NAMES, places=places,
    )  # fmt: skip
