"""Lessons that cities learnt in projects, for the next ones."""

from typing import Any

from litestar import get

from tracker.domain.errors import Invalid
from tracker.domain.messages import say
from tracker.graphql import ReadError
from tracker.web.pages import AnyRequest, Page, draw, read

PAGE_SIZE = 20


@get("/lessons")
async def listing(request: AnyRequest) -> Page:
    """What others learnt, by words and by theme, the latest first."""
    query = request.query_params
    text, theme = (query.get(name, "").replace("\x00", "").strip()[:100] for name in ("q", "theme"))
    after, before = query.get("after"), query.get("before")
    variables: dict[str, Any] = {"first": PAGE_SIZE, "filter": _filter(text, theme)}
    if after:
        variables["after"] = after
    elif before:
        variables = {"last": PAGE_SIZE, "before": before, "filter": variables["filter"]}
    try:
        data = await read(request, "lessons/list", variables)
    except ReadError as error:
        if not (after or before):
            raise
        raise Invalid({"": [say("This page of the list is no longer there.")]}) from error
    return draw(request, "lessons/list", data, text=text, theme=theme)


def _filter(text: str, theme: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if text:
        found["text"] = {"matches": text}
    if theme:
        found["themes"] = {"has": theme.lower()}
    return found
