"""Periods of an indicator: cut from a stretch of time, changed, locked and opened again."""

from typing import Any

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Response

from tracker.domain.actor import Actor
from tracker.domain.errors import Conflict, Forbidden, Invalid, NotFound
from tracker.domain.messages import say
from tracker.domain.outcomes import periods
from tracker.domain.outcomes.actions import PeriodPlan
from tracker.domain.outcomes.kinds import PeriodLength, TargetSpread
from tracker.domain.outcomes.periods import PeriodSeries
from tracker.domain.plan_changes.drafts import NewPeriod, NewPeriods
from tracker.domain.projects.rules import OFFICER, RUNNING
from tracker.web.fields import Field, choices, known
from tracker.web.forms import NOTHING, Posted, PostedForm, failure, read_form
from tracker.web.identity import person_of
from tracker.web.pages import AnyRequest, Page, draw, read, reader_of, redirect
from tracker.web.partners import partners
from tracker.web.planning import Asked, may_plan, measured
from tracker.web.plans import propose_part
from tracker.web.steps import Nothing, Step, Why, by_verb, take
from tracker.web.templates import number_of
from tracker.web.words import N_

LENGTHS = {
    PeriodLength.MONTH: N_("Months"),
    PeriodLength.QUARTER: N_("Quarters"),
    PeriodLength.HALF_YEAR: N_("Half-years"),
    PeriodLength.YEAR: N_("Calendar years"),
    PeriodLength.FISCAL_YEAR: N_("Fiscal years of a city"),
}
SPREADS = {
    TargetSpread.EACH: N_("Every period has the same target"),
    TargetSpread.LAST: N_("Only the last period has it"),
    TargetSpread.LINEAR: N_("In equal steps from the baseline"),
}

DAYS = (
    Field("starts_on", N_("First day"), "date", required=True),
    Field("ends_on", N_("Last day"), "date", required=True),
)
TARGET = Field("target_value", N_("Target"), "number", N_("Leave it empty where none is agreed."))

STEPS = by_verb(
    Step(
        "edit",
        periods.edit_period,
        N_("Change the target"),
        N_("Days stay as they are once a value was reported."),
        PeriodPlan,
        draft=True,
    ),
    Step(
        "lock",
        periods.lock_period,
        N_("Lock the period"),
        N_("Its target and its values stay as they are."),
    ),
    Step(
        "reopen",
        periods.reopen_period,
        N_("Open it again"),
        N_("Values can be reported and corrected again."),
        Why,
    ),
    Step(
        "waive",
        periods.waive_period,
        N_("Waive the value"),
        N_("Nobody expects a value for the period any more."),
        Why,
        "danger",
    ),
    Step(
        "remove",
        periods.remove_period,
        N_("Remove the period"),
        N_("It goes from the plan; the history remembers it."),
        Nothing,
        "danger",
    ),
)

PLANNING = ("edit", "remove")
"""Steps of the partners' coordinators; the others are the secretariat's."""


@get("/indicators/{number:int}/periods")
async def new(request: AnyRequest, number: FromPath[int]) -> Page:
    """A form for a series of periods."""
    await person_of(request)
    return await _series_page(request, number, Posted({"spread": ["each"]}), 200, {})


@post("/indicators/{number:int}/periods")
async def generate(request: AnyRequest, number: FromPath[int], form: PostedForm) -> Response[Any]:
    """Cut the stretch of time into periods; of an agreed plan, propose them."""
    actor = await person_of(request)
    row = await _indicator(request, number)
    try:
        draft = read_form(PeriodSeries, form)
        if row["project"]["agreedAt"]:
            series = NewPeriods(indicator_id=number, **vars(draft))
            return await propose_part(actor, row["project"], form, "new_series", series)
        await periods.generate_periods(actor, number, draft)
    except (Invalid, Conflict) as refusal:
        failed = failure(refusal)
        return await _series_page(request, number, form, failed.status, failed.errors)
    return redirect(f"/projects/{row['project']['code']}/results#indicator-{number}", "saved")


@get("/indicators/{number:int}/periods/new")
async def new_one(request: AnyRequest, number: FromPath[int]) -> Page:
    """A form for one period."""
    await person_of(request)
    return await _one_page(request, number, NOTHING, 200, {})


@post("/indicators/{number:int}/periods/new")
async def add(request: AnyRequest, number: FromPath[int], form: PostedForm) -> Response[Any]:
    """Set a target for another stretch of time; of an agreed plan, propose it."""
    actor = await person_of(request)
    row = await _indicator(request, number)
    try:
        draft = read_form(PeriodPlan, form)
        if row["project"]["agreedAt"]:
            period = NewPeriod(indicator_id=number, **vars(draft))
            return await propose_part(actor, row["project"], form, "new_periods", period)
        await periods.add_period(actor, number, draft)
    except (Invalid, Conflict) as refusal:
        failed = failure(refusal)
        return await _one_page(request, number, form, failed.status, failed.errors)
    return redirect(f"/projects/{row['project']['code']}/results#indicator-{number}", "saved")


