"""What a project sets out to change: its results and indicators, planned by the partners."""

from collections.abc import Mapping, Sequence
from typing import Any

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Response

from tracker.domain.errors import Conflict, Invalid
from tracker.domain.messages import Message, say
from tracker.domain.outcomes import actions
from tracker.domain.outcomes.actions import IndicatorDraft, IndicatorPlan, ResultPlan
from tracker.domain.outcomes.kinds import Accumulation, Aggregation, Benefit, Measure, ResultType
from tracker.domain.plan_changes.drafts import NewIndicator
from tracker.web import period_locks, periods, values
from tracker.web.fields import Field, choices, known
from tracker.web.forms import NOTHING, Draft, Posted, PostedForm, failure, read_form
from tracker.web.identity import actor_of, person_of
from tracker.web.pages import AnyRequest, Page, draw, read, redirect
from tracker.web.partners import inside
from tracker.web.planning import Asked, drawn, may_measure, may_plan, measured
from tracker.web.plans import may_propose, propose_part
from tracker.web.templates import number_of
from tracker.web.words import N_

TYPES = {
    ResultType.OUTPUT: N_("Output: what the project makes or delivers"),
    ResultType.OUTCOME: N_("Outcome: what changes because of it"),
    ResultType.IMPACT: N_("Impact: what it adds to in the long run"),
}
BENEFITS = {
    Benefit.DONOR: N_("For the donor city"),
    Benefit.RECIPIENT: N_("For the recipient city"),
    Benefit.BOTH: N_("For both cities"),
}
MEASURES = {
    Measure.UNIT: N_("A number of something"),
    Measure.PERCENTAGE: N_("A percentage, from a counted part and a whole"),
    Measure.QUALITATIVE: N_("A finding in words"),
}
ACCUMULATIONS = {
    Accumulation.PERIOD: N_("Each value counts its own period; they add up"),
    Accumulation.CUMULATIVE: N_("Each value counts everything since the start"),
    Accumulation.SNAPSHOT: N_("Each value is the level on the last day"),
}
AGGREGATIONS = {
    Aggregation.NONE: N_("Not at all"),
    Aggregation.SUM: N_("Added up"),
    Aggregation.RATIO_OF_SUMS: N_("From the sums of counted parts and wholes"),
    Aggregation.LATEST: N_("The latest value"),
}

RESULT = (
    Field("title", N_("What should change"), required=True),
    Field("type", N_("Kind of result"), "choice", required=True, options=choices(TYPES)),
    Field("benefit", N_("Who benefits"), "choice", required=True, options=choices(BENEFITS)),
)

INDICATOR = (
    Field("title", N_("What is measured"), required=True),
    Field("measure", N_("Measured as"), "choice", required=True, options=choices(MEASURES)),
    Field("ascending", N_("More is better"), "choice", required=True,
          options=[("true", N_("More is better")), ("false", N_("Less is better"))]),
    Field("unit", N_("Unit"), hint=N_("Such as days or people; % for percentages."), most=60),
    Field("baseline_value", N_("Baseline"), "number",
          N_("The value before the project; leave it empty where nobody knows it.")),
    Field("baseline_on", N_("Baseline from"), "date"),
    Field("accumulation", N_("Over time"), "choice", options=choices(ACCUMULATIONS)),
    Field("aggregation", N_("Over several projects"), "choice", options=choices(AGGREGATIONS)),
    Field("means_of_verification", N_("Where the numbers come from"), "text"),
)  # fmt: skip

FIRST_PERIOD = (
    Field("periods.starts_on", N_("First day of the first period"), "date",
          N_("Leave it empty to plan periods afterwards.")),
    Field("periods.ends_on", N_("Last day of the first period"), "date"),
    Field("periods.target_value", N_("Target of the first period"), "number",
          N_("Leave it empty where none is agreed.")),
)  # fmt: skip


@get("/projects/{code:str}/results")
async def show(request: AnyRequest, code: FromPath[str]) -> Page:
    """All that is measured, with every period and what was reported for it."""
    data = await read(request, "results/show", {"code": code}, shows="projectByCode")
    project, actor = data["projectByCode"], await actor_of(request)
    return draw(
        request,
        "results/show",
        {"project": project},
        plans=may_plan(project, actor),
        amends=may_plan(project, actor, adding=False),
        removes=may_plan(project, actor, adding=False) and not project["agreedAt"],
        measures=may_measure(project, actor),
        proposes=may_propose(project, actor),
        locks=period_locks.locks(project, actor),
        inside=inside(project, actor),
        period_steps=lambda period: periods.possible(period, project, actor),
        value_rights=values.rights(project, actor),
    )


@get("/projects/{code:str}/results/new")
async def new(request: AnyRequest, code: FromPath[str]) -> Page:
    """A form for a result."""
    await person_of(request)
    return await _result_page(request, code, NOTHING, 200, {})


