"""The library of ready indicators: looked at by everybody, kept by the secretariat, and where a
project starts from."""

from typing import Any

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Response

from tracker.domain.errors import Conflict, Forbidden, Invalid
from tracker.domain.messages import say
from tracker.domain.outcomes import library
from tracker.domain.outcomes.library import Adoption, DefinitionPlan
from tracker.domain.plan_changes.drafts import AdoptedIndicator
from tracker.domain.roles import Permission
from tracker.web.fields import Field, choices, known
from tracker.web.forms import NOTHING, Posted, PostedForm, failure, read_form
from tracker.web.identity import actor_of, person_of
from tracker.web.pages import AnyRequest, Page, draw, read, redirect
from tracker.web.planning import Asked, measured, require_measurer
from tracker.web.plans import propose_part
from tracker.web.results import BENEFITS, INDICATOR, TYPES, chosen_direction
from tracker.web.templates import number_of
from tracker.web.words import N_

DEFINITION = (
    *(field for field in INDICATOR if not field.name.startswith("baseline")),
    Field("result_title", N_("The result that it shows"), required=True),
    Field("result_type", N_("Kind of result"), "choice", required=True, options=choices(TYPES)),
    Field("benefit", N_("Who benefits"), "choice", required=True, options=choices(BENEFITS)),
)
BASELINE = tuple(field for field in INDICATOR if field.name.startswith("baseline"))

SEEDED = (
    *(N_("Services take less of people's time"), N_("Services can be used online")),
    *(N_("Services reach people"), N_("Administration costs less")),
    *(N_("Administration can be seen through"), N_("The practice is known abroad")),
    *(N_("Business follows the practice"), N_("Hours that residents save on the service")),
    *(N_("Procedures that can be completed online"), N_("People who used the service")),
    *(N_("Cost of a case compared with before"), N_("Transparency score")),
    *(N_("Delegations received"), N_("People reached by press about the practice")),
    *(N_("Contracts and exports that followed"), N_("Invitations to speak")),
    *(N_("hours"), N_("procedures"), N_("people"), N_("delegations"), N_("contracts")),
    N_("invitations"),
    N_(
        "Cases of the period, by the service's log, times the hours a case took before"
        " less the hours it takes now, by the baseline survey and a yearly one."
    ),
    N_("The city's list of services, on the last day; those that end online without a visit."),
    N_("Different people in the period, by the service's log."),
    N_(
        "What the cases of the period cost, out of what as many would have cost before:"
        " staff hours and fees, by the city's accounts."
    ),
    N_(
        "Points given out of points possible in the city's transparency assessment, such"
        " as rules, fees, deadlines and decisions published."
    ),
    N_("Visits of other cities about the practice, by the protocol office's calendar."),
    N_(
        "Circulation or audience of reports abroad that name the city and the practice,"
        " by the press office's collection."
    ),
    N_(
        "Contracts of the city's companies abroad that refer to the practice, by the"
        " chamber of commerce."
    ),
    N_(
        "Invitations to present the practice at conferences abroad, by the city's"
        " international office."
    ),
)
"""What the library holds at first, for the catalogues."""


@get("/library")
async def listing(request: AnyRequest) -> Page:
    """Every ready indicator, by whom it is for."""
    data = await read(request, "library/list")
    actor = await actor_of(request)
    return draw(request, "library/list", data, keeps=actor.may(Permission.REVIEW))


@get("/library/new")
async def new(request: AnyRequest) -> Page:
    """A form for a ready indicator."""
    await person_of(request)
    return await _form(request, None, NOTHING, 200, {})


@post("/library/new")
async def add(request: AnyRequest, form: PostedForm) -> Response[Any]:
    """Put it into the library."""
    actor = await person_of(request)
    try:
        await library.add_definition(actor, _plan(form))
    except (Invalid, Conflict) as refusal:
        failed = failure(refusal)
        return await _form(request, None, form, failed.status, failed.errors)
    return redirect("/library", "saved")


@get("/library/{number:int}/edit")
async def edit(request: AnyRequest, number: FromPath[int]) -> Page:
    """A form with what it says."""
    await person_of(request)
    return await _form(request, number, None, 200, {})


@post("/library/{number:int}/edit")
async def save(request: AnyRequest, number: FromPath[int], form: PostedForm) -> Response[Any]:
    """Rewrite it."""
    actor = await person_of(request)
    await _definition(request, number)
    try:
        await library.edit_definition(actor, number, _plan(form), form.seen_version)
    except (Invalid, Conflict) as refusal:
        failed = failure(refusal)
        return await _form(request, number, form, failed.status, failed.errors)
    return redirect("/library", "saved")


