"""The second factor after a first proof: the code, or setting it up where a role needs one."""

from typing import Any
from urllib.parse import quote

from litestar import get, post
from litestar.params import FromQuery
from litestar.response import Response

from tracker.domain.errors import Invalid
from tracker.domain.people import factors, queries, second_step
from tracker.domain.people.second_step import Done, Half, Over
from tracker.domain.people.sessions import Entry
from tracker.throttle import require_room
from tracker.web.entering import START, let_in, local
from tracker.web.forms import PostedForm
from tracker.web.identity import HALF, carry_on, cookie_value
from tracker.web.pages import AnyRequest, Page, page, redirect
from tracker.web.proxies import address_of
from tracker.web.security import SECURITY, qr_code
from tracker.web.visits import visit_of


@get("/sign-in/code")
async def ask_code(request: AnyRequest, next: FromQuery[str] = START) -> Response[Any]:
    """The form for a code, or for setting up what makes codes."""
    return await _form(request, local(next))


@post("/sign-in/code")
async def give_code(request: AnyRequest, form: PostedForm) -> Response[Any]:
    """Trade first proof and code for a session."""
    next_path, secret = local(form.text("next", START)), cookie_value(request, HALF)
    try:
        half = await second_step.half_of(secret)
        await require_room("sign_in", f"code of {half.person_id}", address_of(request.scope))
        done = await second_step.complete(
            secret, form.text("code"), request_id=visit_of(request.scope).request_id
        )
    except Over:
        return _over(next_path)
    except Invalid as refusal:
        return await _form(request, next_path, refusal.fields, 422)
    if half.enrolled and not factors.is_of_app(form.text("code")):
        return await let_in(request, Entry(done.secret), SECURITY, "recovery-code")
    return await _in(request, done, next_path)


async def _in(request: AnyRequest, done: Done, next_path: str) -> Response[Any]:
    """On to where they wanted to go; past the recovery codes, if there are new ones."""
    response = await let_in(request, Entry(done.secret), next_path)
    if not done.codes:
        return response
    carry_on(request, done.secret)
    shown: Response[Any] = await page(
        request, "people/codes", once=True, codes=done.codes, next_path=next_path
    )
    for cookie in response.cookies:
        shown.set_cookie(cookie)
    return shown


async def _form(
    request: AnyRequest, next_path: str, errors: Any = None, status: int = 200
) -> Response[Any]:
    try:
        half = await second_step.half_of(cookie_value(request, HALF))
    except Over:
        return _over(next_path)
    return await _draw(request, half, next_path, errors or {}, status)


async def _draw(request: AnyRequest, half: Half, next_path: str, errors: Any, status: int) -> Page:
    enrolment = await second_step.begin(half) if half.may_enrol else None
    unmailed = not half.enrolled and not half.may_enrol
    return await page(
        request,
        "people/code",
        status=status,
        at=f"/sign-in/code?next={quote(next_path)}",
        errors=errors,
        next_path=next_path,
        enrolment=enrolment,
        email=(await queries.person(half.person_id)).email if unmailed else None,
        qr=enrolment and qr_code(enrolment.address),
    )


def _over(next_path: str) -> Response[Any]:
    return redirect(f"/sign-in?next={quote(next_path)}", "over")
