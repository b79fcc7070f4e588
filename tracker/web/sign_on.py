"""Signing in with a city's own sign-on."""

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from litestar import get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Response

from tracker import sign_on as talk
from tracker.domain.actor import SYSTEM
from tracker.domain.deliveries import posting
from tracker.domain.errors import Invalid
from tracker.domain.joining.actions import begin_digest
from tracker.domain.people import sign_on as domain
from tracker.domain.people.links import LINK_MINUTES
from tracker.domain.people.proofs import Method
from tracker.domain.people.rules import fingerprint
from tracker.domain.people.sessions import admit
from tracker.domain.people.sign_on import InUse, Known, NotLetIn, Unproved
from tracker.domain.people.sign_on_claims import Letter, claim_of, first_letter, redeem_claim
from tracker.graphql import execute
from tracker.sign_on import Lost, Unasked, Unusable
from tracker.throttle import require_room
from tracker.web.entering import START, asked, asking, let_in, local
from tracker.web.forms import PostedForm
from tracker.web.identity import ASKED, cookie, cookie_value
from tracker.web.noting import note
from tracker.web.pages import AnyRequest, Page, page, reader_of
from tracker.web.proxies import address_of
from tracker.web.templates import document_of
from tracker.web.visits import visit_of
from tracker.web.words import N_

log = logging.getLogger(__name__)

AWAY = "sign_on"
"""The cookie of somebody who is at their city's sign-on."""

UNREACHED = N_("The sign-on of {city} does not answer as it should. Nothing is wrong with you.")
LOST = N_("You left for the sign-on in another browser, or too long ago. Begin once more here.")
UNCONFIRMED = N_("Nothing was confirmed, and you are not signed in.")
BY_MAIL = N_("A mail to your address says why.")
REFUSED = N_("The sign-on of {city} knows you, but you cannot come in by it.")


@get("/sign-on")
async def choose(request: AnyRequest, next: FromQuery[str] = START) -> Page:
    """Which city's sign-on to use."""
    found = await execute(document_of("sign_on/offered"), actor=SYSTEM)
    offered = sorted(found["signOns"]["nodes"], key=lambda each: each["city"]["name"])
    return await page(request, "sign_on/choose", offered=offered, next_path=local(next))


@get("/sign-on/{number:int}")
async def leave(
    request: AnyRequest, number: FromPath[int], next: FromQuery[str] = START
) -> Response[Any]:
    """Send the person there. By GET, because our forms are sent to nobody else."""
    used = await domain.in_use(number)
    settings = request.app.state.settings
    await require_room("sign_in", address_of(request.scope))
    try:
        address, kept = await talk.leave(settings, used.sign_on, local(next))
    except (Unasked, Unusable) as error:
        return await _failed(request, used, UNREACHED, error)
    response = Redirect(address, status_code=303)
    response.set_cookie(cookie(settings, AWAY, kept, talk.AWAY_MINUTES * 60))
    return response


@get("/sign-on/{number:int}/back")
async def back(request: AnyRequest, number: FromPath[int]) -> Response[Any]:
    """Where the provider sends the person back to, with a code for us."""
    used = await domain.in_use(number)
    settings = request.app.state.settings
    query, request_id = dict(request.query_params.items()), visit_of(request.scope).request_id
    await require_room("sign_in", address_of(request.scope))
    try:
        away = talk.came_back(cookie_value(request, AWAY), number, query)
        known = await talk.arrive(settings, used.sign_on, away, query)
        person = await domain.sign_in_by(used.sign_on, known, request_id=request_id)
        await begin_digest(person.id)
    except Unproved:
        return await _mailed(request, used, known, away.next_path)
    except Lost:
        return await _failed(request, used, LOST)
    except (Unasked, Unusable) as error:
        return await _failed(request, used, UNREACHED, error)
    except NotLetIn as refusal:
        account = fingerprint(known.email.lower())[:12]
        note(request.scope, "sign-on refused", account=account)
        return await _failed(request, used, REFUSED, refusal)
    entry = await admit(person.id, Method.OPENID, sign_on=used.sign_on, request_id=request_id)
    response = await let_in(request, entry, away.next_path)
    response.set_cookie(cookie(settings, AWAY, "", 0))
    return response