@post("/projects/{code:str}/results/new")
async def add(request: AnyRequest, code: FromPath[str], form: PostedForm) -> Response[Any]:
    """Say what should change."""
    actor = await person_of(request)
    data = await read(request, "results/project", {"code": code}, shows="projectByCode")
    try:
        draft = read_form(ResultPlan, form)
        await actions.add_result(actor, number_of(data["projectByCode"]["id"]), draft)
    except (Invalid, Conflict) as refusal:
        failed = failure(refusal)
        return await _result_page(request, code, form, failed.status, failed.errors)
    return redirect(f"/projects/{code}/results", "saved")


@get("/results/{number:int}/indicators/new")
async def new_indicator(request: AnyRequest, number: FromPath[int]) -> Page:
    """A form for an indicator."""
    await person_of(request)
    return await _indicator_page(request, number, NOTHING, 200, {})


@post("/results/{number:int}/indicators/new")
async def add_indicator(
    request: AnyRequest, number: FromPath[int], form: PostedForm
) -> Response[Any]:
    """Say how the result is measured; of an agreed plan, propose that."""
    actor = await person_of(request)
    result = await _read(request, "result", number)
    try:
        draft = chosen_direction(IndicatorDraft, form)
        if result["project"]["agreedAt"]:
            said = {name: value for name, value in vars(draft).items() if name != "dimensions"}
            new = NewIndicator(result_id=number, **said)
            return await propose_part(actor, result["project"], form, "new_indicators", new)
        await actions.add_indicator(actor, number, draft)
    except Invalid as refusal:
        return await _indicator_page(request, number, form, 422, _at_period(refusal.fields))
    except Conflict as refusal:
        failed = failure(refusal)
        return await _indicator_page(request, number, form, failed.status, failed.errors)
    return redirect(f"/projects/{result['project']['code']}/results", "saved")


@get("/indicators/{number:int}/edit")
async def edit(request: AnyRequest, number: FromPath[int]) -> Page:
    """A form with what the indicator says."""
    await person_of(request)
    return await _edit_page(request, number, None, 200, {})


@post("/indicators/{number:int}/edit")
async def save(request: AnyRequest, number: FromPath[int], form: PostedForm) -> Response[Any]:
    """Rewrite how the result is measured."""
    actor = await person_of(request)
    indicator = await _read(request, "indicator", number)
    try:
        plan = _plan(form)
        await actions.edit_indicator(actor, number, plan, form.seen_version)
    except (Invalid, Conflict) as refusal:
        failed = failure(refusal)
        return await _edit_page(request, number, form, failed.status, failed.errors)
    return redirect(f"/projects/{indicator['project']['code']}/results", "saved")


async def _read(request: AnyRequest, kind: str, number: int) -> dict[str, Any]:
    given = {"id": f"{kind.capitalize()}:{number}"}
    found: dict[str, Any] = (await read(request, f"results/{kind}", given, shows=kind))[kind]
    return found


def _plan(form: Posted) -> IndicatorPlan:
    return chosen_direction(IndicatorPlan, form)


def chosen_direction(kind: type[Draft], form: Posted) -> Draft:
    """What the form says of an indicator. Whether more is better is never guessed, so it must be
    chosen."""
    missing = {}
    if not form.text("ascending"):
        missing["ascending"] = [say("Choose whether more or less of it is better.")]
    try:
        plan = read_form(kind, form)
    except Invalid as refusal:
        raise Invalid({**refusal.fields, **missing}) from refusal
    if missing:
        raise Invalid(missing)
    return plan


async def _result_page(
    request: AnyRequest, code: str, form: Posted, status: int, errors: Any
) -> Page:
    data = await read(request, "results/project", {"code": code}, shows="projectByCode")
    project = data["projectByCode"]
    asks = Asked(N_("Add a result"), f"/projects/{code}/results/new", RESULT)
    return await drawn(request, project, asks, form, status, errors)


async def _indicator_page(
    request: AnyRequest, number: int, form: Posted, status: int, errors: Any
) -> Page:
    result = await _read(request, "result", number)
    address = f"/results/{number}/indicators/new"
    asks = Asked(N_("Add an indicator"), address, (*INDICATOR, *FIRST_PERIOD), result["title"])
    return await measured(request, result["project"], asks, form, status, errors)


def _at_period(fields: Mapping[str, Sequence[Message]]) -> dict[str, Sequence[Message]]:
    """What is wrong with the one period that the form has, at its fields."""
    return {name.replace("periods.0.", "periods."): told for name, told in fields.items()}


async def _edit_page(
    request: AnyRequest, number: int, form: Posted | None, status: int, errors: Any
) -> Page:
    row = await _read(request, "indicator", number)
    asks = Asked(
        N_("Save the indicator"),
        f"/indicators/{number}/edit",
        INDICATOR,
        row["title"],
        N_("Once a value was reported, only the title and where the numbers come from change."),
        row["version"],
    )
    names = {
        "title": "title", "measure": "measure", "unit": "unit", "baseline_value": "baselineValue",
        "baseline_on": "baselineOn", "accumulation": "accumulation", "aggregation": "aggregation",
        "means_of_verification": "meansOfVerification",
    }  # fmt: skip
    said = known(row, **names)
    ascending = {"ascending": ["true" if row["ascending"] else "false"]}
    shown = form or Posted({**said.fields, **ascending})
    return await drawn(request, row["project"], asks, shown, status, errors, adding=False)
