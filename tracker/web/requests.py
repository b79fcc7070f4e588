"""What cities ask for: requests for benchmark, read by everybody who has a role, written by the
cities' own people."""

from dataclasses import replace
from typing import Any

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Response

from tracker.domain.actor import Actor
from tracker.domain.errors import Conflict, Forbidden, Invalid
from tracker.domain.messages import say
from tracker.domain.requests import actions
from tracker.domain.requests.actions import RequestPlan
from tracker.domain.requests.rules import may_write
from tracker.domain.roles import Permission
from tracker.graphql import ReadError
from tracker.web.fields import Field, known
from tracker.web.forms import Posted, PostedForm, failure, read_form, row_number
from tracker.web.identity import person_of
from tracker.web.naming import history
from tracker.web.own_cities import city_field, city_of, offered, own_cities
from tracker.web.pages import AnyRequest, Page, draw, read, redirect
from tracker.web.templates import number_of
from tracker.web.words import N_

PAGE_SIZE = 24

PRACTICE = Field("practice_id", N_("Practice"), "choice",
                 N_("Leave it open if you know the need only."), named=True)  # fmt: skip
FIELDS = (
    Field("title", N_("Title"), required=True),
    Field("need", N_("What is needed"), "text", required=True),
    PRACTICE,
    Field("wanted_outcomes", N_("Wanted outcomes"), "text",
          N_("What should be different afterwards, for whom.")),
    Field("themes", N_("Themes"), hint=N_("Separated by commas.")),
    Field("deadline_on", N_("Answers until"), "date",
          N_("The request closes by itself on the day after.")),
    Field("budget_amount", N_("Budget"), "number", N_("Leave it empty if it is not known yet.")),
    Field("budget_currency", N_("Currency"), hint=N_("ISO 4217 code, such as KES."), most=3),
)  # fmt: skip

ONLY = say("Only a coordinator, approver or CIO of the city asks on its behalf.")


@get("/requests")
async def listing(request: AnyRequest) -> Page:
    """What is asked for, the newest first; open ones unless all are wanted."""
    actor, query = await person_of(request), request.query_params
    every = query.get("state") == "all"
    variables: dict[str, Any] = {"first": PAGE_SIZE}
    if query.get("after"):
        variables["after"] = query["after"]
    elif query.get("before"):
        variables = {"last": PAGE_SIZE, "before": query["before"]}
    variables["filter"] = {} if every else {"state": {"eq": "OPEN"}}
    try:
        data = await read(request, "requests/list", variables)
    except ReadError as error:
        if not (query.get("after") or query.get("before")):
            raise
        raise Invalid({"": [say("This page of the list is no longer there.")]}) from error
    writes = bool(actor.cities_with(Permission.WRITE))
    return draw(request, "requests/list", data, every=every, writes=writes)


@get("/requests/{number:int}")
async def show(request: AnyRequest, number: FromPath[int]) -> Page:
    """One request, and the projects that answer it."""
    actor = await person_of(request)
    asked = {"id": f"Request:{number}", "number": number}
    data = await read(request, "requests/show", asked, shows="request")
    found = data["request"]
    return draw(
        request, "requests/show", data, edits=_edits(found, actor),
        proposes=_proposes(found, actor),
        history=await history(request, data["auditEvents"]["nodes"]),
    )  # fmt: skip


@get("/requests/new")
async def new(request: AnyRequest) -> Page:
    """A form for another request; with `practice`, for that one."""
    return await _form(request, None, None)


@post("/requests/new")
async def add(request: AnyRequest, form: PostedForm) -> Response[Any]:
    """Ask the other cities."""
    actor = await person_of(request)
    try:
        city_id, plan = city_of(form, RequestPlan)
        opened = await actions.open_(actor, city_id, plan)
    except (Invalid, Conflict) as refusal:
        return await _form(request, None, form, refusal)
    return redirect(f"/requests/{opened.id}", "saved")


@get("/requests/{number:int}/edit")
async def edit(request: AnyRequest, number: FromPath[int]) -> Page:
    """A form with what it says."""
    return await _form(request, number, None)


@post("/requests/{number:int}/edit")
async def save(request: AnyRequest, number: FromPath[int], form: PostedForm) -> Response[Any]:
    """Rewrite it."""
    actor = await person_of(request)
    await _read(request, number)
    try:
        await actions.edit(actor, number, read_form(RequestPlan, form), form.seen_version)
    except (Invalid, Conflict) as refusal:
        return await _form(request, number, form, refusal)
    return redirect(f"/requests/{number}", "saved")


@post("/requests/{number:int}/withdraw")
async def withdraw(request: AnyRequest, number: FromPath[int], form: PostedForm) -> Response[Any]:
    """Take it back."""
    actor = await person_of(request)
    try:
        await actions.withdraw(actor, number, form.seen_version)
    except (Invalid, Conflict) as refusal:
        return await _form(request, number, None, refusal)
    return redirect(f"/requests/{number}", "saved")


def _edits(found: dict[str, Any], actor: Actor) -> bool:
    return found["state"] == "OPEN" and may_write(actor, number_of(found["city"]["id"]))


def _proposes(found: dict[str, Any], actor: Actor) -> bool:
    """Whether a project that answers it may be the actor's to propose."""
    return found["state"] == "OPEN" and bool(actor.cities_with(Permission.PLAN))


async def _read(request: AnyRequest, number: int) -> dict[str, Any]:
    data = await read(request, "requests/edit", {"id": f"Request:{number}"}, shows="request")
    found: dict[str, Any] = data["request"]
    return found


async def _form(
    request: AnyRequest, number: int | None, form: Posted | None,
    refusal: Invalid | Conflict | None = None,
) -> Page:  # fmt: skip
    """The form of a new request, or of the one of that number."""
    actor = await person_of(request)
    failed = failure(refusal) if refusal else None
    fields, found = await _fields(request), None
    if number is None:
        cities = await own_cities(request, Permission.WRITE)
        allowed, fields = bool(cities), (city_field(cities), *fields)
        wanted = row_number(request.query_params.get("practice", ""))
        said = Posted(
            {
                "city_id": [cities[0][0]] if cities else [],
                "practice_id": [str(wanted)] if wanted else [],
            }
        )
    else:
        found = await _read(request, number)
        allowed, said = _edits(found, actor), _known(found)
    if failed is None and not allowed:
        raise Forbidden(ONLY)
    return draw(
        request, "requests/form", {}, status=failed.status if failed else 200,
        errors=failed.errors if failed else {}, form=form or said, fields=fields, asked=found,
    )  # fmt: skip


async def _fields(request: AnyRequest) -> tuple[Field, ...]:
    """With the practices that are on offer."""
    offers = [
        (str(number_of(each["id"])), f"{each['title']} ({each['city']['name']})")
        for each in await offered(request, "requests/offers", "practices")
    ]
    return tuple(replace(field, options=offers) if field is PRACTICE else field for field in FIELDS)


def _known(found: dict[str, Any]) -> Posted:
    said = known(
        found, title="title", need="need", wanted_outcomes="wantedOutcomes", themes="themes",
        deadline_on="deadlineOn", budget_amount="budgetAmount", budget_currency="budgetCurrency",
    )  # fmt: skip
    practice = [str(number_of(found["practice"]["id"]))] if found["practice"] else []
    return Posted({**said.fields, "practice_id": practice})
