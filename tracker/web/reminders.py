"""What people were reminded of: where mails lead that had no room for all of it."""

import re
from typing import Any

from litestar import get

from tracker.domain.errors import Invalid
from tracker.domain.messages import say
from tracker.graphql import ReadError
from tracker.web.identity import person_of
from tracker.web.pages import AnyRequest, Page, draw, read

PAGE_SIZE = 50

GLOBAL_ID = re.compile(r"[A-Z][A-Za-z]{1,40}:[0-9]{1,9}")


@get("/reminders")
async def listing(request: AnyRequest) -> Page:
    """One's own, the newest first; or `about` one thing, whoever was reminded of it."""
    actor, query = await person_of(request), request.query_params
    found = GLOBAL_ID.fullmatch(query.get("about", ""))
    about = found.group() if found else ""
    own = {"person": {"id": {"eq": f"Person:{actor.person_id}"}}}
    variables: dict[str, Any] = {"filter": {"subject": {"eq": about}} if about else own}
    after, before = query.get("after"), query.get("before")
    if before and not after:
        variables |= {"last": PAGE_SIZE, "before": before}
    else:
        variables |= {"first": PAGE_SIZE, "after": after}
    try:
        data = await read(request, "reminders/list", variables)
    except ReadError as error:
        if not (after or before):
            raise
        raise Invalid({"": [say("This page of the list is no longer there.")]}) from error
    return draw(request, "reminders/list", data, about=about)