@get("/sign-on/confirm/{secret:str}")
async def look(request: AnyRequest, secret: FromPath[str]) -> Page:
    """One button: mail scanners follow links, but they press no buttons."""
    try:
        claim = claim_of(secret, cookie_value(request, ASKED))
    except Invalid as refusal:
        return await _unconfirmed(request, refusal)
    used = await domain.in_use(claim.sign_on)
    return await page(
        request, "sign_on/confirm", secret=secret, city=used.city, email=claim.known.email
    )


@post("/sign-on/confirm")
async def confirm_first(request: AnyRequest, form: PostedForm) -> Response[Any]:
    """Let the sign-on bring this person in from now on, and in they come."""
    await require_room("sign_in", address_of(request.scope))
    request_id = visit_of(request.scope).request_id
    try:
        person, sign_on, claim = await redeem_claim(
            form.text("secret"), cookie_value(request, ASKED), request_id=request_id
        )
        await begin_digest(person.id)
    except (Invalid, NotLetIn) as refusal:
        return await _unconfirmed(request, refusal)
    entry = await admit(person.id, Method.OPENID, sign_on=sign_on, request_id=request_id)
    return await let_in(request, entry, claim.next_path)


async def _mailed(request: AnyRequest, used: InUse, known: Known, next_path: str) -> Page:
    """The first time: the same for everybody, for whoever runs the provider may be asking."""
    await require_room("mail", known.email.lower(), address_of(request.scope))
    browser, request_id = asking(request), visit_of(request.scope).request_id
    letter = await first_letter(
        used.sign_on, known, browser, next_path, _letting_know(request, used), request_id=request_id
    )
    response = await page(
        request, "sign_on/mailed", email=known.email, city=used.city, minutes=LINK_MINUTES
    )
    asked(request, response, browser)
    response.set_cookie(cookie(request.app.state.settings, AWAY, "", 0))
    if letter is None:
        note(request.scope, "sign-on refused", account=fingerprint(known.email.lower())[:12])
    return response


def _letting_know(request: AnyRequest, used: InUse) -> Callable[[Letter], Awaitable[object]]:
    base = f"{request.app.state.settings.base_url}/sign-on/confirm"

    async def tell(letter: Letter) -> None:
        told = {
            "city": used.place,
            "link": f"{base}/{letter.secret}" if letter.secret else "",
            "minutes": LINK_MINUTES,
            "why": letter.why,
        }
        await posting.post(letter.person, "sign_on", context=told)

    return tell


async def _unconfirmed(request: AnyRequest, refusal: Invalid | NotLetIn) -> Page:
    reader = reader_of(request)
    why = reader.say(refusal.message)
    if isinstance(refusal, Invalid):
        why = " ".join(reader.say(text) for texts in refusal.fields.values() for text in texts)
    lead = reader.gettext(UNCONFIRMED)
    return await page(
        request, "sign_on/failed", status=422, lead=lead, why=why, number=0, again=False
    )


async def _failed(
    request: AnyRequest,
    used: InUse,
    lead: str,
    why: Exception | None = None,
) -> Page:
    """Nothing has happened. What the provider did wrong is for its administrators, in the log."""
    refused = isinstance(why, NotLetIn)
    if why is not None and not refused:
        log.warning("the sign-on of %s: %s", used.city, why)
    person = why.person if isinstance(why, NotLetIn) else None
    if person is not None:
        await require_room("mail", person.email, address_of(request.scope))
    response = await page(
        request,
        "sign_on/failed",
        status=403 if refused else 400 if why is None else 503,
        lead=reader_of(request).gettext(lead).format(city=used.city),
        why=_said(request, why),
        number=used.sign_on.id,
        again=not refused,
    )
    response.set_cookie(cookie(request.app.state.settings, AWAY, "", 0))
    if isinstance(why, NotLetIn) and person is not None:
        told: dict[str, Any] = {"city": used.place, "link": "", "minutes": 0, "why": why.message}
        await posting.post(person, "sign_on", context=told)
    return response


def _said(request: AnyRequest, why: Exception | None) -> str:
    """What the page says of it: nothing of addresses that were not asked, and what is for the
    person alone only that it went by mail."""
    if isinstance(why, NotLetIn):
        reader = reader_of(request)
        return reader.gettext(BY_MAIL) if why.person else reader.say(why.message)
    return reader_of(request).say(why.told) if isinstance(why, Unusable) else ""
