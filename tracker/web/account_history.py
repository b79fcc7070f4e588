"""What was done to one's account, by oneself and by others."""

from typing import Any

from litestar import get

from tracker.domain.errors import Invalid
from tracker.domain.messages import say
from tracker.graphql import ReadError
from tracker.web.identity import person_of
from tracker.web.naming import history
from tracker.web.pages import AnyRequest, Page, draw, read
from tracker.web.trail import WITHOUT_SIGN_INS
from tracker.web.visits import visit_of

PAGE_SIZE = 50


@get("/account/history")
async def show(request: AnyRequest) -> Page:
    """All of it, the newest first: sign-ins and refused ones, roles, proofs, keys."""
    await person_of(request)
    query = request.query_params
    hidden = query.get("signins") == "hidden"
    filter_ = {"filter": WITHOUT_SIGN_INS if hidden else {}}
    variables: dict[str, Any] = {"first": PAGE_SIZE} | filter_
    if query.get("after"):
        variables["after"] = query["after"][:500]
    elif query.get("before"):
        variables = {"last": PAGE_SIZE, "before": query["before"][:500]} | filter_
    try:
        data = await read(request, "people/history", variables)
    except ReadError as error:
        if not (query.get("after") or query.get("before")):
            raise
        raise Invalid({"": [say("This page of the list is no longer there.")]}) from error
    events = visit_of(request.scope).frame["person"]["accountEvents"]
    told = await history(request, events["nodes"])
    return draw(request, "people/history", data, events=events, history=told, hidden=hidden)
