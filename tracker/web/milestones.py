"""A milestone: planned, moved, handed in with evidence, accepted by the other city."""

from typing import Any

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Response

from tracker.domain.actor import Actor
from tracker.domain.errors import Conflict, Forbidden, Invalid, NotFound
from tracker.domain.independence import people
from tracker.domain.messages import say, word
from tracker.domain.milestones import actions
from tracker.domain.milestones.actions import MilestonePlan
from tracker.domain.milestones.attaching import EVIDENCE_MOST
from tracker.domain.milestones.rules import EDITABLE, SETTLED, STEPS, judge, may_change
from tracker.domain.projects.rules import PLANNING, RUNNING, closed_plan, coordinates, settled_plan
from tracker.domain.projects.states import ProjectState
from tracker.web import plans
from tracker.web.evidence import may_attach, may_detach
from tracker.web.forms import NOTHING, Posted, PostedForm, failure, read_form, row_number, rows
from tracker.web.identity import actor_of, person_of
from tracker.web.milestone_proposals import with_proposals
from tracker.web.milestone_steps import ALL, JUDGE_STEPS, OWNER_STEPS
from tracker.web.naming import history
from tracker.web.pages import AnyRequest, Page, draw, read, redirect
from tracker.web.partners import partners
from tracker.web.plan_additions import with_milestone
from tracker.web.steps import Step, of, take
from tracker.web.templates import number_of

EMPTY_ROWS = 2
"""Rows for evidence that a fresh form offers; a button adds more, without a script."""


@get("/projects/{code:str}/milestones/new")
async def new(request: AnyRequest, code: FromPath[str]) -> Page:
    """A form for another milestone; of an agreed plan, for a proposal to add it."""
    await person_of(request)
    data = await read(request, "milestones/new", {"code": code}, shows="projectByCode")
    if data["projectByCode"]["agreedAt"]:
        return await plans.form_page(request, code, NOTHING, 200, {}, adding=True)
    return await _plan_page(request, code, NOTHING, 200, {})


@post("/projects/{code:str}/milestones/new")
async def add(request: AnyRequest, code: FromPath[str], form: PostedForm) -> Response[Any]:
    """Plan a milestone."""
    actor = await person_of(request)
    data = await read(request, "milestones/new", {"code": code}, shows="projectByCode")
    try:
        draft = read_form(MilestonePlan, form)
        project_id = number_of(data["projectByCode"]["id"])
        await actions.add(actor, project_id, _owner_city(form), draft)
    except (Invalid, Conflict) as refusal:
        failed = failure(refusal)
        if data["projectByCode"]["agreedAt"]:
            proposal = with_milestone(form)
            fields = {f"new_milestones.0.{name}": told for name, told in failed.errors.items()}
            return await plans.form_page(request, code, proposal, failed.status, fields)
        return await _plan_page(request, code, form, failed.status, failed.errors)
    return redirect(f"/projects/{code}#milestones", "saved")


@get("/milestones/{number:int}")
async def show(request: AnyRequest, number: FromPath[int]) -> Page:
    """One milestone with its evidence, and what may be done with it."""
    asked = {"id": f"Milestone:{number}", "number": number}
    data = await read(request, "milestones/show", asked, shows="milestone")
    actor, milestone = await actor_of(request), data["milestone"]
    return draw(
        request, "milestones/show", data, steps=possible(milestone, actor),
        others_judge=_others_judge(milestone, actor),
        history=await history(request, with_proposals(milestone, data["auditEvents"]["nodes"])),
        attaching=may_attach(milestone, actor), detaching=may_detach(milestone, actor),
    )  # fmt: skip


@get("/milestones/{number:int}/{verb:str}")
async def step(request: AnyRequest, number: FromPath[int], verb: FromPath[str]) -> Page:
    """What a step asks."""
    await person_of(request)
    return await _step_page(request, number, _known(verb), NOTHING, 200, {})


@post("/milestones/{number:int}/{verb:str}")
async def take_step(
    request: AnyRequest, number: FromPath[int], verb: FromPath[str], form: PostedForm
) -> Response[Any]:
    """Take the step, or draw the form with another row for evidence."""
    actor, chosen = await person_of(request), _known(verb)
    if form.text("more"):
        return await _step_page(request, number, chosen, form, 200, {})
    there = f"/milestones/{number}"
    if chosen.verb == "remove":
        found = (await _read(request, "milestones/step", number))["milestone"]
        there = f"/projects/{found['project']['code']}#milestones"
    try:
        await take(chosen, actor, number, form)
    except (Invalid, Conflict) as refusal:
        failed = failure(refusal)
        return await _step_page(request, number, chosen, form, failed.status, failed.errors)
    return redirect(there, "done")


def may_plan(project: dict[str, Any], actor: Actor) -> bool:
    """Whether the actor may add milestones to the project of a page's data."""
    state = project["state"].lower()
    closed = closed_plan(state, adding=True) or settled_plan(state)
    return not closed and coordinates(actor, partners(project))


