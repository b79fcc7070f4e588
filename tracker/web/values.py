"""Values of indicators: reported by one city, approved by the other."""

from dataclasses import dataclass
from typing import Any

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Response

from tracker.domain.actor import Actor
from tracker.domain.errors import Conflict, Forbidden, Invalid, NotFound
from tracker.domain.independence import people
from tracker.domain.messages import say
from tracker.domain.outcomes import reporting
from tracker.domain.outcomes.reporting import ValueDraft
from tracker.domain.outcomes.rules import approver, reporter
from tracker.domain.projects.rules import RUNNING
from tracker.web.forms import NOTHING, Posted, PostedForm, failure, read_form
from tracker.web.identity import person_of
from tracker.web.naming import history
from tracker.web.pages import AnyRequest, Page, draw, read, redirect
from tracker.web.partners import partners
from tracker.web.steps import Remark, Step, by_verb, of, take
from tracker.web.templates import number_of
from tracker.web.words import N_

STEPS = by_verb(
    Step(
        "approve",
        reporting.approve,
        N_("Approve"),
        N_("The value counts from now on, and is shown wherever the project is."),
        kind="primary",
    ),
    Step(
        "return",
        reporting.return_,
        N_("Return"),
        N_("The city that reported it revises it."),
        Remark,
    ),
    Step(
        "revise",
        reporting.revise,
        N_("Revise"),
        N_("The value is handed in again for approval."),
        ValueDraft,
        "primary",
        draft=True,
    ),
)

JUDGED = say(
    "A value that was handed in is approved or returned by a coordinator, CIO or "
    "approver of the other partner city, or by the secretariat; never by the city "
    "that reported it."
)
OTHERS_JUDGE = N_("The other city, or the secretariat, approves this value.")

REFUSALS = {
    "approve": JUDGED,
    "return": JUDGED,
    "revise": say(
        "Only a coordinator of the city that reported a value revises it, once returned."
    ),
}
"""Verb -> why it is not offered."""


@dataclass(frozen=True)
class Rights:
    """What somebody may do with the values of one project."""

    actor: Actor
    partner_ids: list[int]
    running: bool

    @property
    def city_id(self) -> int | None:
        """The city on whose behalf they report, if there is one."""
        cities = (city for city in self.actor.city_ids
                  if reporter(self.actor, city, self.partner_ids))  # fmt: skip
        return next(cities, None) if self.running else None

    def may_report(self, period: dict[str, Any], today: str) -> bool:
        """Whether a value for the period may be reported now: it has begun, and has none yet."""
        current = {"SUBMITTED", "RETURNED", "APPROVED"}
        taken = any(value["state"] in current for value in period["values"]["nodes"])
        begun = period["startsOn"] <= today  # ISO dates sort as text
        return bool(self.city_id and begun and not taken and not period["waivedReason"])

    def waits(self, value: dict[str, Any]) -> str:
        """Why somebody who takes part may not judge a value that waits for it; "" else."""
        takes_part = self.actor.secretariat or {*self.actor.city_ids} & {*self.partner_ids}
        if value["state"] != "SUBMITTED" or not takes_part or not self.running:
            return ""
        return "" if self.steps(value) else OTHERS_JUDGE

    def steps(self, value: dict[str, Any]) -> list[Step]:
        """What they may do with a value."""
        city_id = number_of(value["city"]["id"])
        if not self.running:
            return []
        if value["state"] == "SUBMITTED":
            mine = people(self.actor.person_id if value["reportedByViewer"] else None)
            judges = approver(self.actor, city_id, self.partner_ids, mine)
            return of(STEPS, ["approve", "return"]) if judges else []
        revises = value["state"] == "RETURNED" and reporter(self.actor, city_id, self.partner_ids)
        return of(STEPS, ["revise"]) if revises else []


def rights(project: dict[str, Any], actor: Actor) -> Rights:
    """For the page of a project, from what it has read."""
    running = project["state"].lower() in RUNNING
    return Rights(actor, partners(project).city_ids, running)


@get("/periods/{number:int}/report")
async def new(request: AnyRequest, number: FromPath[int]) -> Page:
    """A form for a value."""
    await person_of(request)
    return await _report_page(request, number, NOTHING, 200, {})


@post("/periods/{number:int}/report")
async def report(request: AnyRequest, number: FromPath[int], form: PostedForm) -> Response[Any]:
    """Hand a value in."""
    actor = await person_of(request)
    data = await _read_period(request, number)
    project = data["period"]["project"]
    city_id = rights(project, actor).city_id or number_of(project["leadCity"]["id"])
    try:
        await reporting.report(actor, number, city_id, read_form(ValueDraft, form))
    except (Invalid, Conflict) as refusal:
        failed = failure(refusal)
        return await _report_page(request, number, form, failed.status, failed.errors)
    return redirect(f"/projects/{project['code']}#outcomes", "saved")


@get("/values/{number:int}/{verb:str}")
async def step(request: AnyRequest, number: FromPath[int], verb: FromPath[str]) -> Page:
    """What a step asks."""
    await person_of(request)
    return await _step_page(request, number, _known(verb), NOTHING, 200, {})


@post("/values/{number:int}/{verb:str}")
async def take_step(
    request: AnyRequest, number: FromPath[int], verb: FromPath[str], form: PostedForm
) -> Response[Any]:
    """Approve, return or revise."""
    actor, chosen = await person_of(request), _known(verb)
    data = await _read(request, number)
    try:
        await take(chosen, actor, number, form)
    except (Invalid, Conflict) as refusal:
        failed = failure(refusal)
        return await _step_page(request, number, chosen, form, failed.status, failed.errors)
    return redirect(f"/projects/{data['value']['project']['code']}#outcomes", "done")


def _known(verb: str) -> Step:
    if verb not in STEPS:
        raise NotFound(say("There is no such step."))
    return STEPS[verb]


async def _report_page(
    request: AnyRequest, number: int, form: Posted, status: int, errors: Any
) -> Page:
    data = await _read_period(request, number)
    period, project = data["period"], data["period"]["project"]
    held = rights(project, await person_of(request))
    if status == 200 and not held.may_report(period, project["today"]):
        raise Forbidden(
            say(
                "Only a coordinator of a partner city reports a value, while the project is "
                "under way and for a period that has begun and has no value yet."
            )
        )
    events = await history(request, data["auditEvents"]["nodes"])
    return draw(
        request, "projects/report", data, status=status, form=form, errors=errors, history=events
    )


async def _read_period(request: AnyRequest, number: int) -> dict[str, Any]:
    asked = {"id": f"Period:{number}", "number": number}
    return await read(request, "projects/report", asked, shows="period")


async def _step_page(
    request: AnyRequest, number: int, chosen: Step, form: Posted, status: int,
    errors: Any,
) -> Page:  # fmt: skip
    data = await _read(request, number)
    held = rights(data["value"]["project"], await person_of(request))
    if status == 200 and chosen not in held.steps(data["value"]):
        raise Forbidden(REFUSALS[chosen.verb])
    return draw(
        request,
        "projects/value",
        data,
        status=status,
        step=chosen,
        form=form,
        errors=errors,
        history=await history(request, data["auditEvents"]["nodes"]),
    )


async def _read(request: AnyRequest, number: int) -> dict[str, Any]:
    asked = {"id": f"Value:{number}", "number": number}
    return await read(request, "projects/value", asked, shows="value")
