"""What the values of an indicator are broken down by: declared, rewritten, given up."""

from typing import Any

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Response

from tracker.domain.errors import Conflict, Invalid
from tracker.domain.outcomes import dimensions
from tracker.domain.outcomes.actions import DimensionPlan
from tracker.web.fields import Field, known
from tracker.web.forms import NOTHING, Posted, PostedForm, failure, read_form
from tracker.web.identity import person_of
from tracker.web.pages import AnyRequest, Page, read, redirect
from tracker.web.planning import Asked, drawn
from tracker.web.templates import number_of
from tracker.web.words import N_

DIMENSION = (
    Field("name", N_("Broken down by"), hint=N_("Such as gender, age or district."),
          required=True, most=60),
    Field("categories", N_("Parts"), hint=N_("Separated by commas, such as: women, men"),
          required=True, most=2000),
    Field("additive", N_("The parts should add up to the whole"), "flag",
          N_("A sum that differs is shown as a warning; it is never refused.")),
)  # fmt: skip


@get("/indicators/{number:int}/dimensions")
async def listing(request: AnyRequest, number: FromPath[int]) -> Page:
    """What values are broken down by, and a form for more."""
    await person_of(request)
    return await _list_page(request, number, Posted({"additive": ["true"]}), 200, {})


@post("/indicators/{number:int}/dimensions")
async def add(request: AnyRequest, number: FromPath[int], form: PostedForm) -> Response[Any]:
    """Have values broken down by something more."""
    actor = await person_of(request)
    await _indicator(request, number)
    try:
        await dimensions.add_dimension(actor, number, read_form(DimensionPlan, form))
    except (Invalid, Conflict) as refusal:
        failed = failure(refusal)
        return await _list_page(request, number, form, failed.status, failed.errors)
    return redirect(f"/indicators/{number}/dimensions", "saved")


@get("/dimensions/{number:int}/edit")
async def edit(request: AnyRequest, number: FromPath[int]) -> Page:
    """A form with what it says."""
    await person_of(request)
    return await _edit_page(request, number, None, 200, {})


@post("/dimensions/{number:int}/edit")
async def save(request: AnyRequest, number: FromPath[int], form: PostedForm) -> Response[Any]:
    """Rewrite what values are broken down by."""
    actor = await person_of(request)
    row = await _read(request, number)
    try:
        draft = read_form(DimensionPlan, form)
        await dimensions.edit_dimension(actor, number, draft, form.seen_version)
    except (Invalid, Conflict) as refusal:
        failed = failure(refusal)
        return await _edit_page(request, number, form, failed.status, failed.errors)
    return redirect(f"/indicators/{number_of(row['indicator']['id'])}/dimensions", "saved")


@post("/dimensions/{number:int}/remove")
async def remove(request: AnyRequest, number: FromPath[int], form: PostedForm) -> Response[Any]:
    """Break values down by it no more."""
    actor = await person_of(request)
    indicator = number_of((await _read(request, number))["indicator"]["id"])
    try:
        await dimensions.remove_dimension(actor, number, form.seen_version)
    except (Invalid, Conflict) as refusal:
        failed = failure(refusal)
        return await _list_page(request, indicator, NOTHING, failed.status, failed.errors)
    return redirect(f"/indicators/{indicator}/dimensions", "saved")


async def _indicator(request: AnyRequest, number: int) -> dict[str, Any]:
    given = {"id": f"Indicator:{number}"}
    found: dict[str, Any] = (await read(request, "results/indicator", given, shows="indicator"))[
        "indicator"
    ]
    return found


async def _read(request: AnyRequest, number: int) -> dict[str, Any]:
    given = {"id": f"Dimension:{number}"}
    data = await read(request, "results/dimension", given, shows="dimension")
    found: dict[str, Any] = data["dimension"]
    return found


async def _list_page(
    request: AnyRequest, number: int, form: Posted, status: int, errors: Any
) -> Page:
    row = await _indicator(request, number)
    address = f"/indicators/{number}/dimensions"
    asks = Asked(N_("Break values down"), address, DIMENSION, row["title"])
    return await drawn(
        request, row["project"], asks, form, status, errors, dimensions=row["dimensions"]["nodes"]
    )


async def _edit_page(
    request: AnyRequest, number: int, form: Posted | None, status: int, errors: Any
) -> Page:
    row = await _read(request, number)
    asks = Asked(
        N_("Save the breakdown"),
        f"/dimensions/{number}/edit",
        DIMENSION,
        row["indicator"]["title"],
        N_("Parts that figures were reported for stay."),
        row["version"],
    )
    said = {
        "name": [row["name"]],
        "categories": [", ".join(row["categories"])],
        **known(row, additive="additive").fields,
    }
    return await drawn(request, row["project"], asks, form or Posted(said), status, errors)