def possible(milestone: dict[str, Any], actor: Actor) -> list[Step]:
    """The actions check all of it again; this only spares people buttons that would refuse."""
    project, state = milestone["project"], milestone["state"].lower()
    verbs = {verb for verb, each in STEPS.items() if state in each.sources}
    if project["state"].lower() not in RUNNING:
        verbs = set()
    if state not in SETTLED:
        verbs |= _moves(milestone)
        verbs |= {"attach"} if project["state"].lower() in PLANNING | RUNNING else set()
    if not closed_plan(project["state"].lower()):
        verbs |= {"edit"} if state in EDITABLE else set()
        verbs |= set() if project["agreedAt"] else {"remove"}
    return of(_theirs(milestone, actor), list(verbs))


def _others_judge(milestone: dict[str, Any], actor: Actor) -> bool:
    """Whether it waits for a judgement that somebody who takes part may not give themselves."""
    project = milestone["project"]
    takes_part = actor.secretariat or {*actor.city_ids} & {*partners(project).city_ids}
    waits = milestone["state"] == "SUBMITTED" and project["state"].lower() in RUNNING
    return bool(takes_part) and waits and not JUDGE_STEPS.keys() & _theirs(milestone, actor).keys()


def _moves(milestone: dict[str, Any]) -> set[str]:
    """How its due date changes now: by its city alone until the plan is agreed, then by both; not
    at all while a change of it waits for an answer."""
    project = milestone["project"]
    if not project["agreedAt"]:
        return set() if closed_plan(project["state"].lower()) else {"move"}
    signing = project["state"] == ProjectState.AGREED.upper()
    open_ = signing or not settled_plan(project["state"].lower())
    return {"propose"} if open_ and not milestone["proposedChange"] else set()


def _theirs(milestone: dict[str, Any], actor: Actor) -> dict[str, Step]:
    """The steps that are the actor's to take, whatever state the milestone is in."""
    project, city_id = milestone["project"], number_of(milestone["city"]["id"])
    lead_id = number_of(project["leadCity"]["id"])
    found: dict[str, Step] = {}
    if may_change(actor, city_id, lead_id, bool(project["agreedAt"])):
        found |= OWNER_STEPS
    mine = people(actor.person_id if milestone["handedInByViewer"] else None)
    if judge(actor, city_id, partners(project).city_ids, mine):
        found |= JUDGE_STEPS
    return found


def _requirepossible(chosen: Step, milestone: dict[str, Any], actor: Actor) -> None:
    """Raises Forbidden with the reason why the actor is not asked what the step asks."""
    if chosen.verb not in _theirs(milestone, actor):
        raise Forbidden(
            say("Only a coordinator of the city that owns the milestone does this.")
            if chosen.verb in OWNER_STEPS
            else say("This is for the other partner city, or the secretariat, to say.")
        )
    if chosen not in possible(milestone, actor):
        found = (milestone["state"], milestone["project"]["state"])
        own, whole = (word(state.lower()) for state in found)
        raise Forbidden(
            say(
                "The milestone is {own} and its project {whole}; no such step is due.",
                own=own,
                whole=whole,
            )
        )


def _known(verb: str) -> Step:
    if verb not in ALL:
        raise NotFound(say("There is no such step."))
    return ALL[verb]


def _owner_city(form: Posted) -> int:
    given = row_number(form.text("city_id"))
    if given is None:
        raise Invalid({"city_id": [say("Choose the city that owns the milestone.")]})
    return given


async def _read(request: AnyRequest, name: str, number: int) -> dict[str, Any]:
    return await read(request, name, {"id": f"Milestone:{number}"}, shows="milestone")


async def _plan_page(
    request: AnyRequest, code: str, form: Posted, status: int, errors: Any
) -> Page:
    data = await read(request, "milestones/new", {"code": code}, shows="projectByCode")
    project = data["projectByCode"]
    if not may_plan(project, await actor_of(request)):
        closed = closed_plan(project["state"].lower())
        raise Forbidden(closed or say("Only a coordinator of a partner city plans milestones."))
    partners_of = project["participations"]["nodes"]
    cities = [
        {"number": number_of(each["city"]["id"]), "name": each["city"]["name"]}
        for each in partners_of
    ]
    return draw(
        request, "milestones/new", data, status=status, form=form, errors=errors, cities=cities
    )


async def _step_page(
    request: AnyRequest, number: int, chosen: Step, form: Posted, status: int,
    errors: Any,
) -> Page:  # fmt: skip
    evidence = rows(form, "evidence", ("title", "url"))
    data = await _read(request, "milestones/step", number)
    if status == 200:  # what comes back with mistakes is drawn, whatever happened meanwhile
        _requirepossible(chosen, data["milestone"], await person_of(request))
    blank = EMPTY_ROWS if form is NOTHING else bool(form.text("more"))
    evidence += [{"title": "", "url": ""}] * blank
    return draw(
        request, "milestones/step", data, status=status, step=chosen, form=form, errors=errors,
        evidence=evidence[:EVIDENCE_MOST],
    )  # fmt: skip
