"""Values of indicators: drafted and reported by one city, judged and confirmed by the other."""

from dataclasses import dataclass, replace
from typing import Any

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Response

from tracker.domain.actor import Actor
from tracker.domain.errors import Conflict, Forbidden, Invalid, NotFound
from tracker.domain.independence import people
from tracker.domain.messages import say
from tracker.domain.outcomes import drafting, reporting
from tracker.domain.outcomes.content import ValueDraft
from tracker.domain.outcomes.rules import approver, reporter, speaking_city
from tracker.domain.projects.rules import RUNNING
from tracker.domain.projects.states import ProjectState
from tracker.web.corrections import corrected, correction
from tracker.web.forms import NOTHING, Posted, PostedForm, failure, read_form
from tracker.web.identity import actor_of, person_of
from tracker.web.naming import history
from tracker.web.pages import AnyRequest, Page, draw, read, redirect
from tracker.web.partners import partners
from tracker.web.steps import Step, of, take
from tracker.web.templates import number_of
from tracker.web.value_steps import REFUSALS, STEPS
from tracker.web.words import N_

SHOWN_AFTER = ("approve", "return", "discard")
"""Verbs after which one looks at the project again, and not at the value."""

OTHERS_JUDGE = N_("The other city, or the secretariat, approves this value.")


@dataclass(frozen=True)
class Rights:
    """What somebody may do with the values of one project."""

    actor: Actor
    partner_ids: list[int]
    running: bool
    closed: bool = False

    @property
    def city_id(self) -> int | None:
        """The city on whose behalf they report, if there is one."""
        cities = (city for city in self.actor.city_ids
                  if reporter(self.actor, city, self.partner_ids))  # fmt: skip
        return next(cities, None) if self.running else None

    def of(self, period: dict[str, Any]) -> "Rights":
        """With the values of this period: a follow-up is reported once the project is closed."""
        return replace(self, running=self.running or bool(self.closed and period.get("followUp")))

    def known(self, period: dict[str, Any]) -> int | None:
        """The number of the value that the period has, or that their own city drafts for it."""
        current = {"SUBMITTED", "RETURNED", "APPROVED"}
        found = (
            number_of(value["id"])
            for value in period["values"]["nodes"]
            if value["state"] in current
            or (value["state"] == "DRAFT" and number_of(value["city"]["id"]) == self.city_id)
        )
        return next(found, None)

    def may_report(self, period: dict[str, Any], today: str) -> bool:
        """Whether a value for the period may be reported now: it has begun, is not locked, and has
        none yet."""
        first = period["endsOn"] if period.get("followUp") else period["startsOn"]
        begun = first <= today  # ISO dates sort as text
        open_ = not period["waivedReason"] and not period["lockedAt"]
        return bool(self.city_id and begun and open_ and not self.known(period))

    def waits(self, value: dict[str, Any]) -> str:
        """Why somebody who takes part may not judge a value that waits for it; "" else."""
        takes_part = self.actor.secretariat or {*self.actor.city_ids} & {*self.partner_ids}
        if value["state"] != "SUBMITTED" or not takes_part or not self.running:
            return ""
        judges = any(each.verb == "approve" for each in self.steps(value))
        return "" if judges else OTHERS_JUDGE

    def judges(self, project: dict[str, Any]) -> list[tuple[str, int]]:
        """What the actor approves or returns in a page's project: title and number of a value."""
        return [
            (indicator["title"], number_of(value["id"]))
            for result in project["results"]["nodes"]
            for indicator in result["indicators"]["nodes"]
            for period in indicator["periods"]["nodes"]
            for value in period["values"]["nodes"]
            if "approve"
            in {each.verb for each in self.of(period).steps(value, locked=bool(period["lockedAt"]))}
        ]

    def steps(self, value: dict[str, Any], *, locked: bool = False) -> list[Step]:
        """What they may do with a value; of a locked period, only say what they think of it."""
        if not self.running:
            return []
        said = ("confirm", "dispute", "answer")
        return [
            each
            for each in of(STEPS, self._verbs(value, number_of(value["city"]["id"])))
            if not locked or each.verb in said
        ]

    def _verbs(self, value: dict[str, Any], city_id: int) -> list[str]:
        state = value["state"]
        if reporter(self.actor, city_id, self.partner_ids):
            disputed = state == "APPROVED" and value.get("disputed")
            return ["correct", "answer"] if disputed else OWN.get(state, [])
        mine = people(self.actor.person_id if value["reportedByViewer"] else None)
        if state == "SUBMITTED":
            judges = approver(self.actor, city_id, self.partner_ids, mine)
            return ["approve", "return"] if judges else []
        if state != "APPROVED" or not speaking_city(self.actor, city_id, self.partner_ids, mine):
            return []
        return ["dispute"] if value.get("confirmed") else ["confirm", "dispute"]