@post("/library/{number:int}/retire")
async def retire(request: AnyRequest, number: FromPath[int], form: PostedForm) -> Response[Any]:
    """Offer it no more."""
    actor = await person_of(request)
    await library.retire_definition(actor, number, form.seen_version)
    return redirect("/library", "saved")


@post("/library/{number:int}/restore")
async def restore(request: AnyRequest, number: FromPath[int], form: PostedForm) -> Response[Any]:
    """Offer it again."""
    actor = await person_of(request)
    await library.restore_definition(actor, number, form.seen_version)
    return redirect("/library", "saved")


@get("/projects/{code:str}/library")
async def pick(request: AnyRequest, code: FromPath[str]) -> Page:
    """What a project may start from."""
    actor = await person_of(request)
    data = await read(request, "results/library", {"code": code}, shows="projectByCode")
    require_measurer(data["projectByCode"], actor)
    return draw(request, "results/library", data)


@get("/projects/{code:str}/library/{number:int}")
async def ask(request: AnyRequest, code: FromPath[str], number: FromPath[int]) -> Page:
    """Where the project stands before it."""
    await person_of(request)
    return await _adoption(request, code, number, NOTHING, 200, {})


@post("/projects/{code:str}/library/{number:int}")
async def adopt(
    request: AnyRequest, code: FromPath[str], number: FromPath[int], form: PostedForm
) -> Response[Any]:
    """Measure it in the project; of an agreed plan, propose that."""
    actor = await person_of(request)
    data = await _adopted(request, code, number)
    try:
        draft, project = read_form(Adoption, form), data["projectByCode"]
        if project["agreedAt"]:
            adopted = AdoptedIndicator(definition_id=number, **vars(draft))
            return await propose_part(actor, project, form, "adopted", adopted)
        await library.adopt(actor, number_of(project["id"]), number, draft)
    except (Invalid, Conflict) as refusal:
        failed = failure(refusal)
        return await _adoption(request, code, number, form, failed.status, failed.errors)
    return redirect(f"/projects/{code}/results", "saved")


def _plan(form: Posted) -> DefinitionPlan:
    return chosen_direction(DefinitionPlan, form)


async def _definition(request: AnyRequest, number: int) -> dict[str, Any]:
    given = {"id": f"IndicatorDefinition:{number}"}
    data = await read(request, "library/definition", given, shows="indicatorDefinition")
    found: dict[str, Any] = data["indicatorDefinition"]
    return found


async def _adopted(request: AnyRequest, code: str, number: int) -> dict[str, Any]:
    given = {"code": code, "id": f"IndicatorDefinition:{number}"}
    data = await read(request, "library/adopt", given, shows="projectByCode")
    await _definition(request, number)
    return data


async def _adoption(
    request: AnyRequest, code: str, number: int, form: Posted, status: int, errors: Any
) -> Page:
    data = await _adopted(request, code, number)
    definition = data["indicatorDefinition"]
    asks = Asked(
        N_("Measure this"),
        f"/projects/{code}/library/{number}",
        () if definition["measure"] == "QUALITATIVE" else BASELINE,
        definition["title"],
        N_("It is added with its result; targets and periods come next."),
    )
    return await measured(request, data["projectByCode"], asks, form, status, errors)


async def _form(
    request: AnyRequest, number: int | None, form: Posted | None, status: int, errors: Any
) -> Page:
    row = await _definition(request, number) if number is not None else None
    actor = await person_of(request)
    if not actor.may(Permission.REVIEW):
        raise Forbidden(say("Only the secretariat's officers look after the library."))
    asks = Asked(
        N_("Save") if row else N_("Add to the library"),
        f"/library/{number}/edit" if row else "/library/new",
        DEFINITION,
        effect=N_("Projects that have adopted it keep what they adopted.") if row else "",
        version=row["version"] if row else None,
    )
    return draw(
        request, "library/form", {}, status=status, at=asks.address, asks=asks,
        form=form or _said(row or {}), errors=errors, definition=row,
    )  # fmt: skip


def _said(row: dict[str, Any]) -> Posted:
    names = {
        "title": "title", "measure": "measure", "unit": "unit", "accumulation": "accumulation",
        "aggregation": "aggregation", "means_of_verification": "meansOfVerification",
        "result_title": "resultTitle", "result_type": "resultType", "benefit": "benefit",
    }  # fmt: skip
    ascending = {"ascending": ["true" if row["ascending"] else "false"]}
    return Posted({**known(row, **names).fields, **ascending})
