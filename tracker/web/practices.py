"""The practices that cities offer: looked at by everybody, written by the cities' own people."""

from typing import Any

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Response

from tracker.domain.actor import Actor
from tracker.domain.errors import Conflict, Forbidden, Invalid
from tracker.domain.messages import say
from tracker.domain.practices import actions
from tracker.domain.practices.actions import PracticePlan
from tracker.domain.practices.rules import may_write
from tracker.domain.roles import Permission
from tracker.graphql import ReadError
from tracker.web.fields import Field, known
from tracker.web.forms import Posted, PostedForm, failure, read_form
from tracker.web.identity import actor_of, person_of
from tracker.web.naming import history
from tracker.web.own_cities import city_field, city_of, own_cities
from tracker.web.pages import AnyRequest, Page, draw, read, redirect
from tracker.web.steps import Step, by_verb, of, take
from tracker.web.templates import number_of
from tracker.web.words import N_

PAGE_SIZE = 24

FIELDS = (
    Field("title", N_("Title"), required=True),
    Field("summary", N_("Summary"), "text",
          N_("What it does and for whom. It is needed before the practice is published.")),
    Field("results_evidence", N_("What shows that it works"), "text",
          N_("Which results, and where they come from. Needed before it is published.")),
    Field("transfer_needs", N_("What it takes to transfer it"), "text",
          N_("People, money, law, technology.")),
    Field("themes", N_("Themes"), hint=N_("Separated by commas.")),
    Field("readiness", N_("Readiness"), "choice", required=True, options=(
        ("pilot", N_("Pilot")), ("proven", N_("Proven")),
        ("replicated", N_("Taken over elsewhere")),
    )),
    Field("licence", N_("Licence"), "choice", required=True, named=True, options=(
        ("cc0", "CC0"), ("cc_by", "CC BY"), ("cc_by_sa", "CC BY-SA"), ("cc_by_nc", "CC BY-NC"),
    )),
    Field("languages", N_("Languages"),
          hint=N_("In which there is something to read: codes such as en, ko, separated by "
                  "commas.")),
)  # fmt: skip

BEGUN = Posted({"readiness": ["pilot"], "licence": ["cc_by"], "languages": ["en"]})
"""What a form says before anybody typed."""

ONLY = say("Only a coordinator, approver or CIO of the city writes its practices.")

STEPS = by_verb(
    Step("publish", actions.publish, N_("Publish it"), N_("Everybody sees it from now on."),
         kind="primary"),
    Step("archive", actions.archive, N_("Offer it no more"),
         N_("What refers to it stays; it cannot be published again.")),
)  # fmt: skip
POSSIBLE = {"DRAFT": ["publish"], "PUBLISHED": ["archive"]}
"""State -> verbs."""


@get("/practices")
async def listing(request: AnyRequest) -> Page:
    """What can be had, and from whom."""
    query = request.query_params
    text = query.get("q", "").replace("\x00", "").strip()[:100]
    variables: dict[str, Any] = {"first": PAGE_SIZE}
    if query.get("after"):
        variables["after"] = query["after"]
    elif query.get("before"):
        variables = {"last": PAGE_SIZE, "before": query["before"]}
    variables["filter"] = {"text": {"matches": text}} if text else {}
    try:
        data = await read(request, "practices/list", variables)
    except ReadError as error:
        if not (query.get("after") or query.get("before")):
            raise
        raise Invalid({"": [say("This page of the list is no longer there.")]}) from error
    writes = bool((await actor_of(request)).cities_with(Permission.WRITE))
    return draw(request, "practices/list", data, text=text, writes=writes)


@get("/practices/{number:int}")
async def show(request: AnyRequest, number: FromPath[int]) -> Page:
    """One practice, and the projects that took it over."""
    asked = {"id": f"Practice:{number}", "number": number}
    data = await read(request, "practices/show", asked, shows="practice")
    events = await history(request, data["auditEvents"]["nodes"])
    practice, actor = data["practice"], await actor_of(request)
    others = set(actor.cities_with(Permission.WRITE)) - {number_of(practice["city"]["id"])}
    return draw(
        request, "practices/show", data, history=events, steps=_possible(practice, actor),
        edits=_edits(practice, actor), asks=bool(others) and practice["state"] == "PUBLISHED",
    )  # fmt: skip


