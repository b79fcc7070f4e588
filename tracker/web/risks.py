"""Risks and issues of a project: a list, the same as a matrix, and what may be done with each."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Response

from tracker.domain.actor import Actor
from tracker.domain.errors import Conflict, Forbidden, Invalid, NotFound
from tracker.domain.messages import Message, say, word
from tracker.domain.projects.rules import ENDED, coordinates
from tracker.domain.risks import actions
from tracker.domain.risks.actions import (
    RiskAssessment,
    RiskDraft,
    RiskOccurrence,
    RiskPlan,
    closed,
)
from tracker.domain.risks.rules import STEPS, WATCHED
from tracker.domain.roles import Permission, roles_with
from tracker.web.forms import NOTHING, Posted, PostedForm, failure, read_form, row_number
from tracker.web.identity import actor_of, person_of
from tracker.web.naming import history
from tracker.web.pages import AnyRequest, Page, draw, read, redirect
from tracker.web.partners import inside, partners
from tracker.web.steps import Step, Why, by_verb, of, take
from tracker.web.templates import number_of
from tracker.web.words import N_

ALL = by_verb(
    Step(
        "assess", actions.assess, N_("Assess it again"),
        N_("The former assessment stays in the history; the trend follows from it."),
        RiskAssessment, "primary", draft=True,
    ),
    Step(
        "materialise", actions.materialise, N_("It has happened"),
        N_("From now on it is an issue."), RiskOccurrence, draft=True,
    ),
    Step(
        "edit", actions.edit, N_("Rewrite it"),
        N_("What it is, what is done about it and who looks after it."), RiskPlan, draft=True,
    ),
    Step(
        "mitigate", actions.mitigate, N_("Mark as mitigated"),
        N_("What was done about it works; nobody has to review it any more."), Why,
    ),
    Step("close", actions.close, N_("Close it"),
         N_("It cannot happen any more, or is over. It can be reopened."), Why),
    Step("reopen", actions.reopen, N_("Reopen it"), N_("Somebody looks after it again."), Why),
)  # fmt: skip
"""What a coordinator of a partner city may do with a risk."""

STAND_INS = {
    "impact": "0",
    "probability": "0",
    "review_on": str(date.min),
    "occurred_on": str(date.max),
}
"""What the rules refuse whatever else is typed, in the place of what cannot be read, so that they
tell of the rest as well. A missing owner is city 0."""

OWNERS = {"roles": [role.name for role in roles_with(Permission.PLAN)]}
"""Whom a document offers as owners: those who may plan for their city."""


@get("/projects/{code:str}/risks")
async def listing(request: AnyRequest, code: FromPath[str]) -> Page:
    """All risks and issues of a project, the worst first."""
    actor = await person_of(request)
    data = await read(request, "risks/list", {"code": code}, shows="projectByCode")
    project = data["projectByCode"]
    if not inside(project, actor):
        raise Forbidden(say("Risks are for the partner cities and the secretariat to see."))
    return draw(
        request, "risks/list", data, cells=_matrix(project["watched"]["nodes"]),
        adds=_open_to(project, actor),
    )  # fmt: skip


@get("/projects/{code:str}/risks/new")
async def new(request: AnyRequest, code: FromPath[str]) -> Page:
    """A form for another risk or issue."""
    await person_of(request)
    return await _new_page(request, code, NOTHING, 200, {})


@post("/projects/{code:str}/risks/new")
async def add(request: AnyRequest, code: FromPath[str], form: PostedForm) -> Response[Any]:
    """Write a risk or an issue down."""
    actor = await person_of(request)
    data = await read(request, "risks/new", {"code": code, **OWNERS}, shows="projectByCode")
    try:
        number = await _written(actor, number_of(data["projectByCode"]["id"]), form)
    except (Invalid, Conflict) as refusal:
        failed = failure(refusal)
        return await _new_page(request, code, form, failed.status, failed.errors)
    return redirect(f"/risks/{number}", "saved")


@get("/risks/{number:int}")
async def show(request: AnyRequest, number: FromPath[int]) -> Page:
    """One risk with its history, and what may be done with it."""
    await person_of(request)
    asked = {"id": f"Risk:{number}", "number": number}
    data = await read(request, "risks/show", asked, shows="risk")
    return draw(
        request, "risks/show", data, steps=_possible(data["risk"], await actor_of(request)),
        history=await history(request, data["auditEvents"]["nodes"]),
    )  # fmt: skip


@get("/risks/{number:int}/{verb:str}")
async def step(request: AnyRequest, number: FromPath[int], verb: FromPath[str]) -> Page:
    """What a step asks."""
    await person_of(request)
    return await _step_page(request, number, _known(verb), NOTHING, 200, {})


@post("/risks/{number:int}/{verb:str}")
async def take_step(
    request: AnyRequest, number: FromPath[int], verb: FromPath[str], form: PostedForm
) -> Response[Any]:
    """Take the step."""
    actor, chosen = await person_of(request), _known(verb)
    try:
        await take(chosen, actor, number, form)
    except (Invalid, Conflict) as refusal:
        failed = failure(refusal)
        return await _step_page(request, number, chosen, form, failed.status, failed.errors)
    return redirect(f"/risks/{number}", "done")


def _matrix(risks: list[dict[str, Any]]) -> Mapping[tuple[int, int], list[dict[str, Any]]]:
    """(probability, impact) -> what stands in that cell; issues in a row of their own, 0."""
    cells: dict[tuple[int, int], list[dict[str, Any]]] = {}
    for risk in risks:
        cells.setdefault((risk["probability"] or 0, risk["impact"]), []).append(risk)
    return cells


def _open_to(project: dict[str, Any], actor: Actor) -> bool:
    """Whether the actor may change the risks of the project of a page's data."""
    return coordinates(actor, partners(project)) and project["state"].lower() not in ENDED


