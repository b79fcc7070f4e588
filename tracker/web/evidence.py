"""Files as evidence: attached to a milestone, handed out to whoever may see them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from litestar import get, post
from litestar.params import FromPath
from litestar.response import File, Response

from tracker.domain.actor import Actor
from tracker.domain.errors import Conflict, Forbidden, Invalid, NotFound
from tracker.domain.messages import say
from tracker.domain.milestones import attaching
from tracker.domain.milestones.attaching import EvidenceLink
from tracker.domain.milestones.evidence import ReceivedFile
from tracker.domain.milestones.queries import file_key
from tracker.domain.milestones.rules import EDITABLE, SETTLED, may_change
from tracker.media import named_honestly
from tracker.storage import path, settle
from tracker.throttle import require_room
from tracker.web.forgery import FIELD, require_token
from tracker.web.forms import MISSING, NOTHING, Posted, PostedForm, failure
from tracker.web.identity import actor_of, person_of
from tracker.web.pages import AnyRequest, Page, draw, read, redirect
from tracker.web.programs import by_token_too
from tracker.web.proxies import address_of
from tracker.web.templates import number_of
from tracker.web.uploads import BadUpload, multipart, receive

FILE_POLICY = "sandbox; default-src 'none'"
"""Whatever the file is, it runs nothing here."""


@get("/milestones/{number:int}/files/new")
async def new(request: AnyRequest, number: FromPath[int]) -> Page:
    """A form for a file."""
    await person_of(request)
    return await _page(request, number, NOTHING, 200, {})


@post("/milestones/{number:int}/files/new", request_max_body_size=None)
async def attach(request: AnyRequest, number: FromPath[int]) -> Response[Any]:
    """Attach the file."""
    return await take_file(request, number, attaching.attach_file, _page, f"/milestones/{number}")


async def take_file(
    request: AnyRequest, number: int, keep: Callable[..., Any], page: Callable[..., Any], back: str
) -> Response[Any]:
    """Receive a file and `keep` it as evidence of the row of that number; `page` draws the form
    again, `back` is where what it shows stands."""
    actor, settings = await person_of(request), request.app.state.settings
    await multipart(request)
    await require_room("upload", f"person {actor.person_id}", address_of(request.scope))
    drawn: Response[Any]
    try:
        received = await receive(request, settings)
    except BadUpload as problem:
        drawn = await page(request, number, NOTHING, 422, {"file": [problem.message]})
        return drawn
    form = Posted(received.texts)
    try:
        require_token(request, form.text(FIELD))
        file = _chosen(received.files.get("file"))
        await keep(actor, number, file, form.text("title"))
    except (Invalid, Conflict) as refusal:
        failed = failure(refusal)
        drawn = await page(request, number, form, failed.status, failed.errors)
        return drawn
    finally:
        await settle(settings, received.files.values())
    return redirect(f"{back}#evidence", "saved")


@get("/milestones/{number:int}/evidence/{evidence:int}/detach")
async def ask_detach(request: AnyRequest, number: FromPath[int], evidence: FromPath[int]) -> Page:
    """Whether it is really meant."""
    await person_of(request)
    return await _detach_page(request, number, evidence, 200, {})


@post("/milestones/{number:int}/evidence/{evidence:int}/detach")
async def detach(
    request: AnyRequest, number: FromPath[int], evidence: FromPath[int], form: PostedForm
) -> Response[Any]:
    """Take the evidence away."""
    actor = await person_of(request)
    try:
        await attaching.detach(actor, number, evidence)
    except Invalid as refusal:
        return await _detach_page(request, number, evidence, 422, refusal.fields)
    return redirect(f"/milestones/{number}#evidence", "done")


@get("/evidence/{number:int}", guards=[by_token_too])
async def download(request: AnyRequest, number: FromPath[int]) -> File:
    """The file, always to be saved and never shown in place; for programs by their token."""
    variables = {"id": f"Evidence:{number}"}
    data = await read(request, "evidence/download", variables, shows="evidence")
    evidence = data["evidence"]
    if evidence["fileName"] is None:
        raise NotFound(say("This evidence is a link, not a file."))
    file = path(request.app.state.settings, await file_key(number))
    return _attachment(file, evidence)


@dataclass(frozen=True)
class Link:
    """What shows something, and where."""

    title: str = ""
    url: str = ""


def linking(attach: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    """The step that attaches one link by `attach`; what is wrong with it is told at its fields."""

    async def attach_link(
        actor: Actor, number: int, title: str, url: str, seen_version: int | None = None
    ) -> Any:
        try:
            return await attach(actor, number, [EvidenceLink(title=title, url=url)])
        except Invalid as refusal:
            fields = {name.rpartition(".")[2]: said for name, said in refusal.fields.items()}
            raise Invalid(fields) from refusal

    return attach_link


def may_attach(milestone: dict[str, Any], actor: Any) -> bool:
    """Whether the actor is offered to attach files to the milestone of a page's data."""
    project = milestone["project"]
    city_id, lead_id = number_of(milestone["city"]["id"]), number_of(project["leadCity"]["id"])
    open_ = milestone["state"].lower() not in SETTLED
    return open_ and may_change(actor, city_id, lead_id, bool(project["agreedAt"]))


def may_detach(milestone: dict[str, Any], actor: Any) -> bool:
    """Whether the actor is offered to take evidence away."""
    return may_attach(milestone, actor) and milestone["state"].lower() in EDITABLE


def _attachment(file: Path, evidence: dict[str, Any]) -> File:
    name = named_honestly(evidence["fileName"], evidence["mediaType"])
    plain = "".join(c if c.isascii() and c not in '"\\' else "_" for c in name)
    return File(
        file,
        media_type=evidence["mediaType"],
        headers={
            "content-disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''"
            + quote(name, safe=""),
            "content-security-policy": FILE_POLICY,
            "cache-control": "private, no-store",
        },
    )


def _chosen(file: ReceivedFile | None) -> ReceivedFile:
    """Browsers send an empty, nameless file where none was chosen."""
    if file is None or (not file.size and file.name == "file"):
        raise Invalid({"file": [MISSING]})
    return file


async def _page(request: AnyRequest, number: int, form: Posted, status: int, errors: Any) -> Page:
    data = await read(request, "evidence/new", {"id": f"Milestone:{number}"}, shows="milestone")
    if not may_attach(data["milestone"], await actor_of(request)):
        raise Forbidden(
            say(
                "Only a coordinator of the city that owns the milestone attaches to it, and"
                " only until it is accepted or waived."
            )
        )
    return draw(request, "evidence/new", data, status=status, form=form, errors=errors)


async def _detach_page(
    request: AnyRequest, number: int, evidence: int, status: int, errors: Any
) -> Page:
    variables = {"id": f"Milestone:{number}", "evidence": f"Evidence:{evidence}"}
    data = await read(request, "evidence/detach", variables, shows="milestone")
    if not may_attach(data["milestone"], await actor_of(request)):
        raise Forbidden(say("Only a coordinator of the city that owns the milestone does this."))
    found = data["evidence"]
    if status == 200 and (found is None or found["milestone"] != {"id": data["milestone"]["id"]}):
        raise NotFound(say("The milestone has no such evidence (any more)."))
    return draw(request, "evidence/detach", data, status=status, errors=errors)