@get("/practices/new")
async def new(request: AnyRequest) -> Page:
    """A form for another practice."""
    return await _form(request, None, None)


@post("/practices/new")
async def add(request: AnyRequest, form: PostedForm) -> Response[Any]:
    """Begin to write it up; the city alone sees it yet."""
    actor = await person_of(request)
    try:
        city_id, plan = city_of(form, PracticePlan)
        practice = await actions.draft(actor, city_id, plan)
    except (Invalid, Conflict) as refusal:
        return await _form(request, None, form, refusal)
    return redirect(f"/practices/{practice.id}", "saved")


@get("/practices/{number:int}/edit")
async def edit(request: AnyRequest, number: FromPath[int]) -> Page:
    """A form with what it says."""
    return await _form(request, number, None)


@post("/practices/{number:int}/edit")
async def save(request: AnyRequest, number: FromPath[int], form: PostedForm) -> Response[Any]:
    """Rewrite it."""
    actor = await person_of(request)
    await read(request, "practices/edit", {"id": f"Practice:{number}"}, shows="practice")
    try:
        await actions.edit(actor, number, read_form(PracticePlan, form), form.seen_version)
    except (Invalid, Conflict) as refusal:
        return await _form(request, number, form, refusal)
    return redirect(f"/practices/{number}", "saved")


@post("/practices/{number:int}/publish")
async def publish(request: AnyRequest, number: FromPath[int], form: PostedForm) -> Response[Any]:
    """Offer it to other cities and show it to the public."""
    return await _take(request, number, "publish", form)


@post("/practices/{number:int}/archive")
async def archive(request: AnyRequest, number: FromPath[int], form: PostedForm) -> Response[Any]:
    """Offer it no more."""
    return await _take(request, number, "archive", form)


async def _take(request: AnyRequest, number: int, verb: str, form: Posted) -> Response[Any]:
    """What is missing is said at the fields of the form, where it can be put right."""
    actor = await person_of(request)
    try:
        await take(STEPS[verb], actor, number, form)
    except (Invalid, Conflict) as refusal:
        return await _form(request, number, None, refusal)
    return redirect(f"/practices/{number}", "saved")


def _edits(practice: dict[str, Any], actor: Actor) -> bool:
    own = may_write(actor, number_of(practice["city"]["id"]))
    return own and practice["state"] != "ARCHIVED"


def _possible(practice: dict[str, Any], actor: Actor) -> list[Step]:
    """The actions check all of it again; this only spares people buttons that would refuse."""
    return of(STEPS, POSSIBLE.get(practice["state"], [])) if _edits(practice, actor) else []


async def _form(
    request: AnyRequest, number: int | None, form: Posted | None,
    refusal: Invalid | Conflict | None = None,
) -> Page:  # fmt: skip
    """The form of a new practice, or of the one of that number."""
    actor = await person_of(request)
    failed = failure(refusal) if refusal else None
    if number is None:
        cities = await own_cities(request, Permission.WRITE)
        allowed, practice, data = bool(cities), None, {}
        fields: tuple[Field, ...] = (city_field(cities), *FIELDS)
        said = Posted({**BEGUN.fields, "city_id": [cities[0][0]] if cities else []})
    else:
        asked = {"id": f"Practice:{number}"}
        data = await read(request, "practices/edit", asked, shows="practice")
        practice, fields = data["practice"], FIELDS
        allowed, said = _edits(practice, actor), _known(practice)
    if failed is None and not allowed:
        raise Forbidden(ONLY)
    return draw(
        request, "practices/form", data, status=failed.status if failed else 200,
        errors=failed.errors if failed else {}, form=form or said, fields=fields,
        practice=practice,
    )  # fmt: skip


def _known(practice: dict[str, Any]) -> Posted:
    return known(
        practice, title="title", summary="summary", results_evidence="resultsEvidence",
        transfer_needs="transferNeeds", themes="themes", readiness="readiness", licence="licence",
        languages="languages",
    )  # fmt: skip
