"""The people whom one looks after: the secretariat everybody, a city's administrator those who
hold or held a role there. Each has a page, with the means to give and to end roles."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Response

from tracker.domain.actor import SECRETARIAT, Actor, Role
from tracker.domain.errors import Conflict, Forbidden, Invalid
from tracker.domain.joining import actions as joining
from tracker.domain.messages import say
from tracker.domain.people.rules import may_invite
from tracker.domain.roles import Permission
from tracker.graphql import ReadError, execute
from tracker.web.forms import NOTHING, Failure, Posted, PostedForm, city_id, failure
from tracker.web.identity import person_of
from tracker.web.invitations import IN_SECRETARIAT, require_place
from tracker.web.naming import history
from tracker.web.pages import AnyRequest, Page, draw, read, reader_of, redirect
from tracker.web.templates import document_of, number_of
from tracker.web.words import ROLES
from tracker.web.words import SECRETARIAT as SECRETARIAT_WORD

PAGE_SIZE = 30
STATES = ("active", "left", "erased")
TEXT_MOST = 100
WORDS_MOST = 5
"""Words of a search that count; all of them have to be there, in whatever order."""


@dataclass(frozen=True)
class Choice:
    """The reader's filters, as the page's address has them."""

    text: str = ""
    city: str = ""
    role: str = ""
    state: str = ""

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "Choice":
        """What is not offered counts as not chosen: addresses get mangled."""
        role = query.get("role", "").upper()
        return cls(
            text=query.get("q", "").replace("\x00", "").strip()[:TEXT_MOST],
            city=city_id(query.get("city", "")),
            role=role if role in ROLES else "",
            state=query["state"] if query.get("state") in STATES else "",
        )

    def query(self) -> dict[str, str]:
        """The filters for another address."""
        named = asdict(self)
        return {{"text": "q"}.get(name, name): value for name, value in named.items() if value}

    def filter(self, city_ids: list[int] | None) -> dict[str, Any]:
        """As GraphQL takes it; with `city_ids`, of people who hold or held a role there alone."""
        held: dict[str, Any] = {"role": {"eq": self.role}} if self.role else {}
        wanted: dict[str, Any] = {"eq": self.city} if self.city else {}
        if city_ids is not None:
            wanted["in"] = [f"City:{number}" for number in city_ids]
        if wanted:
            held["city"] = {"id": wanted}
        if self.state == "active":
            held["endedAt"] = {"isNull": True}
        found: list[dict[str, Any]] = [{"memberships": {"some": held}}] if held else []
        for word in self.text.replace(",", " ").split()[:WORDS_MOST]:
            here = {"contains": word}
            found.append({"or": [{"name": here}, {"email": here}]})
        if self.state == "left":
            found.append({"memberships": {"none": {"endedAt": {"isNull": True}}}})
        if self.state:
            found.append({"erasedAt": {"isNull": self.state != "erased"}})
        return {"and": found} if found else {}


@get("/people")
async def listing(request: AnyRequest) -> Page:
    """Everybody whom the reader looks after, by name."""
    actor = await _looking_after(request)
    choice, cities = Choice.of(request.query_params), _cities(actor)
    query = request.query_params
    variables: dict[str, Any] = {"first": PAGE_SIZE, "filter": choice.filter(cities)}
    if query.get("after"):
        variables["after"] = query["after"][:500]
    elif query.get("before"):
        variables |= {"first": None, "last": PAGE_SIZE, "before": query["before"][:500]}
    try:
        data = await read(request, "people/list", variables)
    except ReadError as error:
        if not (query.get("after") or query.get("before")):
            raise
        raise Invalid({"": [say("This page of the list is no longer there.")]}) from error
    return draw(
        request,
        "people/list",
        data,
        choice=choice,
        places=[
            (each["id"], each["name"])
            for each in data["cities"]["nodes"]
            if cities is None or number_of(each["id"]) in cities
        ],
        offered=_roles(request, everywhere=cities is None),
        role_words=ROLES,
        erased=actor.secretariat,
        invites=_manages(actor),
    )


@get("/people/{number:int}")
async def show(request: AnyRequest, number: FromPath[int]) -> Page:
    """One of them."""
    return await _page(request, number)


@post("/people/{number:int}/roles")
async def give_role(request: AnyRequest, number: FromPath[int], form: PostedForm) -> Response[Any]:
    """Give them a role."""
    actor = await person_of(request)
    try:
        role, place = require_place(form.text("role"), form.text("city_id"))
        await joining.grant(actor, number, place, role)
    except (Invalid, Conflict) as refusal:
        return await _page(request, number, form=form, failed=failure(refusal))
    return redirect(f"/people/{number}", "role-given")


async def _page(
    request: AnyRequest, number: int, *, form: Posted = NOTHING, failed: Failure | None = None
) -> Page:
    actor = await _looking_after(request)
    data = await read(request, "people/show", {"id": f"Person:{number}"}, shows="found")
    found, cities = data["found"], _cities(actor)
    held = found["memberships"]["nodes"]
    if cities is not None and not any(_city(each) in cities for each in held):
        raise Forbidden(say("This person is looked after by another city, or by the secretariat."))
    return draw(
        request,
        "people/show",
        data,
        status=failed.status if failed else 200,
        errors=failed.errors if failed else {},
        form=form,
        roles_now=[
            {**each, "ends": actor.may(Permission.MANAGE_MEMBERS, _city(each))}
            for each in held
            if not each["endedAt"]
        ],
        roles_before=[each for each in held if each["endedAt"]],
        open_invitations=await _invited(actor, found),
        history=await history(request, found["accountEvents"]["nodes"]),
        grants=actor.may(Permission.MANAGE_PEOPLE) and not found["erasedAt"],
        invites=_manages(actor) and bool(found["email"]) and not found["erasedAt"],
        helps=actor.may(Permission.MANAGE_PEOPLE),
        offered=_roles(request, everywhere=True),
        places=[
            (IN_SECRETARIAT, reader_of(request).gettext(SECRETARIAT_WORD)),
            *((str(number_of(each["id"])), each["name"]) for each in data["cities"]["nodes"]),
        ],
        role_words=ROLES,
    )


async def _invited(actor: Actor, found: dict[str, Any]) -> list[dict[str, Any]]:
    if not found["email"]:
        return []
    data = await execute(document_of("people/invited"), {"email": found["email"]}, actor)
    nodes: list[dict[str, Any]] = data["invitations"]["nodes"]
    return nodes


def _city(membership: Mapping[str, Any]) -> int | None:
    return number_of(membership["city"]["id"]) if membership["city"] else None


def _roles(request: AnyRequest, *, everywhere: bool) -> list[tuple[str, str]]:
    """Roles as options; a city's administrator meets those of cities only."""
    words = reader_of(request).gettext
    roles = [each for each in Role if everywhere or each not in SECRETARIAT]
    return [(each.value, words(ROLES[each.name])) for each in roles]


def _cities(actor: Actor) -> list[int] | None:
    """The cities whose people the actor looks after; None for all."""
    if actor.secretariat:
        return None
    return [number for number in actor.city_ids if may_invite(actor, number)]


def _manages(actor: Actor) -> bool:
    return actor.may_in(Permission.MANAGE_MEMBERS, [None, *actor.city_ids])


async def _looking_after(request: AnyRequest) -> Actor:
    actor = await person_of(request)
    if not actor.secretariat and not _manages(actor):
        raise Forbidden(say("Administrators look after people; ask yours."))
    return actor
