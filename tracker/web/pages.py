"""Drawing a page: read its document, put the frame around it, answer."""

from collections.abc import Mapping, Sequence
from typing import Any

from babel import Locale
from litestar import Request
from litestar.enums import MediaType
from litestar.response import Redirect, Response
from litestar.response.base import ASGIResponse
from markupsafe import Markup

from tracker import locale
from tracker.domain.actor import PUBLIC, Actor
from tracker.domain.comments.rules import comments
from tracker.domain.errors import NotFound
from tracker.domain.messages import say
from tracker.graphql import execute
from tracker.locale import Reader
from tracker.web.account import about_people, account_pages, manages_people, tab_of
from tracker.web.forgery import FIELD, form_token
from tracker.web.forgotten import reword
from tracker.web.identity import actor_of, cookie, cookie_value
from tracker.web.labels import SUBJECTS
from tracker.web.places import in_projects
from tracker.web.readable import readable
from tracker.web.templates import document_of, environment
from tracker.web.visits import visit_of
from tracker.web.words import N_, roles

Page = Response[str]
AnyRequest = Request[Any, Any, Any]

LANGUAGE_COOKIE = "language"
ABSENT = say("There is no page at this address, or it is not one that you can see.")

FLASH_COOKIE = "flash"
FLASHES = {
    "saved": ("success", N_("Saved.")),
    "done": (
        "success",
        N_(
            "Done. Whoever is to answer finds it under “Waiting for you” in the portfolio and in"
            " their next digest."
        ),
    ),
    "rates": ("success", N_("Read in. The table says how many rates, of which days.")),
    "said": (
        "success",
        N_("Your comment is there. It is for nobody in particular, so nobody is told by mail."),
    ),
    "said-to": (
        "success",
        N_(
            "Your comment is there. Those who stand below it after “For” are told by mail, unless"
            " they do without such mails."
        ),
    ),
    "published": ("success", N_("Published. It stays as it is from now on.")),
    "decided": ("success", N_("Your decision is recorded.")),
    "ended": ("success", N_("Signed out there.")),
    "signed-out-everywhere": ("info", N_("You are signed out everywhere.")),
    "invited": ("success", N_("The invitation is on its way.")),
    "revoked": ("success", N_("The token is revoked.")),
    "over": ("info", N_("That took too long, or too many tries. Sign in again.")),
    "stale": ("info", N_("For this, confirm first that it is you.")),
    "password": ("success", N_("Your password is set. Other browsers are signed out.")),
    "password-removed": ("success", N_("Your password is removed. Other browsers are signed out.")),
    "reset": ("success", N_("Your password is set. Sign in with it.")),
    "factor-removed": ("success", N_("Your second factor is removed.")),
    "factor-reset": ("success", N_("The second factor is taken away, and the person was told.")),
    "ended-for": ("success", N_("The person is signed out in all browsers, and was told.")),
    "forgotten": ("success", N_("The person is forgotten; what they did stays.")),
    "asked-forgetting": ("success", N_("An administrator hears of it and carries it out.")),
    "asked-address": (
        "info",
        N_("If nobody else has that address, a link is on its way there. Open it in this browser."),
    ),
    "address": ("success", N_("Your address is changed. Other browsers are signed out.")),
    "sign-on-removed": ("success", N_("The sign-on is removed.")),
    "sign-on-waits": (
        "success",
        N_("Saved. It counts once the secretariat's administrator, who is told, confirms it."),
    ),
    "role-given": ("success", N_("The role is given, and the person is told by mail.")),
    "role-ended": ("success", N_("The role has ended.")),
    "deputy": ("success", N_("Saved. Your deputy is told by mail.")),
    "welcome": (
        "success",
        N_("Welcome! Your role stands below. “Signing in” is for a password or a second factor."),
    ),
    "recovery-code": (
        "warning",
        N_(
            "You signed in with a recovery code, which is used up. You see below how many are left."
        ),
    ),
    "signed-in": ("success", N_("You are signed in.")),
    "signed-out": ("info", N_("You are signed out.")),
}
"""What may be said after a redirect. The cookie names one of these, so that it can say nothing
that somebody else made up."""


async def page(
    request: AnyRequest,
    name: str,
    variables: Mapping[str, Any] | None = None,
    *,
    shows: str | None = None,
    status: int = 200,
    at: str = "",
    once: bool = False,
    **extra: Any,
) -> Page:
    """The page of the template `name`, with what its document reads and `extra` as context; `at`
    and `once` as `draw` takes them.

    Raises NotFound when the root field `shows` is null.
    """
    data = await read(request, name, variables, shows=shows)
    return draw(request, name, data, status=status, at=at, once=once, **extra)


