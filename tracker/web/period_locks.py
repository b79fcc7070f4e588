"""Locking what is over: all of a project's periods that ended by a day, at once."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Response

from tracker.domain.actor import Actor
from tracker.domain.errors import Conflict, Forbidden, Invalid
from tracker.domain.messages import say
from tracker.domain.outcomes import periods
from tracker.domain.projects.rules import OFFICER
from tracker.web.fields import Field
from tracker.web.forms import NOTHING, Posted, PostedForm, failure, read_form
from tracker.web.identity import person_of
from tracker.web.pages import AnyRequest, Page, draw, read, redirect
from tracker.web.partners import partners
from tracker.web.planning import Asked
from tracker.web.templates import number_of
from tracker.web.words import N_


@dataclass(frozen=True)
class Until:
    """The last day that what is locked ended on."""

    ended_by: date


FIELDS = (
    Field("ended_by", N_("Ended by"), "date",
          N_("Every period that ended on that day or before is locked, or none of them."),
          required=True),
)  # fmt: skip


@get("/projects/{code:str}/results/lock")
async def ask(request: AnyRequest, code: FromPath[str]) -> Page:
    """Until when."""
    await person_of(request)
    return await _page(request, code, NOTHING, 200, {})


@post("/projects/{code:str}/results/lock")
async def lock(request: AnyRequest, code: FromPath[str], form: PostedForm) -> Response[Any]:
    """Have them stay as they are."""
    actor = await person_of(request)
    project = await _read(request, code)
    try:
        await periods.lock_periods(actor, number_of(project["id"]), read_form(Until, form).ended_by)
    except (Invalid, Conflict) as refusal:
        failed = failure(refusal)
        return await _page(request, code, form, failed.status, failed.errors)
    return redirect(f"/projects/{code}/results", "done")


def locks(project: dict[str, Any], actor: Actor) -> bool:
    """Whether the actor locks periods of the project of a page's data."""
    return OFFICER.holds(actor, partners(project, actor))


async def _read(request: AnyRequest, code: str) -> dict[str, Any]:
    data = await read(request, "results/project", {"code": code}, shows="projectByCode")
    found: dict[str, Any] = data["projectByCode"]
    return found


async def _page(request: AnyRequest, code: str, form: Posted, status: int, errors: Any) -> Page:
    project = await _read(request, code)
    if status == 200 and not locks(project, await person_of(request)):
        raise Forbidden(say("Only {who} locks periods.", who=OFFICER.who))
    asks = Asked(
        N_("Lock what is over"),
        f"/projects/{code}/results/lock",
        FIELDS,
        effect=N_(
            "Targets and values of the periods stay as they are, until one of them is opened again"
            " with a reason."
        ),
    )
    return draw(
        request, "results/form", {}, status=status, at=asks.address, project=project, asks=asks,
        form=form, errors=errors,
    )  # fmt: skip
