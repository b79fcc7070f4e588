"""Signing in: by a link in a mail; in the demonstration also with one click per role."""

import asyncio
import logging
from typing import Any
from urllib.parse import quote

from litestar import get, post
from litestar.background_tasks import BackgroundTask
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Response

from tracker.domain.actor import SYSTEM
from tracker.domain.errors import Invalid, NotFound
from tracker.domain.people.links import LINK_MINUTES, redeem_link, send_link
from tracker.domain.people.proofs import Method
from tracker.domain.people.sessions import admit, end_session
from tracker.graphql import execute
from tracker.mail import Refused, Unanswered, Unreachable, render, send
from tracker.settings import Settings
from tracker.throttle import require_room
from tracker.web.entering import START, let_in, local
from tracker.web.forms import PostedForm
from tracker.web.identity import no_session_cookie, session_secret
from tracker.web.pages import AnyRequest, Page, page, redirect
from tracker.web.proxies import address_of
from tracker.web.templates import document_of, number_of
from tracker.web.visits import visit_of
from tracker.web.words import ROLES

log = logging.getLogger(__name__)

EMAIL_MOST = 254
NO_ADDRESS = "This is no e-mail address; write one such as name@example.org."


@get("/sign-in")
async def form(request: AnyRequest, next: FromQuery[str] = START) -> Page:
    """Where to send the link, and who may be tried out in the demonstration."""
    return await _form(request, next_path=local(next))


@post("/sign-in")
async def ask(request: AnyRequest, form: PostedForm) -> Page:
    """Send a link. An unknown address gets the same answer after the same time."""
    next_path, email = local(form.text("next", START)), form.text("email")
    if not _is_address(email):
        errors = {"email": [NO_ADDRESS]}
        return await _form(request, next_path=next_path, email=email, errors=errors, status=422)
    await require_room("mail", email, address_of(request.scope))
    sent = await send_link(email)
    response = await page(request, "people/link_sent", email=email, minutes=LINK_MINUTES)
    if sent:
        person, secret = sent
        settings: Settings = request.app.state.settings
        address = f"{settings.base_url}/sign-in/{secret}?next={quote(next_path)}"
        # After the answer, which so takes no longer where there is something to send.
        response.background = BackgroundTask(
            _mail, settings, (person.name, person.email), address, person.language
        )
    return response


@get("/sign-in/{secret:str}")
async def confirm(request: AnyRequest, secret: FromPath[str], next: FromQuery[str] = START) -> Page:
    """One button: mail scanners follow links, but they press no buttons."""
    return await page(request, "people/confirm", secret=secret, next_path=local(next), errors={})


@post("/sign-in/redeem")
async def redeem(request: AnyRequest, form: PostedForm) -> Response[Any]:
    """Trade the link for a session, once."""
    next_path = local(form.text("next", START))
    await require_room("sign_in", address_of(request.scope))
    try:
        entry = await redeem_link(
            form.text("secret"), request_id=visit_of(request.scope).request_id
        )
    except Invalid as refusal:
        errors = {"": [text for texts in refusal.fields.values() for text in texts]}
        return await _form(request, next_path=next_path, errors=errors, status=422)
    return await let_in(request, entry, next_path)


@post("/sign-in/demonstration")
async def try_out(request: AnyRequest, form: PostedForm) -> Response[Any]:
    """Sign in as somebody made up, without proof: where everything is made up."""
    if not request.app.state.settings.demonstration:
        raise NotFound("There is no demonstration here.")
    person = form.text("person")
    if person not in {each["id"] for each in await _accounts(request)}:
        raise NotFound("There is no such account.")
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


def _is_address(email: str) -> bool:
    return "@" in email.strip("@") and len(email) <= EMAIL_MOST and email.isprintable()


async def _form(
    request: AnyRequest,
    *,
    next_path: str,
    email: str = "",
    errors: dict[str, list[str]] | None = None,
    status: int = 200,
) -> Page:
    return await page(
        request,
        "people/sign_in",
        status=status,
        email=email,
        errors=errors or {},
        next_path=next_path,
        accounts=_by_place(await _accounts(request)),
    )


async def _accounts(request: AnyRequest) -> list[dict[str, Any]]:
    """Who may be tried out: in the demonstration everybody, since nobody is real."""
    if not request.app.state.settings.demonstration:
        return []
    found = await execute(document_of("people/accounts"), actor=SYSTEM)
    people: list[dict[str, Any]] = found["people"]["nodes"]
    return [person for person in people if person["memberships"]["nodes"]]


def _by_place(people: list[dict[str, Any]]) -> list[tuple[str, list[dict[str, str]]]]:
    """City, or secretariat, -> who may be tried out there, by the first role of each."""
    places: dict[str, list[dict[str, str]]] = {}
    for person in people:
        first = person["memberships"]["nodes"][0]
        place = first["city"]["name"] if first["city"] else ""
        places.setdefault(place, []).append({"id": person["id"], "role": ROLES[first["role"]]})
    return sorted(places.items())


async def _mail(settings: Settings, to: tuple[str, str], address: str, language: str) -> None:
    told = {"recipient": to[0], "link": address, "minutes": LINK_MINUTES}
    # In a thread: whoever asks next must not wait because this address was a known one.
    mail = await asyncio.to_thread(render, "sign_in", language, told)
    try:
        await send(settings, to, mail, about="sign-in")
    except (Unreachable, Refused, Unanswered, ValueError) as error:
        log.error("a sign-in link could not be sent: %s", error)  # noqa: TRY400 - says it all
