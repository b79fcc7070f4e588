"""Where the administrator helps with somebody else's account: takes away a second factor that was
lost, or signs the person out everywhere."""

from typing import Any

from litestar import get, post
from litestar.response import Response

from tracker.domain.actor import Actor
from tracker.domain.errors import Forbidden, Invalid
from tracker.domain.messages import say
from tracker.domain.people import factors, queries, sessions
from tracker.domain.roles import Permission
from tracker.web.forms import PostedForm
from tracker.web.identity import person_of
from tracker.web.pages import AnyRequest, Page, page, redirect
from tracker.web.sign_in import is_address

NOBODY = say("Nobody here has this address; look it up in the list of people.")


@get("/account/lost-factor")
async def lost_factor(request: AnyRequest) -> Page:
    """Whose factor was lost."""
    await _administrator(request)
    email = request.query_params.get("email", "")[:254]
    return await page(request, "people/lost_factor", email=email, errors={})


@post("/account/lost-factor")
async def reset_factor(request: AnyRequest, form: PostedForm) -> Response[Any]:
    """Take it away or leave it, end the person's sessions, and tell them."""
    actor, email = await _administrator(request), form.text("email")
    signs_out = form.text("what") == "sessions"
    try:
        number = await _person(email)
        if signs_out:
            await sessions.end_all_of(actor, number)
        else:
            await factors.reset_factor(actor, number)
    except Invalid as refusal:
        return await page(
            request, "people/lost_factor", status=422, email=email, errors=refusal.fields
        )
    return redirect("/account/lost-factor", "ended-for" if signs_out else "factor-reset")


async def _person(email: str) -> int:
    found = await queries.actor_by_email(email) if is_address(email) else None
    if found is None or found.person_id is None:
        raise Invalid({"email": [NOBODY]})
    return found.person_id


async def _administrator(request: AnyRequest) -> Actor:
    actor = await person_of(request)
    if not actor.may(Permission.MANAGE_PEOPLE):
        raise Forbidden(say("Only the secretariat's administrator resets a second factor."))
    return actor