async def read(
    request: AnyRequest,
    name: str,
    variables: Mapping[str, Any] | None = None,
    *,
    shows: str | None = None,
) -> dict[str, Any]:
    """What the document beside the template says, to whoever asks.

    Raises NotFound when the root field `shows` is null.
    """
    if any("\x00" in value for value in (variables or {}).values() if isinstance(value, str)):
        raise NotFound(say("PostgreSQL knows no NUL characters, so nothing here has one."))
    data = await execute(document_of(name), variables, await actor_of(request))
    visit_of(request.scope).frame = {"person": data.pop("viewer")}
    if shows and data[shows] is None:
        raise NotFound(ABSENT)
    reword(data, reader_of(request))
    return data


def draw(
    request: AnyRequest,
    name: str,
    data: Mapping[str, Any],
    *,
    status: int = 200,
    at: str = "",
    once: bool = False,
    **extra: Any,
) -> Page:
    """The template filled in. `at` is where to look at the page again, for a form whose own
    address is not told by where it was posted; `once` is for what no other page shows, so that
    nothing on it leads to itself."""
    context = {**data, **extra, **_frame(request), "here": at or readable(request)}
    context["errors"] = _said(context.get("errors", {}), reader_of(request))
    if once:
        context["languages"] = []
    html = environment().get_template(f"{name}.html").render(context)
    response = Response(html, status_code=status, media_type=MediaType.HTML)
    if cookie_value(request, FLASH_COOKIE):
        response.set_cookie(cookie(request.app.state.settings, FLASH_COOKIE, "", 0))
    return response


class Moved(Redirect):
    """A redirect after a form was done; `flash` is said on the page where it leads."""

    def __init__(self, path: str, flash: str | None) -> None:
        super().__init__(path, status_code=303)
        self._flash = flash

    def to_asgi_response(self, app: Any, request: AnyRequest, **more: Any) -> ASGIResponse:
        """With the cookie, whose name depends on the installation."""
        if self._flash:
            self.set_cookie(cookie(request.app.state.settings, FLASH_COOKIE, self._flash, 60))
        return super().to_asgi_response(app, request, **more)


def redirect(path: str, flash: str | None = None) -> Redirect:
    """After a form was done: look at the outcome, by GET."""
    return Moved(path, flash)


async def speak_to(request: AnyRequest, actor: Actor) -> None:
    """Have the page speak the language of the person whose link from a mail was opened."""
    data = await execute(document_of("answers/show"), None, actor)
    visit_of(request.scope).addressee = data["viewer"]


def reader_of(request: AnyRequest) -> Reader:
    """Chosen in the footer, else as the profile of the link's person or of who is signed in says,
    else as the browser asks."""
    visit = visit_of(request.scope)
    person = visit.addressee or visit.frame.get("person")
    chosen = cookie_value(request, LANGUAGE_COOKIE)
    wanted = chosen or (
        person["language"]
        if person
        else locale.accepted(request.headers.get("Accept-Language", ""))
    )
    return Reader(wanted, person["timeZone"] if person else "UTC")


def _frame(request: AnyRequest) -> dict[str, Any]:
    """What layouts/page.html reads from its context."""
    visit = visit_of(request.scope)
    person, actor = visit.frame.get("person"), visit.actor or PUBLIC
    reader = reader_of(request)
    kind, text = FLASHES.get(cookie_value(request, FLASH_COOKIE), ("", ""))
    return {
        "reader": reader,
        "lang": reader.language,
        "dir": reader.direction,
        "path": request.url.path,
        "comments_allowed": comments(actor, actor.city_ids),
        "comment_subjects": SUBJECTS,
        "demonstration": request.app.state.settings.demonstration,
        "person": person,
        "viewer": person
        and {"name": person["name"], "role": roles(reader, person["memberships"]["nodes"])},
        "account": account_pages(actor, reader, request.url.path) if person else [],
        "tab": tab_of(request.url.path),
        "in_projects": in_projects(request.url.path),
        "about_people": about_people(request.url.path),
        "manages_people": manages_people(actor),
        "flashes": [(kind, reader.gettext(text))] if kind else [],
        "languages": [(tag, own_name(tag)) for tag in sorted(locale.languages())],
        "csrf_field": lambda: _csrf_field(request),
    }


def _said(errors: Mapping[str, Sequence[str]], reader: Reader) -> dict[str, list[str]]:
    return {name: [reader.say(text) for text in texts] for name, texts in errors.items()}


def _csrf_field(request: AnyRequest) -> Markup:
    return Markup('<input type="hidden" name="{}" value="{}">').format(FIELD, form_token(request))


def own_name(tag: str) -> str:
    """What a language calls itself."""
    name = Locale.parse(tag, sep="-").get_display_name() or tag
    return name[:1].upper() + name[1:]
