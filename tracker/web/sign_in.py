"""Signing in: with a password or by a link in a mail; in the demonstration also with one click."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from litestar import get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Response

from tracker.domain.actor import SYSTEM
from tracker.domain.deliveries import posting
from tracker.domain.deliveries.posting import Addressee
from tracker.domain.errors import Invalid, NotFound
from tracker.domain.messages import say
from tracker.domain.people import passwords
from tracker.domain.people.account_mails import Tell
from tracker.domain.people.links import (
    LINK_MINUTES,
    AskedElsewhere,
    redeem_link,
    send_here,
    send_link,
)
from tracker.domain.people.proofs import Method, Purpose
from tracker.domain.people.rules import fingerprint
from tracker.domain.people.sessions import admit, end_session
from tracker.graphql import execute
from tracker.throttle import TooOften, forget, require_room
from tracker.web.entering import START, asked, asking, let_in, local
from tracker.web.forms import Posted, PostedForm
from tracker.web.identity import ASKED, cookie_value, no_session_cookie, session_secret
from tracker.web.pages import AnyRequest, Page, page, redirect
from tracker.web.proxies import address_of
from tracker.web.templates import document_of, number_of
from tracker.web.visits import visit_of
from tracker.web.words import ROLES

log = logging.getLogger(__name__)

EMAIL_MOST = 254
NO_ADDRESS = "This is no e-mail address; write one such as name@example.org."
TOO_OFTEN = "Too many tries; wait a quarter of an hour, or ask for a link, which works at any time."


@get("/sign-in")
async def form(request: AnyRequest, next: FromQuery[str] = START) -> Page:
    """Who asks, and how they prove it; also once more, for what needs a fresh proof."""
    return await _form(request, next_path=local(next))


@post("/sign-in")
async def ask(request: AnyRequest, form: PostedForm) -> Response[Any]:
    """Compare the password, or without one send a link. An unknown address gets the same answer
    after the same time."""
    next_path, email = local(form.text("next", START)), form.text("email")
    if not is_address(email):
        errors = {"email": [NO_ADDRESS]}
        return await _form(request, next_path=next_path, email=email, errors=errors, status=422)
    if form.exact("password") and form.text("way") != "link":
        return await _by_password(request, form, email, next_path)
    await require_room("mail", email, address_of(request.scope))
    browser = asking(request)
    await send_link(email, browser, tell=link_mail(request, Purpose.SIGN_IN, next_path))
    response = await page(request, "people/link_sent", email=email, minutes=LINK_MINUTES)
    asked(request, response, browser)
    return response


@get("/sign-in/{secret:str}")
async def confirm(request: AnyRequest, secret: FromPath[str], next: FromQuery[str] = START) -> Page:
    """One button: mail scanners follow links, but they press no buttons."""
    return await page(request, "people/confirm", secret=secret, next_path=local(next), errors={})


@post("/sign-in/redeem")
async def redeem(request: AnyRequest, form: PostedForm) -> Response[Any]:
    """Trade the link for a session, once."""
    next_path, secret = local(form.text("next", START)), form.text("secret")
    await require_room("sign_in", address_of(request.scope))
    try:
        entry = await redeem_link(
            secret, cookie_value(request, ASKED), request_id=visit_of(request.scope).request_id
        )
    except AskedElsewhere:
        return await elsewhere(request, secret, next_path)
    except Invalid as refusal:
        errors = {"": [text for texts in refusal.fields.values() for text in texts]}
        return await _form(request, next_path=next_path, errors=errors, status=422)
    return await let_in(request, entry, next_path)


@post("/sign-in/here")
async def here(request: AnyRequest, form: PostedForm) -> Response[Any]:
    """Mail a link for this browser to whoever shows one of another browser."""
    next_path, browser = local(form.text("next", START)), asking(request)
    await require_room("sign_in", address_of(request.scope))
    try:
        person, _, _ = await send_here(
            form.text("secret"), browser, lambda purpose: link_mail(request, purpose, next_path)
        )
    except Invalid as refusal:
        errors = {"": [text for texts in refusal.fields.values() for text in texts]}
        return await _form(request, next_path=next_path, errors=errors, status=422)
    response = await page(request, "people/link_sent", email=person.email, minutes=LINK_MINUTES)
    asked(request, response, browser)
    return response


@post("/sign-in/demonstration")
async def try_out(request: AnyRequest, form: PostedForm) -> Response[Any]:
    """Sign in as somebody made up, without proof: where everything is made up."""
    if not request.app.state.settings.demonstration:
        raise NotFound(say("There is no demonstration here."))
    person = form.text("person")
    if person not in {each["id"] for each in await _accounts(request)}:
        raise NotFound(say("There is no such account."))
    entry = await admit(number_of(person), Method.DEMONSTRATION)
    return await let_in(request, entry, local(form.text("next", START)))


@post("/sign-out")
async def sign_out(request: AnyRequest, form: PostedForm) -> Redirect:
    """End the session, here and in the database."""
    await end_session(session_secret(request))
    response = redirect("/", "signed-out")
    response.set_cookie(no_session_cookie(request.app.state.settings))
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


def is_address(email: str) -> bool:
    """Whether it is worth looking for somebody with this address."""
    return "@" in email.strip("@") and len(email) <= EMAIL_MOST and email.isprintable()


def link_mail(request: AnyRequest, purpose: Purpose, next_path: str = START) -> Tell:
    """What owes somebody the mail that carries a link of this purpose."""
    base = f"{request.app.state.settings.base_url}/sign-in"

    async def tell(person: Addressee, secret: str) -> None:
        if purpose is Purpose.RESET:
            told = {"link": f"{base}/reset/{secret}", "minutes": passwords.RESET_MINUTES}
            await posting.post(person, "reset", context=told)
        else:
            told = {"link": f"{base}/{secret}?next={quote(next_path)}", "minutes": LINK_MINUTES}
            await posting.post(person, "sign_in", context=told)

    return tell


async def elsewhere(request: AnyRequest, secret: str, next_path: str = START) -> Page:
    """The link is good, but this is not the browser that asked for it."""
    return await page(
        request,
        "people/elsewhere",
        status=422,
        at=f"/sign-in?next={quote(next_path)}",
        secret=secret,
        next_path=next_path,
        errors={},
    )


async def _by_password(
    request: AnyRequest, form: Posted, email: str, next_path: str
) -> Response[Any]:
    try:
        await require_room("sign_in", email, address_of(request.scope))
        entry = await passwords.sign_in(
            email,
            form.exact("password"),
            source=address_of(request.scope).counted,
            request_id=visit_of(request.scope).request_id,
        )
    except TooOften:
        errors = {"password": [TOO_OFTEN]}
        return await _form(request, next_path=next_path, email=email, errors=errors, status=429)
    except Invalid as refusal:
        # Whose account is told by a hash: an operator sees that one is being tried, and no more.
        log.info(
            "a password was refused: account %s, from %s",
            fingerprint(email.strip().lower())[:12],
            address_of(request.scope),
        )
        return await _form(
            request, next_path=next_path, email=email, errors=refusal.fields, status=422
        )
    await forget("sign_in", email)
    return await let_in(request, entry, next_path)


async def _form(
    request: AnyRequest,
    *,
    next_path: str,
    email: str | None = None,
    errors: Mapping[str, Sequence[str]] | None = None,
    status: int = 200,
) -> Page:
    return await page(
        request,
        "people/sign_in",
        status=status,
        at=f"/sign-in?next={quote(next_path)}",
        email=email,
        errors=errors or {},
        next_path=next_path,
        sign_ons=await _any_sign_on(),
        accounts=_by_place(await _accounts(request)),
    )


async def _any_sign_on() -> bool:
    """Whether any city has a sign-on of its own."""
    found = await execute(document_of("sign_on/offered"), actor=SYSTEM)
    return bool(found["signOns"]["nodes"])


async def _accounts(request: AnyRequest) -> list[dict[str, Any]]:
    """Who may be tried out: in the demonstration everybody, since nobody is real."""
    if not request.app.state.settings.demonstration:
        return []
    found = await execute(document_of("people/accounts"), actor=SYSTEM)
    people: list[dict[str, Any]] = found["people"]["nodes"]
    return [person for person in people if person["memberships"]["nodes"]]


def _by_place(people: list[dict[str, Any]]) -> list[tuple[str, list[dict[str, Any]]]]:
    """City, or secretariat, -> who may be tried out there, by the first role of each; `alike`
    where only the name tells one from another."""
    places: dict[str, list[dict[str, Any]]] = {}
    for person in people:
        first = person["memberships"]["nodes"][0]
        place = first["city"]["name"] if first["city"] else ""
        known = {"id": person["id"], "role": ROLES[first["role"]], "name": person["name"]}
        places.setdefault(place, []).append(known)
    for offered in places.values():
        roles = [each["role"] for each in offered]
        for each in offered:
            each["alike"] = roles.count(each["role"]) > 1
    return sorted(places.items())
