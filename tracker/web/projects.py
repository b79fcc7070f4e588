"""The portfolio and the page of one project, with the steps along its lifecycle."""

from decimal import Decimal
from typing import Any

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Response

from tracker.domain.actor import Actor
from tracker.domain.errors import Conflict, Forbidden, Invalid, NotFound
from tracker.domain.messages import say
from tracker.domain.projects.actions import report_health as report
from tracker.domain.projects.rules import PARTNER, PLANNING, RUNNING
from tracker.domain.projects.states import Health, ProjectState
from tracker.domain.roles import Permission
from tracker.graphql import ReadError
from tracker.web import (
    budget_lines,
    confidentiality,
    lifecycle,
    milestones,
    tolerances,
    values,
)
from tracker.web.decisions import settler
from tracker.web.forms import NOTHING, Posted, PostedForm, failure
from tracker.web.identity import actor_of, person_of
from tracker.web.lifecycle import ranked
from tracker.web.naming import history
from tracker.web.pages import AnyRequest, Page, draw, page, read, reader_of, redirect
from tracker.web.partners import inside, partners
from tracker.web.plan_gaps import plan_gaps
from tracker.web.portfolio import NOTHING_WAITS, Choice, waiting
from tracker.web.proposing import rewrites
from tracker.web.raising import raises
from tracker.web.reporting_many import deliverable, reportable
from tracker.web.steps import Step, take
from tracker.web.templates import number_of

STEPS = {**lifecycle.STEPS, **confidentiality.STEPS}
"""Every step of a project, by its verb."""


@get("/projects")
async def portfolio(request: AnyRequest) -> Page:
    """Every project that the viewer may see, and what waits for them."""
    choice = Choice.of(request.query_params)
    actor = await actor_of(request)
    try:
        data = await read(request, "projects/list", choice.variables() | waiting(actor))
    except ReadError as error:
        if not choice.cursor:
            raise
        raise Invalid({"": [say("This page of the list is no longer there.")]}) from error
    proposes = bool(actor.cities_with(Permission.PLAN))
    return draw(request, "projects/list", NOTHING_WAITS | data, choice=choice, proposes=proposes)


@get("/projects/{code:str}")
async def show(request: AnyRequest, code: FromPath[str]) -> Page:
    """One project whole: who, how far, what for, and what may be done next."""
    data = await read(request, "projects/show", {"code": code}, shows="projectByCode")
    project, actor = data["projectByCode"], await actor_of(request)
    partner = PARTNER.holds(actor, partners(project))
    running = project["state"].lower() in RUNNING
    settles, evaluates = _settles(project, actor), _evaluates(project, actor)
    return draw(
        request,
        "projects/show",
        {"project": project},
        steps=ranked(_possible(project, actor), project, busy=bool(settles or evaluates)),
        settles=settles,
        raises=raises(project, actor),
        rewrites=rewrites(project, actor),
        evaluates=evaluates,
        gaps=plan_gaps(request, project, adds=milestones.may_plan(project, actor)),
        starting=project["state"].lower() in PLANNING | RUNNING,
        partner=partner,
        running=running,
        tolerates=tolerances.chooses(project, actor),
        history=await history(request, project["events"]["nodes"]),
        sees_budget=inside(project, actor),
        plans_budget=budget_lines.may_plan(project, actor),
        budget_sums=_sums(request, project["budgetLines"]["nodes"]),
        plans=milestones.may_plan(project, actor),
        value_rights=(held := values.rights(project, actor)),
        judges=held.judges(project),
        many_values=len(reportable(project, actor)) > 1,
        many_milestones=len(deliverable(project, actor)) > 1,
    )


