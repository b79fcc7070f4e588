"""The practices that cities offer."""

from typing import Any

from litestar import get
from litestar.params import FromPath

from tracker.domain.errors import Invalid
from tracker.domain.messages import say
from tracker.graphql import ReadError
from tracker.web.naming import history
from tracker.web.pages import AnyRequest, Page, draw, read

PAGE_SIZE = 24


@get("/practices")
async def listing(request: AnyRequest) -> Page:
    """What can be had, and from whom."""
    query = request.query_params
    text = query.get("q", "").replace("\x00", "").strip()[:100]
    variables: dict[str, Any] = {"first": PAGE_SIZE}
    if query.get("after"):
        variables["after"] = query["after"]
    elif query.get("before"):
        variables = {"last": PAGE_SIZE, "before": query["before"]}
    variables["filter"] = {"text": {"matches": text}} if text else {}
    try:
        data = await read(request, "practices/list", variables)
    except ReadError as error:
        if not (query.get("after") or query.get("before")):
            raise
        raise Invalid({"": [say("This page of the list is no longer there.")]}) from error
    return draw(request, "practices/list", data, text=text)


@get("/practices/{number:int}")
async def show(request: AnyRequest, number: FromPath[int]) -> Page:
    """One practice, and the projects that took it over."""
    asked = {"id": f"Practice:{number}", "number": number}
    data = await read(request, "practices/show", asked, shows="practice")
    events = await history(request, data["auditEvents"]["nodes"])
    return draw(request, "practices/show", data, history=events)