def _possible(risk: dict[str, Any], actor: Actor) -> list[Step]:
    """The actions check all of it again; this only spares people buttons that would refuse."""
    if not _open_to(risk["project"], actor):
        return []
    state = risk["state"].lower()
    verbs = ["edit", *(verb for verb, each in STEPS.items() if state in each.sources)]
    if state in WATCHED:
        verbs += ["assess"] + ["materialise"] * (risk["type"] == "RISK")
    return of(ALL, verbs)


def _known(verb: str) -> Step:
    if verb not in ALL:
        raise NotFound(say("There is no such step."))
    return ALL[verb]


async def _written(actor: Actor, project_id: int, form: Posted) -> int:
    """The number of the risk. Raises what `actions.add` raises, Invalid also with what cannot be
    read."""
    city_id, draft, unread = _drafted(form)
    try:
        risk = await actions.add(actor, project_id, city_id, draft)
    except Invalid as refusal:
        told = {**refusal.fields, **unread}
        if "owner" in unread:
            told.pop("city_id", None)
        raise Invalid(told) from refusal
    number: int = risk.id
    return number


def _drafted(form: Posted) -> tuple[int, RiskDraft, dict[str, list[Message]]]:
    """The owner city and the draft, with stand-ins for what cannot be read, and what to say of
    that. Raises Invalid for what has no stand-in."""
    unread: dict[str, list[Message]] = {}
    city_id, person_id = 0, None
    try:
        city_id, person_id = _owner(form.text("owner"))
    except Invalid as refusal:
        unread |= refusal.fields
    try:
        draft = read_form(RiskDraft, form)
    except Invalid as refusal:
        unread |= refusal.fields
        if not refusal.fields.keys() <= STAND_INS.keys():
            raise Invalid(unread) from refusal
        stand_ins = {name: [STAND_INS[name]] for name in refusal.fields}
        draft = read_form(RiskDraft, replace(form, fields={**form.fields, **stand_ins}))
    return city_id, replace(draft, person_id=person_id), unread


def _owner(given: str) -> tuple[int, int | None]:
    """The city and the person of a choice such as "12" or "12:34"."""
    first, colon, second = given.partition(":")
    city_id, person_id = row_number(first), row_number(second)
    if city_id is None or (colon and person_id is None):
        raise Invalid({"owner": [say("Choose who looks after it.")]})
    return city_id, person_id


async def _new_page(request: AnyRequest, code: str, form: Posted, status: int, errors: Any) -> Page:
    data = await read(request, "risks/new", {"code": code, **OWNERS}, shows="projectByCode")
    project = data["projectByCode"]
    if not _open_to(project, await actor_of(request)):
        state = project["state"].lower()
        message = say("Only a coordinator of a partner city looks after risks.")
        raise Forbidden(closed(state) if state in ENDED else message)
    return draw(request, "risks/new", data, status=status, form=form, errors=errors)


async def _step_page(
    request: AnyRequest, number: int, chosen: Step, form: Posted, status: int, errors: Any
) -> Page:
    asked = {"id": f"Risk:{number}", **OWNERS}
    data = await read(request, "risks/step", asked, shows="risk")
    risk = data["risk"]
    if status == 200:  # what comes back with mistakes is drawn, whatever happened meanwhile
        actor = await person_of(request)
        if chosen not in _possible(risk, actor):
            raise Forbidden(
                say("It is {state}; no such step is due.", state=word(risk["state"].lower()))
                if _open_to(risk["project"], actor)
                else say("Only a coordinator of a partner city looks after risks.")
            )
    return draw(request, "risks/step", data, status=status, step=chosen, form=form, errors=errors)
