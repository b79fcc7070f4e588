"""Signing in with a city's own sign-on, and the page where sign-ons are set up."""

import logging
from dataclasses import dataclass
from typing import Any

from litestar import get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Response

from tracker import sign_on as talk
from tracker.domain.actor import SYSTEM
from tracker.domain.cities.tables import City
from tracker.domain.errors import Conflict, Forbidden, Invalid, NotFound
from tracker.domain.people import sign_on as domain
from tracker.domain.people.links import LINK_MINUTES
from tracker.domain.people.proofs import Method
from tracker.domain.people.rules import fingerprint, may_set_up_sign_on
from tracker.domain.people.sessions import admit
from tracker.domain.people.sign_on import Known, NotLetIn, SignOnDraft, Unproved
from tracker.domain.people.sign_on_claims import claim_of, first_letter, redeem_claim
from tracker.domain.people.sign_on_tables import SignOn
from tracker.domain.roles import Permission
from tracker.graphql import execute
from tracker.sign_on import Lost, Unasked, Unusable, back_address
from tracker.throttle import require_room
from tracker.web.entering import START, asked, asking, let_in, local
from tracker.web.forms import NOTHING, Failure, Posted, PostedForm, failure, read_form
from tracker.web.identity import ASKED, cookie, cookie_value, person_of
from tracker.web.noting import note
from tracker.web.pages import AnyRequest, Page, draw, page, read, reader_of, redirect
from tracker.web.posting import mailing
from tracker.web.proxies import address_of
from tracker.web.templates import document_of, number_of
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


@dataclass(frozen=True, kw_only=True)
class _Where:
    """Whose sign-on the form is about."""

    city_id: int


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
    sign_on, city = await _active(number)
    settings = request.app.state.settings
    await require_room("sign_in", address_of(request.scope))
    try:
        address, kept = await talk.leave(settings, sign_on, local(next))
    except (Unasked, Unusable) as error:
        return await _failed(request, sign_on, city, UNREACHED, error)
    response = Redirect(address, status_code=303)
    response.set_cookie(cookie(settings, AWAY, kept, talk.AWAY_MINUTES * 60))
    return response