OWN = {
    "DRAFT": ["submit", "redraft", "attach", "discard"],
    "SUBMITTED": ["attach"],
    "RETURNED": ["revise", "attach"],
    "APPROVED": ["correct"],
}
"""State -> what the city that reported a value may do with it."""


def rights(project: dict[str, Any], actor: Actor) -> Rights:
    """For the page of a project, from what it has read."""
    state = project["state"].lower()
    return Rights(actor, partners(project).city_ids, state in RUNNING, state == ProjectState.CLOSED)


@get("/periods/{number:int}/report")
async def new(request: AnyRequest, number: FromPath[int]) -> Page | Redirect:
    """A form for a value; once there is one, that is shown: mails lead here for longer."""
    actor, data = await person_of(request), await _read_period(request, number)
    held = rights(data["period"]["project"], actor).of(data["period"])
    if value := held.known(data["period"]):
        return redirect(f"/values/{value}")
    return await _report_page(request, number, NOTHING, 200, {})


@post("/periods/{number:int}/report")
async def report(request: AnyRequest, number: FromPath[int], form: PostedForm) -> Response[Any]:
    """Hand a value in."""
    actor = await person_of(request)
    data = await _read_period(request, number)
    project = data["period"]["project"]
    held = rights(project, actor).of(data["period"])
    city_id = held.city_id or number_of(project["leadCity"]["id"])
    hand_in = drafting.draft if form.text("draft") else reporting.report
    try:
        value = await hand_in(actor, number, city_id, read_form(ValueDraft, form))
    except (Invalid, Conflict) as refusal:
        failed = failure(refusal)
        return await _report_page(request, number, form, failed.status, failed.errors)
    return redirect(f"/values/{value.id}", "saved")  # which says what to look at again


@get("/values/{number:int}")
async def show(request: AnyRequest, number: FromPath[int]) -> Page:
    """One value with its parts, what shows it, and what the partner city says."""
    asked = {"id": f"Value:{number}", "number": number}
    data = await read(request, "values/show", asked, shows="value")
    value, actor = data["value"], await actor_of(request)
    held = rights(value["project"], actor)
    steps = held.steps(value, locked=bool(value["period"]["lockedAt"]))
    if later := correction(value):
        steps = [each for each in steps if each.verb != "correct"]
    return draw(
        request, "values/show", data, steps=steps, corrected=corrected(value), correction=later,
        attaching=any(each.verb == "attach" for each in steps),
        detaching=value["state"] in ("DRAFT", "RETURNED"),
        history=await history(request, data["auditEvents"]["nodes"]),
    )  # fmt: skip


@get("/values/{number:int}/{verb:str}")
async def step(request: AnyRequest, number: FromPath[int], verb: FromPath[str]) -> Page | Redirect:
    """What a step asks; once there is a correction, that is shown instead of another one."""
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
    code = data["value"]["project"]["code"]
    there = f"/projects/{code}#outcomes" if verb in SHOWN_AFTER else f"/values/{number}"
    return redirect(there, "done")


def _known(verb: str) -> Step:
    if verb not in STEPS:
        raise NotFound(say("There is no such step."))
    return STEPS[verb]


async def _report_page(
    request: AnyRequest, number: int, form: Posted, status: int, errors: Any
) -> Page:
    data = await _read_period(request, number)
    period, project = data["period"], data["period"]["project"]
    held = rights(project, await person_of(request)).of(period)
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
) -> Page | Redirect:  # fmt: skip
    data = await _read(request, number)
    if status == 200 and chosen.verb == "correct" and (later := correction(data["value"])):
        return redirect(f"/values/{number_of(later['id'])}")
    held = rights(data["value"]["project"], await person_of(request)).of(data["value"]["period"])
    locked = bool(data["value"]["period"]["lockedAt"])
    if status == 200 and chosen not in held.steps(data["value"], locked=locked):
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
