"""The browsers in which one is signed in, and the means to end each, or all."""

from typing import Any

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Response

from tracker.domain.errors import Invalid
from tracker.domain.people import everywhere
from tracker.domain.people.queries import session_with
from tracker.domain.people.rules import fingerprint
from tracker.domain.people.sessions import end_others
from tracker.web.forms import Failure, PostedForm, failure
from tracker.web.identity import no_session_cookie, person_of, session_secret
from tracker.web.pages import AnyRequest, Page, draw, read, redirect
from tracker.web.templates import number_of
from tracker.web.words import METHODS


@get("/account/sessions")
async def listing(request: AnyRequest) -> Page:
    """Where one is signed in, this browser first, then the latest."""
    return await _page(request)


@post("/account/sessions/{number:int}/end")
async def end(request: AnyRequest, number: FromPath[int], form: PostedForm) -> Response[Any]:
    """Sign another browser out."""
    try:
        await everywhere.end_one(await person_of(request), number)
    except Invalid as refusal:
        return await _page(request, failed=failure(refusal))
    return redirect("/account/sessions", "ended")


@post("/account/sessions/others")
async def end_all_others(request: AnyRequest, form: PostedForm) -> Redirect:
    """Sign all other browsers out."""
    await end_others(await person_of(request), session_secret(request))
    return redirect("/account/sessions", "ended")


@post("/account/sessions/everywhere")
async def sign_out_everywhere(request: AnyRequest, form: PostedForm) -> Redirect:
    """Sign all browsers out, this one too; if wanted, programs as well."""
    actor = await person_of(request)
    await everywhere.sign_out_everywhere(actor, tokens=form.text("tokens") == "true")
    response = redirect("/", "signed-out-everywhere")
    response.set_cookie(no_session_cookie(request.app.state.settings))
    return response


async def _page(request: AnyRequest, *, failed: Failure | None = None) -> Page:
    actor = await person_of(request)
    data = await read(request, "people/sessions", {"person": f"Person:{actor.person_id}"})
    own = await session_with(fingerprint(session_secret(request)))
    this = own[0] if own else 0
    nodes = sorted(data["sessions"]["nodes"], key=lambda each: number_of(each["id"]) != this)
    return draw(
        request,
        "people/sessions",
        data,
        status=failed.status if failed else 200,
        errors=failed.errors if failed else {},
        nodes=nodes,
        this=this,
        methods=METHODS,
    )