@get("/sign-on/{number:int}/back")
async def back(request: AnyRequest, number: FromPath[int]) -> Response[Any]:
    """Where the provider sends the person back to, with a code for us."""
    sign_on, city = await _active(number)
    settings = request.app.state.settings
    query, request_id = dict(request.query_params.items()), visit_of(request.scope).request_id
    await require_room("sign_in", address_of(request.scope))
    try:
        away = talk.came_back(cookie_value(request, AWAY), number, query)
        known = await talk.arrive(settings, sign_on, away, query)
        person = await domain.sign_in_by(sign_on, known, request_id=request_id)
    except Unproved:
        return await _mailed(request, sign_on, city, known, away.next_path)
    except Lost:
        return await _failed(request, sign_on, city, LOST)
    except (Unasked, Unusable) as error:
        return await _failed(request, sign_on, city, UNREACHED, error)
    except NotLetIn as refusal:
        account = fingerprint(known.email.lower())[:12]
        note(request.scope, "sign-on refused", account=account)
        return await _failed(request, sign_on, city, REFUSED, refusal)
    entry = await admit(person.id, Method.OPENID, city=sign_on.city, request_id=request_id)
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
    _, city = await _active(claim.sign_on)
    return await page(
        request, "sign_on/confirm", secret=secret, city=city.name, email=claim.known.email
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
    except (Invalid, NotLetIn) as refusal:
        return await _unconfirmed(request, refusal)
    entry = await admit(person.id, Method.OPENID, city=sign_on.city, request_id=request_id)
    return await let_in(request, entry, claim.next_path)


@get("/sign-ons")
async def listing(request: AnyRequest) -> Page:
    """How cities' sign-ons are set up."""
    return await _page(request)


@post("/sign-ons")
async def set_up(request: AnyRequest, form: PostedForm) -> Response[Any]:
    """Set a city's sign-on up, or change it."""
    actor = await person_of(request)
    try:
        draft = read_form(SignOnDraft, form)
        city_id = read_form(_Where, form).city_id
        await _require_meant(form, city_id)
        await domain.set_up(actor, city_id, draft)
    except (Invalid, Conflict) as refusal:
        return await _page(request, form=form, failed=failure(refusal))
    return redirect("/sign-ons", "saved")


@post("/sign-ons/{number:int}/confirm")
async def confirm(request: AnyRequest, number: FromPath[int], form: PostedForm) -> Response[Any]:
    """Vouch for a provider that a city's administrator has set up."""
    try:
        await domain.confirm(await person_of(request), number)
    except Invalid as refusal:
        return await _page(request, failed=failure(refusal))
    return redirect("/sign-ons", "saved")


@post("/sign-ons/{number:int}/test")
async def test(request: AnyRequest, number: FromPath[int], form: PostedForm) -> Response[Any]:
    """Ask the provider how it is, and say what is wrong."""
    actor = await person_of(request)
    sign_on = await _managed(request, number)
    await require_room("invitation", f"person {actor.person_id}", address_of(request.scope))
    found = await talk.examine(request.app.state.settings, sign_on.issuer)
    city = await City.objects().get(City.id == sign_on.city)
    assert city
    return await _page(request, findings=(city.name, found))


@get("/sign-ons/{number:int}/off")
async def ask_off(request: AnyRequest, number: FromPath[int]) -> Page:
    """What follows from switching a sign-on off; only the button does it."""
    sign_on = await _managed(request, number)
    city = await City.objects().get(City.id == sign_on.city)
    assert city
    return await page(request, "sign_on/off", city=city.name, number=number)


@post("/sign-ons/{number:int}/off")
async def switch_off(request: AnyRequest, number: FromPath[int], form: PostedForm) -> Redirect:
    """Nobody signs in there any more."""
    await _switch(request, number, on=False)
    return redirect("/sign-ons", "saved")


@post("/sign-ons/{number:int}/on")
async def switch_on(request: AnyRequest, number: FromPath[int], form: PostedForm) -> Redirect:
    """People sign in there again."""
    await _switch(request, number, on=True)
    return redirect("/sign-ons", "saved")


async def _switch(request: AnyRequest, number: int, *, on: bool) -> None:
    """All else stays as it was set up, the client secret too."""
    row = await _managed(request, number)
    draft = SignOnDraft(issuer=row.issuer, client_id=row.client_id, active=on)
    await domain.set_up(await person_of(request), row.city, draft)


async def _require_meant(form: Posted, city_id: int) -> None:
    """Raises Invalid for a new sign-on in place of one that the form did not show."""
    shown = form.text("instead") == "true"
    if not shown and await SignOn.exists().where(SignOn.city == city_id):
        raise Invalid({"city_id": ["This city has a sign-on already: change that one above."]})


async def _managed(request: AnyRequest, number: int) -> SignOn:
    """The sign-on, which this person may set up. Raises NotFound."""
    sign_on = await SignOn.objects().get(SignOn.id == number)
    if sign_on is None or not may_set_up_sign_on(await person_of(request), sign_on.city):
        raise NotFound("There is no such sign-on, or you may not see it.")
    return sign_on


async def _active(number: int) -> tuple[SignOn, City]:
    sign_on = await SignOn.objects().get((SignOn.id == number) & (SignOn.active == True))  # noqa: E712
    city = await City.objects().get(City.id == sign_on.city) if sign_on else None
    if sign_on is None or city is None:
        raise NotFound("There is no such sign-on.")
    return sign_on, city


async def _mailed(
    request: AnyRequest, sign_on: SignOn, city: City, known: Known, next_path: str
) -> Page:
    """The first time: the same for everybody, for whoever runs the provider may be asking."""
    await require_room("mail", known.email.lower(), address_of(request.scope))
    browser, request_id = asking(request), visit_of(request.scope).request_id
    letter = await first_letter(sign_on, known, browser, next_path, request_id=request_id)
    response = await page(
        request, "sign_on/mailed", email=known.email, city=city.name, minutes=LINK_MINUTES
    )
    asked(request, response, browser)
    response.set_cookie(cookie(request.app.state.settings, AWAY, "", 0))
    if letter is not None:
        base = f"{request.app.state.settings.base_url}/sign-on/confirm"
        link = f"{base}/{letter.secret}" if letter.secret else ""
        told: dict[str, Any] = {
            "city": city.name,
            "link": link,
            "minutes": LINK_MINUTES,
            "why": letter.why,
        }
        response.background = mailing(request, letter.person, "sign_on", **told)
    else:
        note(request.scope, "sign-on refused", account=fingerprint(known.email.lower())[:12])
    return response


async def _unconfirmed(request: AnyRequest, refusal: Invalid | NotLetIn) -> Page:
    why = str(refusal)
    if isinstance(refusal, Invalid):
        why = " ".join(text for texts in refusal.fields.values() for text in texts)
    lead = reader_of(request).gettext(UNCONFIRMED)
    return await page(
        request, "sign_on/failed", status=422, lead=lead, why=why, number=0, again=False
    )


async def _failed(
    request: AnyRequest,
    sign_on: SignOn,
    city: City,
    lead: str,
    why: Exception | None = None,
) -> Page:
    """Nothing has happened. What the provider did wrong is for its administrators, in the log."""
    refused = isinstance(why, NotLetIn)
    if why is not None and not refused:
        log.warning("the sign-on of %s: %s", city.name, why)
    person = why.person if isinstance(why, NotLetIn) else None
    if person is not None:
        await require_room("mail", person.email, address_of(request.scope))
    response = await page(
        request,
        "sign_on/failed",
        status=403 if refused else 400 if why is None else 503,
        lead=reader_of(request).gettext(lead).format(city=city.name),
        why=reader_of(request).gettext(BY_MAIL)
        if person
        else ""
        if isinstance(why, Unasked)
        else str(why or ""),
        number=sign_on.id,
        again=not refused,
    )
    response.set_cookie(cookie(request.app.state.settings, AWAY, "", 0))
    if person is not None:
        told: dict[str, Any] = {"city": city.name, "link": "", "minutes": 0, "why": str(why)}
        response.background = mailing(request, person, "sign_on", **told)
    return response


async def _page(
    request: AnyRequest,
    *,
    form: Posted = NOTHING,
    failed: Failure | None = None,
    findings: tuple[str, list[str]] | None = None,
) -> Page:
    actor = await person_of(request)
    data = await read(request, "sign_on/list")
    cities = [(str(number_of(each["id"])), each["name"]) for each in data["cities"]["nodes"]]
    places = [each for each in cities if may_set_up_sign_on(actor, int(each[0]))]
    if not places and not actor.secretariat:
        raise Forbidden("Administrators set sign-ons up; ask yours.")
    held = {str(number_of(each["city"]["id"])) for each in data["signOns"]["nodes"]}
    if form is NOTHING:
        form = _held(request, data["signOns"]["nodes"])
    changing = form.text("instead") == "true" and form.text("city_id") in held
    settings = request.app.state.settings
    return draw(
        request,
        "sign_on/list",
        data,
        status=failed.status if failed else 200,
        errors=failed.errors if failed else {},
        form=form,
        places=places,
        free=[each for each in places if each[0] not in held],
        changing=dict(places).get(form.text("city_id")) if changing else None,
        may_confirm=actor.may(Permission.MANAGE_PEOPLE),
        back=lambda number: back_address(settings, number),
        base_back=back_address(settings, 0).replace("/0/", "/…/"),
        findings=findings,
    )


def _held(request: AnyRequest, held: list[dict[str, Any]]) -> Posted:
    """The form as the city in the page's address has it."""
    wanted = str(request.query_params.get("city", ""))
    for each in held:
        if str(number_of(each["city"]["id"])) == wanted:
            return Posted(
                {
                    "city_id": [wanted],
                    "instead": ["true"],
                    "issuer": [each["issuer"]],
                    "client_id": [each["clientId"]],
                    "active": ["true" if each["active"] else ""],
                }
            )
    return NOTHING
