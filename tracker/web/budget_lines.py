"""Budget lines while the plan is made: added, rewritten, taken out. Once it is agreed, a plan
change does that (`plans.py`)."""

from typing import Any

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Response

from tracker.domain.actor import Actor
from tracker.domain.budgets import actions
from tracker.domain.budgets.actions import BudgetLinePlan
from tracker.domain.errors import Conflict, Forbidden, Invalid
from tracker.domain.messages import Message, say
from tracker.domain.projects.rules import AGREED_PLAN, PARTNER, closed_plan
from tracker.web.fields import Field, known
from tracker.web.forms import NOTHING, Posted, PostedForm, failure, read_form, row_number
from tracker.web.identity import person_of
from tracker.web.pages import AnyRequest, Page, draw, read, redirect
from tracker.web.partners import partners
from tracker.web.templates import number_of
from tracker.web.words import N_

LINE = (
    Field("title", N_("Purpose"), required=True),
    Field("amount", N_("Amount"), "number",
          N_("Leave it empty for work in kind that is not valued.")),
    Field("currency", N_("Currency"), hint=N_("ISO 4217 code, such as KES."), most=3),
    Field("person_days", N_("Person-days"), "number", N_("Only for work in kind.")),
    Field("value_on", N_("Value date"), "date",
          N_("The day whose exchange rates count."), required=True),
)  # fmt: skip


@get("/projects/{code:str}/budget/lines/new")
async def new(request: AnyRequest, code: FromPath[str]) -> Page:
    """A form for another budget line."""
    await person_of(request)
    return await _new_page(request, code, NOTHING, 200, {})


@post("/projects/{code:str}/budget/lines/new")
async def add(request: AnyRequest, code: FromPath[str], form: PostedForm) -> Response[Any]:
    """Plan what a city sets aside."""
    actor = await person_of(request)
    data = await read(request, "budgets/new_line", {"code": code}, shows="projectByCode")
    try:
        city_id, draft = _drafted(form)
        await actions.add(actor, number_of(data["projectByCode"]["id"]), city_id, draft)
    except (Invalid, Conflict) as refusal:
        failed = failure(refusal)
        return await _new_page(request, code, form, failed.status, failed.errors)
    return redirect(f"/projects/{code}/budget#lines", "saved")


@get("/budget-lines/{number:int}/edit")
async def edit(request: AnyRequest, number: FromPath[int]) -> Page:
    """A form with what the line says."""
    await person_of(request)
    return await _edit_page(request, number, None, 200, {})


@post("/budget-lines/{number:int}/edit")
async def save(request: AnyRequest, number: FromPath[int], form: PostedForm) -> Response[Any]:
    """Rewrite the line."""
    actor = await person_of(request)
    line = await _read(request, number)
    try:
        as_it_is = {"type": [line["type"].lower()]}
        draft = read_form(BudgetLinePlan, Posted({**form.fields, **as_it_is}))
        await actions.edit(actor, number, draft, form.seen_version)
    except (Invalid, Conflict) as refusal:
        failed = failure(refusal)
        return await _edit_page(request, number, form, failed.status, failed.errors)
    return redirect(f"/projects/{line['project']['code']}/budget#lines", "saved")


@get("/budget-lines/{number:int}/remove")
async def ask_remove(request: AnyRequest, number: FromPath[int]) -> Page:
    """Whether it is really meant."""
    await person_of(request)
    return await _remove_page(request, number, 200, {})


@post("/budget-lines/{number:int}/remove")
async def remove(request: AnyRequest, number: FromPath[int], form: PostedForm) -> Response[Any]:
    """Take the line out of the plan."""
    actor = await person_of(request)
    line = await _read(request, number)
    try:
        await actions.remove(actor, number, form.seen_version)
    except (Invalid, Conflict) as refusal:
        failed = failure(refusal)
        return await _remove_page(request, number, failed.status, failed.errors)
    return redirect(f"/projects/{line['project']['code']}/budget#lines", "done")


def may_plan(project: dict[str, Any], actor: Actor) -> bool:
    """Whether the actor plans what the project of a page's data costs, without asking the other
    side."""
    return _refusal(project, actor) is None


def _refusal(project: dict[str, Any], actor: Actor) -> Message | None:
    if not PARTNER.holds(actor, partners(project)):
        return say("Only {who} plans what the project costs.", who=PARTNER.who)
    if closed := closed_plan(project["state"].lower()):
        return closed
    if project["agreedAt"]:
        return AGREED_PLAN
    return None


def _drafted(form: Posted) -> tuple[int, BudgetLinePlan]:
    """Who pays, and for what. Raises Invalid with all that cannot be read."""
    city_id, wrong = row_number(form.text("city_id")), {}
    if city_id is None:
        wrong = {"city_id": [say("Choose the city that pays.")]}
    try:
        draft = read_form(BudgetLinePlan, form)
    except Invalid as refusal:
        raise Invalid({**wrong, **refusal.fields}) from refusal
    if city_id is None:
        raise Invalid(wrong)
    return city_id, draft


async def _require_planner(request: AnyRequest, project: dict[str, Any]) -> None:
    if refusal := _refusal(project, await person_of(request)):
        raise Forbidden(refusal)


async def _read(request: AnyRequest, number: int) -> dict[str, Any]:
    data = await read(request, "budgets/line", {"id": f"BudgetLine:{number}"}, shows="budgetLine")
    found: dict[str, Any] = data["budgetLine"]
    return found


async def _new_page(request: AnyRequest, code: str, form: Posted, status: int, errors: Any) -> Page:
    data = await read(request, "budgets/new_line", {"code": code}, shows="projectByCode")
    project = data["projectByCode"]
    if status == 200:
        await _require_planner(request, project)
    cities = [
        (str(number_of(each["city"]["id"])), each["city"]["name"])
        for each in project["participations"]["nodes"]
    ]
    payer = Field("city_id", N_("City that pays"), "choice", required=True, options=cities,
                  named=True)  # fmt: skip
    return draw(
        request, "budgets/new_line", {"project": project}, status=status, form=form,
        errors=errors, fields=(payer, *LINE),
    )  # fmt: skip


async def _edit_page(
    request: AnyRequest, number: int, form: Posted | None, status: int, errors: Any
) -> Page:
    line = await _read(request, number)
    if status == 200:
        await _require_planner(request, line["project"])
    said = known(line, title="title", amount="amount", person_days="personDays", value_on="valueOn")
    shown = form or Posted({**said.fields, "currency": [line["currency"] or ""]})
    return draw(
        request, "budgets/line", {"line": line}, status=status, form=shown, errors=errors,
        fields=LINE, removing=False,
    )  # fmt: skip


async def _remove_page(request: AnyRequest, number: int, status: int, errors: Any) -> Page:
    line = await _read(request, number)
    if status == 200:
        await _require_planner(request, line["project"])
    return draw(
        request, "budgets/line", {"line": line}, status=status, form=NOTHING, errors=errors,
        fields=(), removing=True,
    )  # fmt: skip
