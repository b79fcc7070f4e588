"""The portfolio and the page of one project, with the steps along its lifecycle."""

from typing import Any

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Response

from tracker.domain.actor import Actor, Role
from tracker.domain.errors import Conflict, Invalid, NotFound
from tracker.domain.projects import lifecycle
from tracker.domain.projects.actions import report_health as report
from tracker.domain.projects.rules import COORDINATORS, LIFECYCLE, PARTNER, RUNNING, verbs_from
from tracker.domain.projects.tables import Health, ProjectState
from tracker.graphql import ReadError
from tracker.web import milestones, values
from tracker.web.forms import NOTHING, Posted, PostedForm, failure
from tracker.web.history import sentences
from tracker.web.identity import actor_of, person_of
from tracker.web.pages import AnyRequest, Page, draw, page, read, reader_of, redirect
from tracker.web.partners import partners
from tracker.web.portfolio import Choice, waiting
from tracker.web.steps import Begun, Ended, Step, Why, by_verb, of, take
from tracker.web.templates import number_of
from tracker.web.words import N_

STEPS = by_verb(
    Step(
        "submit",
        lifecycle.submit,
        N_("Submit the proposal"),
        N_("The secretariat reviews it, and the partner city can see it from now on."),
        kind="primary",
    ),
    Step(
        "review",
        lifecycle.review,
        N_("Take under review"),
        N_("Both mayors are asked to endorse it."),
        kind="primary",
    ),
    Step(
        "agree",
        lifecycle.agree,
        N_("Agree to the project"),
        N_("The dates of its milestones become the baseline, and both mayors are asked to sign."),
        kind="primary",
    ),
    Step(
        "start",
        lifecycle.start,
        N_("Start the work"),
        N_("From now on milestones and values are reported."),
        Begun,
        "primary",
    ),
    Step(
        "finalise",
        lifecycle.finalise,
        N_("Say that the work is done"),
        N_("Both cities then evaluate the project, and the last values come in."),
        Ended,
        "primary",
    ),
    Step(
        "close",
        lifecycle.close,
        N_("Close the project"),
        N_("The mayors of both cities get a closing digest."),
        kind="primary",
    ),
    Step(
        "resume",
        lifecycle.resume,
        N_("Resume the work"),
        N_("Milestones and values are reported again."),
    ),
    Step(
        "return",
        lifecycle.return_,
        N_("Return the proposal"),
        N_("The city that wrote it can improve it and submit it again."),
        Why,
    ),
    Step(
        "suspend",
        lifecycle.suspend,
        N_("Suspend the project"),
        N_("The work pauses until somebody resumes it."),
        Why,
    ),
    Step(
        "reopen",
        lifecycle.reopen,
        N_("Reopen the project"),
        N_("Something can be put right before it is closed again."),
        Why,
    ),
    Step(
        "withdraw",
        lifecycle.withdraw,
        N_("Withdraw the proposal"),
        N_("It ends here, for good."),
        kind="danger",
    ),
    Step(
        "reject",
        lifecycle.reject,
        N_("Reject the proposal"),
        N_("It ends here, for good."),
        Why,
        "danger",
    ),
    Step(
        "cancel",
        lifecycle.cancel,
        N_("Cancel the project"),
        N_("It ends here, for good; what was reported stays."),
        Why,
        "danger",
    ),
)


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
        raise Invalid({"": ["This page of the list is no longer there."]}) from error
    return draw(request, "projects/list", data, choice=choice)


@get("/projects/{code:str}")
async def show(request: AnyRequest, code: FromPath[str]) -> Page:
    """One project whole: who, how far, what for, and what may be done next."""
    data = await read(request, "projects/show", {"code": code}, shows="projectByCode")
    project, actor = data["projectByCode"], await actor_of(request)
    partner = PARTNER.holds(actor, partners(project))
    running = project["state"].lower() in RUNNING
    return draw(
        request,
        "projects/show",
        {"project": project},
        steps=_possible(project, actor),
        settles=_settles(project, actor),
        evaluates=_evaluates(project, actor),
        partner=partner,
        running=running,
        history=sentences(reader_of(request), project),
        plans=milestones.may_plan(project, actor),
        value_rights=values.rights(project, actor),
    )


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
    await person_of(request)
    return await page(
        request, "projects/health", {"code": code}, shows="projectByCode", form=NOTHING, errors={}
    )


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
    facts = partners(project)
    verbs = verbs_from(ProjectState(project["state"].lower()))
    return of(STEPS, [verb for verb in verbs if LIFECYCLE[verb].permission.holds(actor, facts)])


def _settles(project: dict[str, Any], actor: Actor) -> list[dict[str, Any]]:
    """The open decisions that are the actor's to make."""
    return [
        decision
        for decision in project["decisions"]["nodes"]
        if decision["state"] == "PENDING"
        and actor.holds(number_of(decision["city"]["id"]), Role.MAYOR)
    ]


def _evaluates(project: dict[str, Any], actor: Actor) -> bool:
    """Whether the actor's city has yet to look back. Its own answers it can always see."""
    done = {each["city"]["id"] for each in project["evaluations"]["nodes"]}
    due = (each["city"]["id"] for each in project["participations"]["nodes"])
    return project["state"] == ProjectState.FINALISING.upper() and any(
        actor.holds(number_of(city), *COORDINATORS) for city in due if city not in done
    )


def _known(verb: str) -> Step:
    if verb not in STEPS:
        raise NotFound("There is no such step.")
    return STEPS[verb]


def _health(form: Posted) -> Health:
    try:
        return Health(form.text("health").lower())
    except ValueError as error:
        raise Invalid({"health": ["Choose how the project fares."]}) from error


async def _step_page(
    request: AnyRequest, code: str, chosen: Step, form: Posted, status: int, errors: Any
) -> Page:
    return await page(
        request, "projects/step", {"code": code}, shows="projectByCode", status=status,
        step=chosen, form=form, errors=errors,
    )  # fmt: skip
