"""Files that show where the figure of a value comes from."""

from typing import Any

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Response

from tracker.domain.errors import Conflict, Forbidden, Invalid, NotFound
from tracker.domain.messages import say
from tracker.domain.outcomes import attaching
from tracker.web.evidence import take_file
from tracker.web.forms import NOTHING, Posted, PostedForm, failure
from tracker.web.identity import person_of
from tracker.web.pages import AnyRequest, Page, draw, read, redirect
from tracker.web.value_steps import REFUSALS
from tracker.web.values import rights


@get("/values/{number:int}/files/new")
async def new(request: AnyRequest, number: FromPath[int]) -> Page:
    """A form for a file."""
    await person_of(request)
    return await _page(request, number, NOTHING, 200, {})


@post("/values/{number:int}/files/new", request_max_body_size=None)
async def attach(request: AnyRequest, number: FromPath[int]) -> Response[Any]:
    """Attach the file."""
    return await take_file(request, number, attaching.attach_file, _page, f"/values/{number}")


@get("/values/{number:int}/evidence/{evidence:int}/detach")
async def ask_detach(request: AnyRequest, number: FromPath[int], evidence: FromPath[int]) -> Page:
    """Whether it is really meant."""
    await person_of(request)
    return await _detach_page(request, number, evidence, 200, {})


@post("/values/{number:int}/evidence/{evidence:int}/detach")
async def detach(
    request: AnyRequest, number: FromPath[int], evidence: FromPath[int], form: PostedForm
) -> Response[Any]:
    """Take the evidence away."""
    actor = await person_of(request)
    try:
        await attaching.detach(actor, number, evidence)
    except (Invalid, Conflict) as refusal:
        failed = failure(refusal)
        return await _detach_page(request, number, evidence, failed.status, failed.errors)
    return redirect(f"/values/{number}#evidence", "done")


async def _page(request: AnyRequest, number: int, form: Posted, status: int, errors: Any) -> Page:
    variables = {"id": f"Value:{number}", "evidence": "Evidence:0"}
    data = await read(request, "values/file", variables, shows="value")
    await _require_attaching(request, data["value"])
    return draw(request, "values/file", data, status=status, form=form, errors=errors)


async def _detach_page(
    request: AnyRequest, number: int, evidence: int, status: int, errors: Any
) -> Page:
    variables = {"id": f"Value:{number}", "evidence": f"Evidence:{evidence}"}
    data = await read(request, "values/file", variables, shows="value")
    await _require_attaching(request, data["value"])
    found = data["evidence"]
    if status == 200 and (
        found is None or not found["value"] or found["value"]["id"] != data["value"]["id"]
    ):
        raise NotFound(say("The value has no such evidence (any more)."))
    return draw(request, "values/detach", data, status=status, errors=errors)


async def _require_attaching(request: AnyRequest, value: dict[str, Any]) -> None:
    held = rights(value["project"], await person_of(request))
    steps = held.steps(value, locked=bool(value["period"]["lockedAt"]))
    if not any(each.verb == "attach" for each in steps):
        raise Forbidden(REFUSALS["attach"])
