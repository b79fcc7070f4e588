"""The plan of a project: how it changed, and a form to propose another change of it."""

from collections.abc import Mapping
from typing import Any

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Response

from tracker.domain.actor import Actor
from tracker.domain.errors import Conflict, Forbidden, Invalid
from tracker.domain.messages import say
from tracker.domain.plan_changes import actions
from tracker.domain.plan_changes.drafts import PlanChangeDraft
from tracker.domain.problems import Problems
from tracker.domain.projects.rules import settled_plan
from tracker.domain.roles import Permission
from tracker.web import plan_additions, plan_form
from tracker.web.forms import NOTHING, Posted, PostedForm, failure, read_form
from tracker.web.identity import actor_of, person_of
from tracker.web.pages import AnyRequest, Page, draw, read, reader_of, redirect
from tracker.web.partners import inside
from tracker.web.plan_changes import answering
from tracker.web.plan_chart import drawn
from tracker.web.templates import number_of

ONLY = say("Only a coordinator of a partner city proposes changes, for that city.")


@get("/projects/{code:str}/plan")
async def show(request: AnyRequest, code: FromPath[str]) -> Page:
    """How the plan was agreed, and what has become of it."""
    data = await read(request, "plans/show", {"code": code}, shows="projectByCode")
    project, actor = data["projectByCode"], await actor_of(request)
    waiting = {each["id"]: answering(each, project) for each in project["planChanges"]["nodes"]}
    return draw(
        request,
        "plans/show",
        data,
        inside=inside(project, actor),
        answering=waiting,
        chart=drawn(reader_of(request), project),
        proposes=may_propose(project, actor),
    )


@get("/projects/{code:str}/plan/propose")
async def new(request: AnyRequest, code: FromPath[str]) -> Page:
    """A form with the plan as it is."""
    await person_of(request)
    return await form_page(request, code, NOTHING, 200, {})


@post("/projects/{code:str}/plan/propose")
async def propose(request: AnyRequest, code: FromPath[str], form: PostedForm) -> Response[Any]:
    """Put what was changed before the other side, or draw the form with another row."""
    actor = await person_of(request)
    if form.text("more"):
        return await form_page(request, code, form, 200, {})
    data = await read(request, "plans/propose", {"code": code}, shows="projectByCode")
    project = data["projectByCode"]
    try:
        draft = _draft(form)
        made = await actions.propose(
            actor, number_of(project["id"]), _city(form, project, actor), draft
        )
    except Invalid as refusal:
        named = plan_form.named(refusal.fields, project, form)
        return await form_page(request, code, form, 422, named)
    except Conflict as refusal:
        failed = failure(refusal)
        return await form_page(request, code, form, failed.status, failed.errors)
    return redirect(f"/plan-changes/{made.id}", "done")


def _draft(form: Posted) -> PlanChangeDraft:
    """What is proposed. Raises Invalid for what cannot be read; that its reason is missing is said
    along with it."""
    try:
        return read_form(PlanChangeDraft, plan_form.changed(form))
    except Invalid as refusal:
        problems = Problems()
        problems.text("reason", form.text("reason"), required=True)
        raise Invalid({**refusal.fields, **problems.fields}) from refusal


async def propose_part(
    actor: Actor, project: Mapping[str, Any], form: Posted, name: str, part: Any
) -> Response[Any]:
    """Put one part of the list `name`, and the form's reason, before the other side, for the first
    city that the actor speaks for. Raises what the action does, with the fields of the part."""
    cities = [each["number"] for each in _cities(project, actor)]
    if not cities:
        raise Forbidden(ONLY)
    parts: dict[str, Any] = {name: [part]}
    draft = PlanChangeDraft(reason=form.text("reason"), **parts)
    try:
        made = await actions.propose(actor, number_of(project["id"]), cities[0], draft)
    except Invalid as refusal:
        fields = {at.removeprefix(f"{name}.0."): told for at, told in refusal.fields.items()}
        raise Invalid(fields) from refusal
    return redirect(f"/plan-changes/{made.id}", "done")


def may_propose(project: Mapping[str, Any], actor: Actor) -> bool:
    """Whether the actor may propose to change the plan of a page's project."""
    over = settled_plan(project["state"].lower()) or not project["agreedAt"]
    return not over and bool(_cities(project, actor))


def _cities(project: Mapping[str, Any], actor: Actor) -> list[dict[str, Any]]:
    """The partner cities for which the actor proposes."""
    return [each for each in _partners(project) if actor.may(Permission.PLAN, each["number"])]


def _partners(project: Mapping[str, Any]) -> list[dict[str, Any]]:
    found = (each["city"] for each in project["participations"]["nodes"])
    return [{"number": number_of(city["id"]), "name": city["name"]} for city in found]


def _city(form: Posted, project: Mapping[str, Any], actor: Actor) -> int:
    wanted = form.text("city_id")
    for city in _cities(project, actor):
        if str(city["number"]) == wanted:
            return int(city["number"])
    raise Forbidden(ONLY)


async def form_page(
    request: AnyRequest, code: str, form: Posted, status: int, errors: Any, *, adding: bool = False
) -> Page:
    """The form with what was typed, opened at another milestone where one is being added.
    Untouched, it is only for whoever may propose."""
    data = await read(request, "plans/propose", {"code": code}, shows="projectByCode")
    project, actor = data["projectByCode"], await actor_of(request)
    if status == 200 and not may_propose(project, actor):
        raise Forbidden(
            settled_plan(project["state"].lower())
            or say(
                "Changes are proposed by a coordinator of a partner city, while the plan is agreed"
                " and the project goes on."
            )
        )
    milestones = plan_form.milestones(project, form)
    targets, lines = (
        part(project, form, reader_of(request)) for part in (plan_form.targets, plan_form.lines)
    )
    additions = {name: plan_additions.rows(form, name) for name in plan_additions.COLUMNS}
    begun = {
        name: many > 1 or bool(plan_additions.filled(form, name))
        for name, many in additions.items()
    }
    return draw(
        request,
        "plans/propose",
        data,
        status=status,
        form=form,
        errors=errors,
        cities=_cities(project, actor) or [{"number": "", "name": ""}],
        partners=_partners(project),
        milestones=milestones,
        targets=targets,
        lines=lines,
        adding=adding or begun["new_milestones"],
        budget=begun["new_lines"] or any(line["changed"] for line in lines),
        additions=additions,
    )