def _sums(request: AnyRequest, lines: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """What the lines of each currency come to, as planned now and as agreed at first where that was
    something else. Work that is not valued is in none of them."""
    reader = reader_of(request)
    words = {
        "amount": reader.gettext("Planned, {currency}"),
        "baselineAmount": reader.gettext("As agreed at first, {currency}"),
    }
    sums = {name: _by_currency(lines, name) for name in words}
    return [
        (words[name].format(currency=currency), reader.money(total, currency))
        for name, totals in sums.items()
        for currency, total in sorted(totals.items())
        if name == "amount" or sums["amount"].get(currency) != total
    ]


def _by_currency(lines: list[dict[str, Any]], name: str) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for line in lines:
        if line[name] is not None:
            currency = line["currency"]
            sums[currency] = sums.get(currency, Decimal(0)) + Decimal(str(line[name]))
    return sums


@get("/projects/{code:str}/steps/{verb:str}")
async def step(request: AnyRequest, code: FromPath[str], verb: FromPath[str]) -> Page:
    """What a step does, and what it asks."""
    await person_of(request)
    return await _step_page(request, code, _known(verb), NOTHING, 200, {})


@post("/projects/{code:str}/steps/{verb:str}")
async def take_step(
    request: AnyRequest, code: FromPath[str], verb: FromPath[str], form: PostedForm
) -> Response[Any]:
    """Take the project a step further."""
    actor, chosen = await person_of(request), _known(verb)
    data = await read(request, "projects/step", {"code": code}, shows="projectByCode")
    try:
        await take(chosen, actor, number_of(data["projectByCode"]["id"]), form)
    except (Invalid, Conflict) as refusal:
        failed = failure(refusal)
        return await _step_page(request, code, chosen, form, failed.status, failed.errors)
    return redirect(f"/projects/{code}", "done")


@get("/projects/{code:str}/health")
async def health(request: AnyRequest, code: FromPath[str]) -> Page:
    """How the coordinators say it fares."""
    actor = await person_of(request)
    data = await read(request, "projects/health", {"code": code}, shows="projectByCode")
    project = data["projectByCode"]
    if not PARTNER.holds(actor, partners(project)) or project["state"].lower() not in RUNNING:
        raise Forbidden(
            say("Only {who} reports the health of a project that is under way.", who=PARTNER.who)
        )
    return draw(request, "projects/health", data, form=NOTHING, errors={})


@post("/projects/{code:str}/health")
async def report_health(
    request: AnyRequest, code: FromPath[str], form: PostedForm
) -> Response[Any]:
    """Say how it fares, beside what the tracker computes."""
    actor = await person_of(request)
    data = await read(request, "projects/health", {"code": code}, shows="projectByCode")
    try:
        await report(
            actor, number_of(data["projectByCode"]["id"]), _health(form), form.seen_version
        )
    except (Invalid, Conflict) as refusal:
        failed = failure(refusal)
        return await page(
            request, "projects/health", {"code": code}, status=failed.status,
            form=form, errors=failed.errors,
        )  # fmt: skip
    return redirect(f"/projects/{code}", "saved")


def _possible(project: dict[str, Any], actor: Actor) -> list[Step]:
    return [*lifecycle.possible(project, actor), *confidentiality.possible(project, actor)]


def _settles(project: dict[str, Any], actor: Actor) -> list[dict[str, Any]]:
    """The open decisions that are the actor's to make."""
    return [
        decision
        for decision in project["decisions"]["nodes"]
        if decision["state"] == "PENDING"
        and (decision["kind"] == "ESCALATE" or not project["proposedByViewer"])
        and not decision["settledByViewerElsewhere"]
        and not decision["askedByViewer"]
        and settler(decision, project, actor)
    ]


def _evaluates(project: dict[str, Any], actor: Actor) -> bool:
    """Whether the actor's city has yet to look back. Its own answers it can always see."""
    told = project["evaluations"]["nodes"]
    done = {each["city"]["id"] for each in told if each["submittedAt"]}
    due = (each["city"]["id"] for each in project["participations"]["nodes"])
    return project["state"] == ProjectState.FINALISING.upper() and any(
        actor.may(Permission.REPORT, number_of(city)) for city in due if city not in done
    )


def _known(verb: str) -> Step:
    if verb not in STEPS:
        raise NotFound(say("There is no such step."))
    return STEPS[verb]


def _health(form: Posted) -> Health:
    try:
        return Health(form.text("health").lower())
    except ValueError as error:
        raise Invalid({"health": [say("Choose how the project fares.")]}) from error


async def _step_page(
    request: AnyRequest, code: str, chosen: Step, form: Posted, status: int, errors: Any
) -> Page:
    data = await read(request, "projects/step", {"code": code}, shows="projectByCode")
    if status == 200:  # what comes back with mistakes is drawn, whatever happened meanwhile
        owner = confidentiality if chosen.verb in confidentiality.STEPS else lifecycle
        owner.require_possible(chosen, data["projectByCode"], await person_of(request))
    return draw(
        request, "projects/step", data, status=status, step=chosen, form=form, errors=errors
    )
