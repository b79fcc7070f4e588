"""A forgotten password: another one is chosen with a mailed link."""

from typing import Any
from urllib.parse import quote

from litestar import get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Response

from tracker.domain.errors import Invalid
from tracker.domain.people import passwords
from tracker.domain.people.links import AskedElsewhere, owner, send_link
from tracker.domain.people.passwords import RESET_MINUTES
from tracker.domain.people.proofs import Purpose
from tracker.throttle import require_room
from tracker.web.entering import asked, asking
from tracker.web.forms import PostedForm
from tracker.web.identity import ASKED, cookie_value
from tracker.web.pages import AnyRequest, Page, page, redirect
from tracker.web.proxies import address_of
from tracker.web.sign_in import NO_ADDRESS, elsewhere, is_address, link_mail
from tracker.web.visits import visit_of


@get("/sign-in/forgotten")
async def forgotten(request: AnyRequest, email: FromQuery[str] = "") -> Page:
    """Where to send the link."""
    return await page(request, "people/forgotten", email=email, errors={})


@post("/sign-in/forgotten")
async def ask_reset(request: AnyRequest, form: PostedForm) -> Page:
    """Send a link; the same answer after the same time for everybody."""
    email = form.text("email")
    if not is_address(email):
        errors = {"email": [NO_ADDRESS]}
        return await page(request, "people/forgotten", status=422, email=email, errors=errors)
    await require_room("mail", email, address_of(request.scope))
    browser = asking(request)
    tell = link_mail(request, Purpose.RESET)
    await send_link(email, browser, Purpose.RESET, RESET_MINUTES, tell)
    response = await page(request, "people/link_sent", email=email, minutes=RESET_MINUTES)
    asked(request, response, browser)
    return response


@get("/sign-in/reset/{secret:str}")
async def choose(request: AnyRequest, secret: FromPath[str]) -> Page:
    """The form for another password; looking at it uses nothing up. A link that counts no longer
    says so before anybody thinks up a password."""
    try:
        await owner(secret, Purpose.RESET, cookie_value(request, ASKED))
    except AskedElsewhere:
        return await elsewhere(request, secret)
    except Invalid:
        return await _gone(request)
    return await _form(request, secret, {}, 200)


@post("/sign-in/reset")
async def reset(request: AnyRequest, form: PostedForm) -> Response[Any]:
    """Use the link, set the password, end all sessions, tell the person."""
    secret, browser = form.text("secret"), cookie_value(request, ASKED)
    await require_room("sign_in", address_of(request.scope))
    try:
        await passwords.reset(
            secret,
            browser,
            form.exact("password"),
            request_id=visit_of(request.scope).request_id,
        )
    except AskedElsewhere:
        return await elsewhere(request, secret)
    except Invalid as refusal:
        if "link" in refusal.fields:
            return await _gone(request)
        return await _form(request, secret, refusal.fields, 422)
    return redirect("/sign-in", "reset")


async def _form(request: AnyRequest, secret: str, errors: Any, status: int) -> Page:
    at = f"/sign-in/reset/{quote(secret, safe='')}"
    return await page(request, "people/reset", status=status, at=at, secret=secret, errors=errors)


async def _gone(request: AnyRequest) -> Page:
    """Used, old, or never a link: the same for all reasons."""
    return await page(request, "people/reset_gone", status=410, at="/sign-in/forgotten")
