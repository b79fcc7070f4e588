"""Rewriting a result, and taking results and indicators out of a plan that is not agreed yet, or
results that were added since and that nothing measures."""

from typing import Any

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Response

from tracker.domain.errors import Conflict, Forbidden, Invalid
from tracker.domain.outcomes import amending
from tracker.domain.outcomes.actions import ResultPlan
from tracker.web.fields import known
from tracker.web.forms import NOTHING, Posted, PostedForm, failure, read_form
from tracker.web.identity import person_of
from tracker.web.pages import AnyRequest, Page, read, redirect
from tracker.web.planning import Asked, drawn
from tracker.web.results import RESULT
from tracker.web.words import N_

Row = dict[str, Any]


@get("/results/{number:int}/edit")
async def edit(request: AnyRequest, number: FromPath[int]) -> Page:
    """A form with what the result says."""
    await person_of(request)
    return await _edit_page(request, number, None, 200, {})


@post("/results/{number:int}/edit")
async def save(request: AnyRequest, number: FromPath[int], form: PostedForm) -> Response[Any]:
    """Say otherwise what should change."""
    actor = await person_of(request)
    row = await _read(request, "result", number)
    try:
        await amending.edit_result(actor, number, read_form(ResultPlan, form), form.seen_version)
    except (Invalid, Conflict) as refusal:
        failed = failure(refusal)
        return await _edit_page(request, number, form, failed.status, failed.errors)
    return redirect(f"/projects/{row['project']['code']}/results#result-{number}", "saved")


@get("/results/{number:int}/remove")
async def ask_remove(request: AnyRequest, number: FromPath[int]) -> Page:
    """Whether it is really meant."""
    await person_of(request)
    return await _remove_page(request, number, 200, {})


@post("/results/{number:int}/remove")
async def remove(request: AnyRequest, number: FromPath[int], form: PostedForm) -> Response[Any]:
    """Take the result out of the plan."""
    actor = await person_of(request)
    row = await _read(request, "result", number)
    try:
        await amending.remove_result(actor, number, form.seen_version)
    except (Invalid, Conflict) as refusal:
        failed = failure(refusal)
        return await _remove_page(request, number, failed.status, failed.errors)
    return redirect(f"/projects/{row['project']['code']}/results", "done")


@get("/indicators/{number:int}/remove")
async def ask_remove_indicator(request: AnyRequest, number: FromPath[int]) -> Page:
    """Whether it is really meant, and what goes with it."""
    await person_of(request)
    return await _remove_indicator_page(request, number, 200, {})


@post("/indicators/{number:int}/remove")
async def remove_indicator(
    request: AnyRequest, number: FromPath[int], form: PostedForm
) -> Response[Any]:
    """Take the indicator out of the plan."""
    actor = await person_of(request)
    row = await _read(request, "indicator", number)
    try:
        await amending.remove_indicator(actor, number, form.seen_version)
    except (Invalid, Conflict) as refusal:
        failed = failure(refusal)
        return await _remove_indicator_page(request, number, failed.status, failed.errors)
    return redirect(f"/projects/{row['project']['code']}/results", "done")


async def _read(request: AnyRequest, kind: str, number: int) -> Row:
    given = {"id": f"{kind.capitalize()}:{number}"}
    found: Row = (await read(request, f"results/{kind}", given, shows=kind))[kind]
    return found


async def _edit_page(
    request: AnyRequest, number: int, form: Posted | None, status: int, errors: Any
) -> Page:
    row = await _read(request, "result", number)
    asks = Asked(
        N_("Save the result"), f"/results/{number}/edit", RESULT, row["title"],
        N_("Once both cities have agreed on the plan, only the words change."), row["version"],
    )  # fmt: skip
    shown = form or known(row, title="title", type="type", benefit="benefit")
    return await drawn(request, row["project"], asks, shown, status, errors, adding=False)


async def _remove_page(request: AnyRequest, number: int, status: int, errors: Any) -> Page:
    row = await _read(request, "result", number)
    asks = Asked(
        N_("Remove the result"), f"/results/{number}/remove", (), row["title"],
        N_("It goes from the plan; the history remembers it."), row["version"], "danger",
    )  # fmt: skip
    return await drawn(request, row["project"], asks, NOTHING, status, errors)


async def _remove_indicator_page(
    request: AnyRequest, number: int, status: int, errors: Any
) -> Page:
    row = await _read(request, "indicator", number)
    asks = Asked(
        N_("Remove the indicator"), f"/indicators/{number}/remove", (), row["title"],
        N_("It goes from the plan with its periods and breakdowns; the history remembers them."),
        row["version"], "danger",
    )  # fmt: skip
    if status == 200 and row["project"]["agreedAt"]:
        raise Forbidden(amending.REMOVED_NO_MORE)
    return await drawn(request, row["project"], asks, NOTHING, status, errors, adding=False)