@get("/periods/{number:int}/steps/{verb:str}")
async def step(request: AnyRequest, number: FromPath[int], verb: FromPath[str]) -> Page:
    """What a step asks."""
    await person_of(request)
    return await _step_page(request, number, _known(verb), None, 200, {})


@post("/periods/{number:int}/steps/{verb:str}")
async def take_step(
    request: AnyRequest, number: FromPath[int], verb: FromPath[str], form: PostedForm
) -> Response[Any]:
    """Change, remove, lock, open again or waive."""
    actor, chosen = await person_of(request), _known(verb)
    period = await _period(request, number)
    try:
        await take(chosen, actor, number, form)
    except (Invalid, Conflict) as refusal:
        failed = failure(refusal)
        return await _step_page(request, number, chosen, form, failed.status, failed.errors)
    return redirect(f"/projects/{period['project']['code']}/results", "done")


def possible(period: dict[str, Any], project: dict[str, Any], actor: Actor) -> list[Step]:
    """The actions check all of it again; this only spares people buttons that would refuse."""
    reported = any(each["state"] != "DRAFT" for each in period["values"]["nodes"])
    locked, waived = bool(period["lockedAt"]), bool(period["waivedReason"])
    agreed, verbs = bool(project["agreedAt"]), set()
    if may_plan(project, actor, adding=False) and not locked and not waived:
        verbs |= set() if agreed else {"edit"}
        verbs |= set() if reported or agreed else {"remove"}
    if OFFICER.holds(actor, partners(project, actor)) and project["state"].lower() in RUNNING:
        over = period["endsOn"] < project["today"]
        verbs |= {"reopen"} if locked else {"lock"} if over else set()
        verbs |= set() if reported or waived else {"waive"}
    return [each for verb, each in STEPS.items() if verb in verbs]


def _known(verb: str) -> Step:
    if verb not in STEPS:
        raise NotFound(say("There is no such step."))
    return STEPS[verb]


async def _indicator(request: AnyRequest, number: int) -> dict[str, Any]:
    given = {"id": f"Indicator:{number}"}
    data = await read(request, "results/indicator", given, shows="indicator")
    found: dict[str, Any] = data["indicator"]
    return found


async def _period(request: AnyRequest, number: int) -> dict[str, Any]:
    data = await read(request, "results/period", {"id": f"Period:{number}"}, shows="period")
    found: dict[str, Any] = data["period"]
    return found


async def _series_page(
    request: AnyRequest, number: int, form: Posted, status: int, errors: Any
) -> Page:
    row = await _indicator(request, number)
    cities = [
        (str(number_of(each["city"]["id"])), each["city"]["name"])
        for each in row["project"]["participations"]["nodes"]
    ]
    asks = Asked(
        N_("Generate periods"),
        f"/indicators/{number}/periods",
        (
            *DAYS,
            Field("length", N_("Periods"), "choice", required=True, options=choices(LENGTHS)),
            Field("city_id", N_("Whose fiscal year"), "choice", options=cities, named=True),
            TARGET,
            Field("spread", N_("Targets"), "choice", required=True, options=choices(SPREADS)),
        ),
        row["title"],
        N_("Periods follow the calendar; the first and the last one end where you say."),
    )
    return await measured(request, row["project"], asks, form, status, errors)


async def _one_page(
    request: AnyRequest, number: int, form: Posted, status: int, errors: Any
) -> Page:
    row = await _indicator(request, number)
    address = f"/indicators/{number}/periods/new"
    asks = Asked(N_("Add a period"), address, (*DAYS, TARGET), row["title"])
    return await measured(request, row["project"], asks, form, status, errors)


async def _step_page(
    request: AnyRequest, number: int, chosen: Step, form: Posted | None, status: int, errors: Any
) -> Page:
    period = await _period(request, number)
    project = period["project"]
    if status == 200 and chosen not in possible(period, project, await person_of(request)):
        raise Forbidden(
            say("Only a coordinator of a partner city plans what is measured.")
            if chosen.verb in PLANNING
            else say("Only {who} does this, and only while it is due.", who=OFFICER.who)
        )
    fields: tuple[Field, ...] = (*DAYS, TARGET) if chosen.verb == "edit" else ()
    if chosen.asks is Why:
        fields = (Field("reason", N_("Reason"), "text", required=True),)
    day = reader_of(request).day
    asks = Asked(
        chosen.label,
        f"/periods/{number}/steps/{chosen.verb}",
        fields,
        f"{period['indicator']['title']}, {day(period['startsOn'])} – {day(period['endsOn'])}",
        chosen.effect,
        period["version"],
    )
    said = known(period, starts_on="startsOn", ends_on="endsOn", target_value="targetValue")
    shown = form or (said if chosen.verb == "edit" else NOTHING)
    return draw(
        request, "results/form", {}, status=status, at=asks.address,
        project=project, asks=asks, form=shown, errors=errors,
    )  # fmt: skip
