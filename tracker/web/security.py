"""How one signs in: password, second factor, address. Each change wants a fresh proof, ends the
person's other sessions and is told to them by mail."""

import io
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import segno
from litestar import get, post
from litestar.params import FromPath
from litestar.response import Response
from markupsafe import Markup

from tracker.domain.deliveries import posting
from tracker.domain.deliveries.posting import Addressee
from tracker.domain.errors import Conflict, Invalid
from tracker.domain.people import addresses, factors, passwords, queries
from tracker.domain.people.account_mails import Tell
from tracker.domain.people.links import AskedElsewhere
from tracker.domain.people.sessions import is_fresh
from tracker.domain.people.strength import LEAST
from tracker.throttle import require_room
from tracker.web.entering import asked, asking
from tracker.web.forms import NOTHING, Failure, Posted, PostedForm, failure
from tracker.web.identity import (
    ASKED,
    carry_on,
    cookie_value,
    person_of,
    session_cookie,
    session_secret,
)
from tracker.web.naming import history
from tracker.web.pages import AnyRequest, Page, draw, page, read, redirect
from tracker.web.proxies import address_of
from tracker.web.visits import visit_of

SECURITY = "/account/security"


@get(SECURITY)
async def security(request: AnyRequest) -> Page:
    """What there is, and forms to change it."""
    return await _page(request)


@post(f"{SECURITY}/password")
async def set_password(request: AnyRequest, form: PostedForm) -> Response[Any]:
    """Set or change the password."""
    actor = await person_of(request)
    await require_room("sign_in", f"person {actor.person_id}", address_of(request.scope))
    try:
        secret = await passwords.choose(
            actor, form.exact("password"), form.exact("present"), session_secret(request)
        )
    except (Invalid, Conflict) as refusal:
        return await _page(request, failed=failure(refusal))
    return _changed(request, secret, "password")


@post(f"{SECURITY}/password/remove")
async def remove_password(request: AnyRequest, form: PostedForm) -> Response[Any]:
    """Have no password any more."""
    actor = await person_of(request)
    try:
        secret = await passwords.remove(actor, session_secret(request))
    except Invalid as refusal:
        return await _page(request, failed=failure(refusal))
    return _changed(request, secret, "password-removed")


@post(f"{SECURITY}/factor")
async def begin_factor(request: AnyRequest, form: PostedForm) -> Response[Any]:
    """Begin to set up an app that makes codes."""
    try:
        await factors.begin(await person_of(request))
    except Invalid as refusal:
        return await _page(request, failed=failure(refusal))
    return redirect(f"{SECURITY}/factor")


@get(f"{SECURITY}/factor")
async def factor(request: AnyRequest) -> Response[Any]:
    """The QR code, and where to type the first code."""
    return await _enrolment(request)


@post(f"{SECURITY}/factor/confirm")
async def confirm_factor(request: AnyRequest, form: PostedForm) -> Response[Any]:
    """From now on the code is asked for. The page that answers alone shows the recovery codes."""
    actor = await person_of(request)
    await require_room("sign_in", f"code of {actor.person_id}", address_of(request.scope))
    try:
        codes, secret = await factors.confirm(actor, form.text("code"), session_secret(request))
    except Invalid as refusal:
        return await _enrolment(request, failed=failure(refusal))
    return await _codes(request, codes, secret)


@post(f"{SECURITY}/factor/remove")
async def remove_factor(request: AnyRequest, form: PostedForm) -> Response[Any]:
    """Have no second factor any more."""
    actor = await person_of(request)
    try:
        secret = await factors.remove(actor, session_secret(request))
    except Invalid as refusal:
        return await _page(request, failed=failure(refusal))
    return _changed(request, secret, "factor-removed")


@get(f"{SECURITY}/codes")
async def ask_codes(request: AnyRequest) -> Page:
    """What new recovery codes do to the old ones; only the button makes them."""
    await person_of(request)
    return await page(request, "people/renew_codes")


@post(f"{SECURITY}/codes")
async def renew_codes(request: AnyRequest, form: PostedForm) -> Response[Any]:
    """Ten other recovery codes."""
    actor = await person_of(request)
    try:
        codes = await factors.new_codes(actor)
    except Invalid as refusal:
        return await _page(request, failed=failure(refusal))
    return await _codes(request, codes)


