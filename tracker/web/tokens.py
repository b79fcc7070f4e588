"""The keys with which programs act for the person who is signed in."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Response

from tracker.domain.errors import Conflict, Invalid, NotFound
from tracker.domain.people import tokens
from tracker.domain.people.sessions import Stale, is_fresh
from tracker.domain.people.tokens import PURPOSE_MOST, TOKEN_DAYS_MOST, TokenScope
from tracker.web.forms import NOTHING, Failure, Posted, PostedForm, failure, read_form
from tracker.web.identity import person_of
from tracker.web.pages import ABSENT, AnyRequest, Page, draw, read, redirect
from tracker.web.templates import number_of

TYPED, TYPED_MOST = ("purpose", "scope", "city_id", "days"), 2 * PURPOSE_MOST
"""What the form keeps while somebody signs in once more, and how many characters of each."""


@dataclass(frozen=True, kw_only=True)
class TokenWish:
    """What the form asks for."""

    purpose: str = ""
    scope: TokenScope = TokenScope.READ
    city_id: int | None = None
    days: int = 90


@get("/tokens")
async def listing(request: AnyRequest) -> Page:
    """One's own tokens, the newest first, and a form for another, filled as the address says."""
    return await _page(request, form=Posted(request.query_params.dict()))


@post("/tokens")
async def issue(request: AnyRequest, form: PostedForm) -> Response[Any]:
    """Issue a token. The page that answers is the only one that ever shows its secret."""
    actor = await person_of(request)
    assert actor.person_id is not None
    try:
        wish = read_form(TokenWish, form)
        _, secret = await tokens.issue_token(
            actor,
            actor.person_id,
            wish.days,
            purpose=wish.purpose,
            scope=wish.scope,
            city_id=wish.city_id,
        )
    except Stale:
        return _once_more(form)
    except (Invalid, Conflict) as refusal:
        return await _page(request, form=form, failed=failure(refusal))
    return await _page(request, secret=secret)


@get("/tokens/{number:int}")
async def ask(request: AnyRequest, number: FromPath[int]) -> Page:
    """Whether to revoke the token."""
    return draw(request, "tokens/revoke", await _own(request, number))


@post("/tokens/{number:int}/revoke")
async def revoke(request: AnyRequest, number: FromPath[int], form: PostedForm) -> Response[Any]:
    """Refuse the token from now on."""
    await _own(request, number)
    try:
        await tokens.revoke_token(await person_of(request), number)
    except Invalid as refusal:
        return await _page(request, failed=failure(refusal))
    return redirect("/tokens", "revoked")


def _once_more(form: Posted) -> Response[Any]:
    """By signing in, back to the form as it was filled; none of it is secret."""
    typed = {name: text[:TYPED_MOST] for name in TYPED if (text := form.text(name))}
    return redirect(f"/sign-in?next={quote('/tokens?' + urlencode(typed))}", "stale")


async def _own(request: AnyRequest, number: int) -> dict[str, Any]:
    """The token, if it is the person's own: others look after theirs, whoever may see them.

    Raises NotFound.
    """
    actor = await person_of(request)
    own = {"person": f"Person:{actor.person_id}", "id": f"ApiToken:{number}"}
    data = await read(request, "tokens/revoke", own)
    if not data["apiTokens"]["nodes"]:
        raise NotFound(ABSENT)
    return data


async def _page(
    request: AnyRequest, *, form: Posted = NOTHING, secret: str = "", failed: Failure | None = None
) -> Page:
    actor = await person_of(request)
    data = await read(request, "tokens/list", {"person": f"Person:{actor.person_id}"})
    return draw(
        request,
        "tokens/list",
        data,
        status=failed.status if failed else 200,
        once=bool(secret),
        errors=failed.errors if failed else {},
        form=form,
        secret=secret,
        fresh=is_fresh(actor),
        cities=_cities(data),
        address=f"{request.app.state.settings.base_url}/graphql",
        days_most=TOKEN_DAYS_MOST,
        purpose_most=PURPOSE_MOST,
    )


def _cities(data: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Where the person holds roles, as options."""
    held = [each["city"] for each in data["memberships"]["nodes"] if each["city"]]
    return sorted({(str(number_of(each["id"])), each["name"]) for each in held})