@post(f"{SECURITY}/email")
async def ask_address(request: AnyRequest, form: PostedForm) -> Response[Any]:
    """Send a link to the new address; whether somebody has it already, nobody is told."""
    actor = await person_of(request)
    browser = asking(request)
    await require_room("mail", f"person {actor.person_id}", address_of(request.scope))
    try:
        await addresses.ask_change(actor, form.text("email"), browser, _confirming(request))
    except Invalid as refusal:
        return await _page(request, form=form, failed=failure(refusal))
    response = redirect(SECURITY, "asked-address")
    asked(request, response, browser)
    return response


def _confirming(request: AnyRequest) -> Callable[[str], Tell]:
    """What owes the mail with the link to a new address."""
    base = f"{request.app.state.settings.base_url}/account/email"

    def at(email: str) -> Tell:
        async def tell(person: Addressee, secret: str) -> None:
            told = {"link": f"{base}/{secret}", "minutes": addresses.CONFIRM_MINUTES}
            await posting.post(person, "address", to=email, context=told)

        return tell

    return at


@get("/account/email/{secret:str}")
async def confirm_address(request: AnyRequest, secret: FromPath[str]) -> Page:
    """One button: mail scanners follow links, but they press no buttons."""
    await person_of(request)
    return await page(request, "people/address", secret=secret, errors={})


@post("/account/email")
async def change_address(request: AnyRequest, form: PostedForm) -> Response[Any]:
    """Use the new address, and tell the old one."""
    actor, secret = await person_of(request), form.text("secret")
    try:
        _, _, session = await addresses.confirm_change(
            actor, secret, cookie_value(request, ASKED), session_secret(request)
        )
    except (AskedElsewhere, Invalid, Conflict) as refusal:
        errors = {"": [text for texts in failure(refusal).errors.values() for text in texts]}
        return await page(
            request,
            "people/address",
            status=422,
            at=f"/account/email/{quote(secret, safe='')}",
            secret=secret,
            errors=errors,
        )
    response = redirect(SECURITY, "address")
    response.set_cookie(session_cookie(request.app.state.settings, session))
    return response


def qr_code(address: str) -> Markup:
    """An address as a QR code, drawn here: what it holds goes to nobody else's server."""
    drawn = io.BytesIO()
    segno.make(address, error="m").save(
        drawn, kind="svg", light="#fff", omitsize=True, xmldecl=False, nl=False
    )
    return Markup(drawn.getvalue().decode())  # noqa: S704 - segno escapes nothing: it only draws


def _changed(request: AnyRequest, secret: str, flash: str) -> Response[Any]:
    """Back to the page, with the session's new secret."""
    response = redirect(SECURITY, flash)
    response.set_cookie(session_cookie(request.app.state.settings, secret))
    return response


async def _codes(request: AnyRequest, codes: list[str], secret: str = "") -> Page:
    if secret:
        carry_on(request, secret)
    return await page(request, "people/codes", once=True, codes=codes, next_path=SECURITY)


async def _enrolment(request: AnyRequest, failed: Failure | None = None) -> Response[Any]:
    begun = await factors.begun(await person_of(request))
    if begun is None:
        return redirect(SECURITY)
    return await page(
        request,
        "people/factor",
        status=failed.status if failed else 200,
        errors=failed.errors if failed else {},
        enrolment=begun,
        qr=qr_code(begun.address),
    )


async def _page(
    request: AnyRequest, *, form: Posted = NOTHING, failed: Failure | None = None
) -> Page:
    actor = await person_of(request)
    data = await read(request, "people/security")
    return draw(
        request,
        "people/security",
        data,
        status=failed.status if failed else 200,
        errors=failed.errors if failed else {},
        form=form,
        fresh=is_fresh(actor),
        needed=queries.must_have_factor(actor),
        least=LEAST,
        security=SECURITY,
        history=await history(
            request, visit_of(request.scope).frame["person"]["accountEvents"]["nodes"]
        ),
    )
